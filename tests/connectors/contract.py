"""What every connector must pass. A subclass gives a loaded connection; a gap is an xfail with its error.

The data set, to be loaded in the way of the database:

    people    id integer key, name text, height double, born date, active boolean
              (1, 'Ada', 1.7, 1815-12-10, true), (2, 'Grace', null, 1906-12-09, false),
              (3, null, 1.8, null, null)
    visits    person integer that refers to people.id, "select ""when"" 😀" timestamp
              (1, 2024-01-02 03:04:05), (1, 2024-01-03 00:00:00)
    empty     a integer, without a row
"""

import datetime
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pandas as pd
import pytest

from rasgo_nb.connectors.base import Caps, TableName
from rasgo_nb.connectors.profile import profile_columns
from rasgo_nb.errors import QueryError, QueryRefused, QueryStopped, UnknownName

ODD_NAME = 'select "when" 😀'
PLENTY = Caps(max_rows=10_000_000, max_bytes=10**9)


class ConnectionContract:
    """A subclass overrides what its dialect says otherwise: the queries, ``quoted`` and ``spelt``."""

    schema = "main"
    odd_name = ODD_NAME
    boolean = "boolean"  # the dtype of one
    slow_query = "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE a.range * b.range % 7 = 3"
    many_rows = "SELECT range AS n FROM range(100000000)"
    wrong_type = "SELECT name + born FROM people"

    @pytest.fixture
    def connection(self):
        raise NotImplementedError("a read-only connection with the data set")

    def spelt(self, name):
        """How the database spells a name that was not quoted."""
        return name

    def table(self, name):
        return TableName("", self.schema, self.spelt(name))

    def quoted(self, name):
        return '"' + name.replace('"', '""') + '"'

    def test_tables_are_listed_in_order_of_name(self, connection):
        assert connection.list_tables() == [self.table(name) for name in ("empty", "people", "visits")]

    def test_a_table_is_described_with_its_key_and_columns(self, connection):
        (people,) = connection.describe_tables([self.table("people")])
        names = ["id", "name", "height", "born", "active"]
        assert [column.name for column in people.columns] == [self.spelt(name) for name in names]
        assert people.primary_key == (self.spelt("id"),)
        assert people.row_count in (3, None)

    def test_a_foreign_key_names_the_table_it_refers_to(self, connection):
        (visits,) = connection.describe_tables([self.table("visits")])
        (key,) = visits.foreign_keys
        assert (key.columns, key.references, key.referenced_columns) == (
            (self.spelt("person"),),
            self.table("people"),
            (self.spelt("id"),),
        )

    def test_all_tables_are_described_when_none_is_named(self, connection):
        assert [detail.name for detail in connection.describe_tables()] == connection.list_tables()

    def test_a_wrong_table_is_answered_with_the_nearest(self, connection):
        with pytest.raises(UnknownName, match=self.spelt("people")):
            connection.describe_tables([self.table("peeple")])

    def test_columns_are_profiled_where_they_lie(self, connection):
        profiles = profile_columns(connection, self.table("people"), look_for=["grace"])
        number, name, height, born, active = profiles
        assert (number.rows, number.nulls, number.min, number.max, number.mean) == (3, 0, 1, 3, 2)
        assert (sorted(name.top_values), name.found) == ([("Ada", 1), ("Grace", 1)], {"grace": ("Grace",)})
        assert (height.nulls, height.min, height.mean) == (1, 1.7, pytest.approx(1.75))
        assert str(born.min).startswith("1815-12-10")
        assert (active.nulls, active.distinct) == (1, 2)

    def test_a_result_has_dtypes_to_go_on_with(self, connection):
        frame = connection.run_query("SELECT * FROM people ORDER BY id").frame
        frame.columns = [name.lower() for name in frame.columns]
        assert frame["name"].dtype == "str"
        assert frame["height"].dtype == "float64"
        assert frame["born"].dtype == "datetime64[us]"
        assert frame["active"].dtype == self.boolean
        assert frame["born"].iloc[0] == pd.Timestamp(1815, 12, 10)
        assert frame["name"].isna().tolist() == [False, False, True]

    def test_a_column_with_an_odd_name_can_be_read(self, connection):
        frame = connection.run_query(f"SELECT {self.quoted(self.odd_name)} FROM visits ORDER BY 1").frame
        assert frame[self.odd_name].iloc[0] == datetime.datetime(2024, 1, 2, 3, 4, 5)  # noqa: DTZ001

    def test_an_empty_result_keeps_its_columns(self, connection):
        result = connection.run_query("SELECT * FROM empty")
        assert (result.columns, len(result.frame), result.cut) == ((self.spelt("a"),), 0, "")

    def test_repeated_names_are_made_unique_and_listed(self, connection):
        names = [self.quoted(name) for name in ("a", "a", "a_2")]
        result = connection.run_query("SELECT 1 AS {}, 2 AS {}, 3 AS {}".format(*names))
        assert result.columns == ("a", "a_3", "a_2")
        assert result.renamed == ((1, "a"),)

    def test_the_row_cap_cuts_and_says_so(self, connection):
        started = time.monotonic()
        result = connection.run_query(self.many_rows, caps=Caps(max_rows=1_000, max_bytes=10**9))
        assert len(result.frame) == 1_000
        assert "1,000 rows" in result.cut
        assert time.monotonic() - started < 5

    def test_the_memory_cap_cuts_and_says_so(self, connection):
        result = connection.run_query(self.many_rows, caps=Caps(max_rows=10**9, max_bytes=80_000))
        assert 0 < len(result.frame) <= 10_000
        assert "memory" in result.cut

    def test_a_result_of_just_the_cap_is_not_called_cut(self, connection):
        assert connection.run_query("SELECT * FROM people", caps=Caps(3, 10**9)).cut == ""

    def test_frames_can_be_named_as_tables(self, connection):
        mine = pd.DataFrame({"id": [1, 2], "score": [0.5, 0.25]})
        statement = "SELECT name, score FROM people JOIN mine USING (id) ORDER BY id"
        frame = connection.run_query(statement, frames={"mine": mine}).frame
        assert frame.values.tolist() == [["Ada", 0.5], ["Grace", 0.25]]

    def test_a_frame_that_a_statement_does_not_name_is_no_matter(self, connection):
        frames = {"mine": pd.DataFrame({"a": [1]})}
        assert connection.run_query("SELECT 1 AS b", frames=frames).frame.iloc[0, 0] == 1

    def test_a_frame_is_gone_after_its_query(self, connection):
        connection.run_query("SELECT * FROM mine", frames={"mine": pd.DataFrame({"a": [1]})})
        with pytest.raises(QueryError):
            connection.run_query("SELECT * FROM mine")

    def test_a_wrong_column_is_told_with_its_place(self, connection):
        with pytest.raises(QueryError, match=self.spelt("nope")) as caught:
            connection.run_query("SELECT id,\n  nope\nFROM people")
        assert (caught.value.line, caught.value.column) == (2, 3)
        assert caught.value.kind == "missing_object"
        assert "\n" not in str(caught.value)

    def test_a_wrong_table_in_a_query_is_told_by_its_kind(self, connection):
        with pytest.raises(QueryError, match=r"(?i)nowhere") as caught:
            connection.run_query("SELECT * FROM nowhere")
        assert caught.value.kind == "missing_object"

    def test_a_wrong_type_is_told_by_its_kind(self, connection):
        with pytest.raises(QueryError) as caught:
            connection.run_query(self.wrong_type)
        assert caught.value.kind == "type"

    def test_a_syntax_error_is_told_in_the_words_of_the_database(self, connection):
        with pytest.raises(QueryError) as caught:
            connection.run_query("SELEC 1")
        assert not isinstance(caught.value, QueryRefused)
        assert caught.value.kind == "syntax"

    def test_a_cost_estimate_runs_nothing(self, connection):
        started = time.monotonic()
        connection.estimate_cost(self.slow_query)
        assert time.monotonic() - started < 5

    def test_a_cost_estimate_refuses_what_is_no_read(self, connection):
        with pytest.raises(QueryError):
            connection.estimate_cost("DROP TABLE people")
        assert connection.run_query("SELECT count(*) AS n FROM people").frame.iloc[0, 0] == 3

    def test_progress_is_told_while_rows_come(self, connection):
        heard = []
        connection.run_query(self.many_rows, caps=Caps(3_000_000, 10**9), on_progress=heard.append)
        assert heard
        assert [one.rows for one in heard] == sorted(one.rows for one in heard)

    @pytest.mark.parametrize(
        "statement",
        ["INSERT INTO people (id) VALUES (9)", "DROP TABLE people", "CREATE TABLE x (a INTEGER)", ""],
    )
    def test_what_is_no_read_is_refused(self, connection, statement):
        with pytest.raises(QueryError):
            connection.run_query(statement)
        assert connection.run_query("SELECT count(*) AS n FROM people").frame.iloc[0, 0] == 3

    def test_interrupt_from_another_thread_stops_a_query(self, connection):
        threading.Timer(0.2, connection.interrupt).start()
        with pytest.raises(QueryStopped):
            connection.run_query(self.slow_query)
        assert connection.run_query("SELECT 1 AS a").frame.iloc[:, 0].tolist() == [1]

    def test_ctrl_c_stops_a_query_and_goes_on_as_keyboard_interrupt(self, connection):
        import _thread

        started = time.monotonic()
        threading.Timer(0.2, _thread.interrupt_main).start()
        with pytest.raises(KeyboardInterrupt):
            connection.run_query(self.slow_query)
        assert time.monotonic() - started < 2

    def test_several_queries_run_at_once(self, connection):
        with ThreadPoolExecutor(4) as pool:
            results = pool.map(lambda n: connection.run_query(f"SELECT {n} AS n, id FROM people"), range(12))
        assert [result.frame.iloc[:, 0].unique().tolist() for result in results] == [[n] for n in range(12)]

    def test_a_closed_connection_says_to_connect_again(self, connection):
        connection.close()
        with pytest.raises(QueryError, match=r"[Cc]onnect"):
            connection.run_query("SELECT 1")

    def test_close_stops_what_runs(self, connection):
        threading.Timer(0.2, connection.close).start()
        with pytest.raises(QueryError):
            connection.run_query(self.slow_query)
