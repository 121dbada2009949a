"""A memory in a text file: read as it was written, and as people edit it by hand."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.memory.memory import Evidence, Memory
from rasgo_nb.memory.text_file import Unreadable, decoded, read_text, text_of, text_with

EURO = Memory(
    "amounts-euro-x7k2",
    "Amounts are in euro.",
    "me",
    author="ada",
    at="2026-11-23T20:00:00Z",
    connection="shop",
    tables=("shop.main.orders",),
    columns=("shop.main.orders.amount",),
    evidence=Evidence("r1", 2, "How much?", "SELECT sum(amount)\nFROM orders"),
    profile={"shop.main.orders.amount": {"type": "DECIMAL(10,2)"}},
)
EURO_FILE = """\
+++
author = "ada"
at = "2026-11-23T20:00:00Z"
connection = "shop"
tables = ["shop.main.orders"]
columns = ["shop.main.orders.amount"]

[evidence]
run = "r1"
step = 2
question = "How much?"
code = '''
SELECT sum(amount)
FROM orders'''

[profile."shop.main.orders.amount"]
type = "DECIMAL(10,2)"
+++

Amounts are in euro.
"""

# Whatever UTF-8 can hold; what stands for half a letter cannot be in a file.
texts = st.text(st.characters(exclude_categories=["Cs"]))
odd = st.sampled_from(
    ["+++", "```sql", "```", "'''", '"""', "\r\n", "\n\n", "\ufeff", "]", "# a", "\x00", "\u2028"]
)
pieces = st.lists(st.one_of(texts, odd), max_size=6).map("\n".join)
names = st.lists(texts, max_size=3).map(tuple)
memories = st.builds(
    Memory,
    id=st.just("a-b"),
    text=pieces.filter(str.strip),
    scope=st.sampled_from(["me", "notebook", "connection", "team"]),
    author=texts,
    at=texts,
    connection=texts,
    tables=names,
    columns=names,
    evidence=st.builds(Evidence, pieces, st.integers(-5, 99), pieces, pieces),
    sql=pieces,
    dialect=texts,
    profile=st.dictionaries(texts, st.dictionaries(texts, texts, max_size=2), max_size=2),
)


def read(text, place="orders.md"):
    return read_text(text, EURO.id, "me", place)


def test_a_file_reads_like_a_page():
    assert text_of(EURO) == EURO_FILE
    assert read(EURO_FILE).memory == EURO


@given(memories)
def test_every_memory_is_read_as_it_was_written(memory):
    written = text_of(memory).encode("utf-8").decode("utf-8")
    assert read_text(written, memory.id, memory.scope).memory == memory


@given(memories, pieces.filter(str.strip), texts)
def test_every_edit_is_read_as_it_was_made(memory, text, author):
    edited = replace(memory, text=text, author=author)
    written = text_with(read_text(text_of(memory), "a-b", memory.scope), edited)
    assert read_text(written, "a-b", memory.scope).memory == edited


@given(st.one_of(pieces, pieces.map(lambda text: f"+++\n{text}\n+++\nbody"), st.binary()))
def test_any_file_is_read_or_told_by_its_line(text):
    told = "orders.md:"
    try:
        read(decoded(text, "orders.md") if isinstance(text, bytes) else text)
    except Unreadable as error:
        told = str(error)
    assert told.startswith("orders.md:")


def test_a_query_stands_in_a_block_of_its_own():
    query = Memory("q", "How many orders?", "me", sql="SELECT '```' AS tick", dialect="duckdb")
    assert text_of(query).endswith("\n\nHow many orders?\n\n````sql\nSELECT '```' AS tick\n````\n")
    assert read_text(text_of(query), "q", "me").memory == query


def test_hand_edits_may_leave_out_add_and_reorder():
    text = '\ufeff+++\r\nreviewed = true\r\ntables = "a.b"\r\nat = 2026-11-23\r\n+++\r\nIn euro.\r\n'
    assert read(text).memory == replace(Memory(EURO.id, "In euro.", "me"), at="2026-11-23", tables=("a.b",))
    assert read("Just a sentence.").memory == Memory(EURO.id, "Just a sentence.", "me")


def test_an_edit_leaves_the_rest_of_the_header_as_it_stood():
    text = '+++\n# by the finance team\nreviewed = true\nauthor = "ada"\n+++\n\nIn dollars.\n'
    edited = text_with(read(text), replace(read(text).memory, text="In euro.", author="bob", at="2026"))
    assert edited == (
        '+++\nat = "2026"\n# by the finance team\nreviewed = true\nauthor = "bob"\n+++\n\nIn euro.\n'
    )


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("+++\nauthor = ada\n+++\nx", "orders.md:2: "),
        ("+++\nauthor = 'ada'\ntables = [1]\n+++\nx", "orders.md:3: tables must be a list of texts"),
        ("+++\nauthor = 'ada'\nx", "orders.md:1: the header has no end"),
        ("+++\nauthor = 'ada'\n+++\n\n", "orders.md:4: there is no text"),
        ("+++\n[evidence]\nstep = 'two'\n+++\nx", "orders.md:2: evidence must be"),
        ("", "orders.md:1: there is no text"),
    ],
)
def test_what_cannot_be_read_is_told_by_file_and_line(text, says):
    with pytest.raises(Unreadable) as caught:
        read(text)
    assert str(caught.value).startswith(says)
    assert "\n" not in str(caught.value)


def test_another_encoding_and_a_huge_file_are_told():
    with pytest.raises(Unreadable, match=r"orders.md:2: it is not UTF-8. Save it as UTF-8."):
        decoded("one\ncaf\xe9".encode("latin-1"), "orders.md")
    with pytest.raises(Unreadable, match="Shorten it"):
        decoded(b"a" * 200_001, "orders.md")


def test_lines_that_end_as_on_an_old_mac_are_lines():
    assert read_text(EURO_FILE.replace("\n", "\r"), EURO.id, "me").memory == EURO


def test_a_file_of_zeros_as_a_power_cut_leaves_it_holds_no_text():
    with pytest.raises(Unreadable, match="there is no text"):
        read_text("\0" * 100, EURO.id, "me")
