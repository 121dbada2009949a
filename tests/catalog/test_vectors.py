"""Every index of vectors keeps the same contract; those that are not exact find nearly all."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rasgo_nb.catalog.vectors.exact_index import ExactIndex
from rasgo_nb.catalog.vectors.faiss_index import FaissIndex
from rasgo_nb.catalog.vectors.local_index import LocalIndex
from rasgo_nb.catalog.vectors.postgres_vectors import PostgresVectors
from rasgo_nb.catalog.vectors.vector_file import VectorFile

D = 32


def unit(count, seed=0, d=D):
    """Vectors around few centres, as texts of one catalog are."""
    random = np.random.default_rng(seed)
    centres = random.normal(size=(20, d))
    vectors = centres[random.integers(0, 20, count)] + 0.7 * random.normal(size=(count, d))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


def faiss_index(limit):
    pytest.importorskip("faiss")
    vectors = unit(400, seed=9)
    index = FaissIndex.made("e", np.arange(400) + 10_000, vectors, flat_limit=limit)
    index.remove(range(10_000, 10_400))
    return index


@pytest.fixture(params=["exact", "faiss flat", "faiss lists", "file", "file in memory", "postgres"])
def index(request, tmp_path):
    if request.param.startswith("file"):
        path = None if request.param == "file in memory" else tmp_path / "vectors"
        made = LocalIndex(VectorFile(path), "table", "e")
    elif request.param == "postgres":
        server = request.getfixturevalue("postgres")
        made = PostgresVectors(server.url(server.new_database()), "shop", "table", "e")
    elif request.param == "exact":
        made = ExactIndex("e")
    else:
        made = faiss_index(limit=1_000 if "flat" in request.param else 0)
    yield made
    made.close()


def found(index, vector, limit=10):
    return [near.number for near in index.search(vector, limit)]


def test_the_nearest_come_first_with_their_cosine(index):
    vectors = unit(300)
    index.add(list(range(300)), vectors)
    near = index.search(vectors[7], 10)
    assert near[0].number == 7
    assert near[0].similarity == pytest.approx(1.0, abs=0.02)
    assert [one.similarity for one in near] == sorted((one.similarity for one in near), reverse=True)
    for one in near:
        assert one.similarity == pytest.approx(float(vectors[7] @ vectors[one.number]), abs=0.03)


def test_an_empty_index_finds_nothing(index):
    assert index.search(unit(1)[0], 5) == []
    assert len(index) == 0
    assert index.held([1, 2]) == set()


def test_what_is_removed_is_not_found(index):
    vectors = unit(50)
    index.add(list(range(50)), vectors)
    index.remove([3, 4, 999])
    assert len(index) == 48
    assert index.held([2, 3, 4]) == {2}
    assert not {3, 4} & set(found(index, vectors[3], 50))


def test_a_number_that_is_added_again_has_its_latest_vector(index):
    vectors = unit(40)
    index.add(list(range(20)), vectors[:20])
    index.add([5], vectors[30:31])
    assert len(index) == 20
    assert found(index, vectors[30], 1) == [5]


def test_a_limit_beyond_what_there_is_gives_all(index):
    vectors = unit(12)
    index.add(list(range(12)), vectors)
    assert sorted(found(index, vectors[0], 100)) == list(range(12))
    assert found(index, vectors[0], 0) == []


def test_numbers_may_have_63_bits(index):
    vectors = unit(2)
    index.add([2**63 - 1, 0], vectors)
    assert found(index, vectors[0], 1) == [2**63 - 1]
    assert index.held([2**63 - 1, 7]) == {2**63 - 1}


def test_an_index_says_whose_vectors_it_has(index):
    assert index.embedder_name == "e"


def test_closing_twice_does_nothing(index):
    index.add([1], unit(1))
    index.close()
    index.close()


@settings(max_examples=30, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 30)), max_size=40))
def test_after_any_changes_the_file_finds_what_a_dictionary_would(changes):
    vectors, file = unit(31), VectorFile(None)
    index, wanted = LocalIndex(file, "table", "e", exact_limit=8), {}
    for is_added, number in changes:
        if is_added:
            index.add([number], vectors[number : number + 1])
            wanted[number] = vectors[number]
        else:
            index.remove([number])
            wanted.pop(number, None)
        near = index.search(vectors[0], 31)
        assert {one.number for one in near} == set(wanted)
    file.close()


def test_equals_come_in_order_of_number():
    index = ExactIndex("e")
    row = unit(1)
    index.add([9, 3, 7, 1], np.repeat(row, 4, axis=0))
    assert found(index, row[0], 2) == [1, 3]


@pytest.mark.parametrize(("limit", "least"), [(100_000, 0.97), (0, 0.85)])
def test_faiss_finds_nearly_all_that_an_exact_index_does(limit, least):
    pytest.importorskip("faiss")
    vectors, questions = unit(20_000, seed=1, d=64), unit(50, seed=2, d=64)
    exact = ExactIndex("e")
    exact.add(list(range(20_000)), vectors)
    index = FaissIndex.made("e", np.arange(20_000), vectors, flat_limit=limit)
    shares = [len(set(found(index, one)) & set(found(exact, one))) / 10 for one in questions]
    assert np.mean(shares) > least


def test_an_index_of_faiss_is_read_as_it_was_saved(tmp_path):
    index = FaissIndex.made("e", np.arange(500), unit(500), flat_limit=0)
    index.save(tmp_path / "saved", of=(4, 1))
    read = FaissIndex.read(tmp_path / "saved", "e", of=(4, 1))
    assert read.numbers().tolist() == list(range(500))
    assert found(read, unit(1, seed=3)[0]) == found(index, unit(1, seed=3)[0])
    assert [one.name for one in tmp_path.iterdir()] == ["saved"]
    assert FaissIndex.read(tmp_path / "saved", "e", of=(5, 1)) is None
    assert FaissIndex.read(tmp_path / "saved", "another", of=(4, 1)) is None
    assert FaissIndex.read(tmp_path / "none", "e", of=(4, 1)) is None


@settings(max_examples=25, deadline=None)
@given(share=st.floats(0, 0.999), flips=st.booleans())
def test_a_damaged_index_of_faiss_is_not_read(tmp_path_factory, share, flips):
    path = tmp_path_factory.mktemp("damaged") / "saved"
    FaissIndex.made("e", np.arange(100), unit(100), flat_limit=0).save(path, of=(1,))
    content = bytearray(path.read_bytes())
    if flips:
        content[int(share * len(content))] ^= 0xFF
    else:
        del content[int(share * len(content)) :]
    path.write_bytes(content)
    assert FaissIndex.read(path, "e", of=(1,)) is None


def test_two_kernels_find_what_the_other_adds_and_miss_what_it_removes(tmp_path):
    files = [VectorFile(tmp_path / "vectors") for _ in range(2)]
    one, other = (LocalIndex(file, "table", "e") for file in files)
    vectors = unit(10)
    one.add([0, 1], vectors[:2])
    assert found(other, vectors[0], 1) == [0]
    other.add([2], vectors[2:3])
    one.remove([0])
    assert sorted(found(one, vectors[0])) == sorted(found(other, vectors[0])) == [1, 2]
    for file in files:
        file.close()


def test_vectors_of_another_part_or_embedder_are_never_compared(tmp_path):
    file = VectorFile(tmp_path / "vectors")
    vectors = unit(2)
    LocalIndex(file, "fact", "e").add([1], vectors[:1])
    LocalIndex(file, "table", "another").add([2], vectors[:1])
    assert LocalIndex(file, "table", "e").search(vectors[0], 5) == []
    file.close()


def test_many_vectors_are_kept_with_their_index_and_read_again(tmp_path):
    pytest.importorskip("faiss")
    vectors = unit(600)
    file = VectorFile(tmp_path / "vectors")
    index = LocalIndex(file, "table", "e", exact_limit=100, flat_limit=200)
    index.add(list(range(600)), vectors)
    before = found(index, vectors[5])
    index.keep()
    file.close()
    assert (tmp_path / "vectors.table.faiss").is_file()
    again = LocalIndex(VectorFile(tmp_path / "vectors"), "table", "e", exact_limit=100, flat_limit=200)
    assert found(again, vectors[5]) == before


@pytest.mark.parametrize("damage", [b"", b"not a database at all" * 100])
def test_a_damaged_file_of_vectors_is_made_anew(tmp_path, damage):
    (tmp_path / "vectors").write_bytes(damage)
    file = VectorFile(tmp_path / "vectors")
    index = LocalIndex(file, "table", "e")
    index.add([1], unit(1))
    assert found(index, unit(1)[0]) == [1]
    file.close()
