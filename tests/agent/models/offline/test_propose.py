"""Any question gets a plan or a reason, and never breaks the rules."""

from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.agent.models.offline.plan import Beyond
from rasgo_nb.agent.models.offline.propose import propose
from rasgo_nb.agent.models.offline.sql import to_sql

_PIECES = [
    *("how many", "show", "the", "names of", "authors", "books", "titles", "members", "loans", "price"),
    *("genre", "for each", "with", "the most", "at least", "3", "more than", "10", "and", "or", "not", "in"),
    *("2019", "older than", "'Crime'", "Germany", "sorted by", "descending", "average", "without any"),
    *("share of", "top 5", "who", "have", "different", "?", ",", "per month", "youngest", "that", "contains"),
    *("between 2 and 8", "number of"),
]


@given(st.lists(st.sampled_from(_PIECES), max_size=14))
def test_any_jumble_of_words_gets_a_plan_or_a_reason(library, values, pieces):
    proposed = propose(" ".join(pieces), library, values)
    if not isinstance(proposed, Beyond):
        assert to_sql(proposed, library).startswith("SELECT")


@given(st.text(max_size=80))
def test_any_text_gets_a_plan_or_a_reason(library, values, text):
    propose(text, library, values)
