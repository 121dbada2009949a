"""A second opinion on the breadth of BigQuery, from a stand-in that is not ours."""

import os
import re

import pytest
import test_bigquery
from peers.bigquery_data import DATA_SET
from peers.emulator_process import running_bqemulator

from rasgo_nb.connectors.bigquery import connect
from rasgo_nb.errors import QueryError, QueryRefused

PYTHON = os.environ.get("RASGO_NB_BQEMULATOR", "")
NOT_ENFORCED = re.compile(r", (PRIMARY|FOREIGN) KEY \(\w+\)( REFERENCES people \(id\))? NOT ENFORCED")

pytestmark = pytest.mark.skipif(not os.path.exists(PYTHON), reason="bqemulator is absent: `make peers`")  # noqa: PTH110


@pytest.fixture(scope="module")
def emulator():
    """It knows no keys, so the data set is without them."""
    with running_bqemulator(PYTHON) as emulator:
        writer = connect(test_bigquery.request_for(emulator, read_only=False))
        for statement in DATA_SET:
            writer.run_query(NOT_ENFORCED.sub("", statement))
        writer.close()
        yield emulator


NO_KEYS = "it knows no keys"
GAPS = {
    "test_a_table_is_described_with_its_key_and_columns": (AssertionError, NO_KEYS),
    "test_a_foreign_key_names_the_table_it_refers_to": (ValueError, NO_KEYS),
    "test_all_tables_are_described_when_none_is_named": (QueryError, "it has no COLUMN_FIELD_PATHS"),
    "test_a_wrong_column_is_told_with_its_place": (AssertionError, "it tells DuckDB's error"),
    "test_a_wrong_type_is_told_by_its_kind": (AssertionError, "it tells DuckDB's error"),
    "test_columns_are_profiled_where_they_lie": (QueryRefused, "its dry run does not know all reads"),
    "test_a_column_with_an_odd_name_can_be_read": (QueryError, "GoogleSQL makes no such names"),
}


class TestBQEmulator(test_bigquery.TestBigQuery):
    many_rows = "SELECT n FROM UNNEST(GENERATE_ARRAY(1, 20000)) AS n"

    @pytest.fixture(autouse=True)
    def _mark_gaps(self, request):
        if request.node.name in GAPS:
            error, reason = GAPS[request.node.name]
            request.applymarker(pytest.mark.xfail(raises=error, strict=True, reason=reason))

    test_repeated_names_are_made_unique_and_listed = None  # it renames them in a way of its own
    # It runs a job to its end before it answers, so nothing can be stopped.
    test_a_cost_estimate_runs_nothing = None
    test_interrupt_from_another_thread_stops_a_query = None
    test_ctrl_c_stops_a_query_and_goes_on_as_keyboard_interrupt = None
    test_close_stops_what_runs = None

    @pytest.fixture
    def connection(self, emulator):
        without_streams = {"storage_endpoint": ""}  # of a query's result it has none
        connection = connect(test_bigquery.request_for(emulator, options=without_streams))
        self.project = "shop"
        yield connection
        connection.close()
