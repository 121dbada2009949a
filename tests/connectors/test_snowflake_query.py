import datetime
import decimal
import json
import threading
import time

import pandas as pd
import pytest
from peers.snowflake_data import DATA_SET, MANY_ROWS, SLOW_QUERY
from peers.snowflake_peer import running_snowflake

from rasgo_nb.connectors.base import Caps, CostEstimate, TableName
from rasgo_nb.connectors.request import ConnectRequest
from rasgo_nb.connectors.snowflake import connect
from rasgo_nb.connectors.snowflake_catalog import SnowflakeCatalog
from rasgo_nb.connectors.tag import tagged
from rasgo_nb.errors import ConnectionFailed, QueryError, QueryRefused, QueryStopped, UnknownName
from rasgo_nb.secret_store import SecretsInMemory


@pytest.fixture
def peer(snowflake_peer):
    yield snowflake_peer
    snowflake_peer.set()


@pytest.fixture
def opened(peer):
    """Opens a connection to the stand-in with these options."""
    connections = []

    def opened(*, read_only=True, timeout_s=60.0, **options):
        secrets = SecretsInMemory()
        secrets.keep("wh.password", "secret")
        asked = ConnectRequest(
            name="wh",
            secrets=secrets,
            options=peer.options | options,
            read_only=read_only,
            timeout_s=timeout_s,
        )
        connections.append(connect(asked))
        return connections[-1]

    yield opened
    for connection in connections:
        connection.close()


@pytest.fixture
def people(opened):
    """A read-only connection to a database with the data set."""
    writer = opened(database="T_KNOWN", read_only=False)
    for statement in () if writer.list_tables() else DATA_SET:
        writer.run_query(statement)
    return opened(database="T_KNOWN")


def latest(peer, words):
    return [query for query in peer.history() if words in query["sql"]][-1]


def test_a_query_bears_its_tag_and_timeout_and_tells_its_id(opened, peer):
    with tagged("run-7", 3):
        result = opened(timeout_s=90.0).run_query("SELECT 1 AS tagged")
    query = latest(peer, "tagged")
    assert query["parameters"] == {
        "QUERY_TAG": "rasgo_nb run=run-7 step=3",
        "STATEMENT_TIMEOUT_IN_SECONDS": 90,
        "MULTI_STATEMENT_COUNT": 1,
    }
    assert query["id"] == result.query_id


def test_types_survive(opened):
    statement = """
        SELECT 12345678901234567890::NUMBER(25,0) AS big, 1.25::NUMBER(10,2) AS price,
        1234567890123456.78::NUMBER(18,2) AS exact, 'NaN'::FLOAT AS nan, 'inf'::FLOAT AS inf,
        '2024-01-02 03:04:05.123456'::TIMESTAMP_NTZ AS plain, '2024-01-02 03:04:05'::TIMESTAMP_TZ AS zoned,
        '10:11:12'::TIME AS at, '2024-01-02'::DATE AS day,
        PARSE_JSON('{"a": [1]}') AS json, true AS yes, 7 AS n
    """
    row = opened().run_query(statement).frame.iloc[0]
    assert row["BIG"] == decimal.Decimal("12345678901234567890")
    assert (row["PRICE"], row["EXACT"]) == (1.25, decimal.Decimal("1234567890123456.78"))
    assert (str(row["NAN"]), str(row["INF"])) == ("nan", "inf")
    assert row["PLAIN"] == pd.Timestamp("2024-01-02 03:04:05.123456")
    assert row["ZONED"] == pd.Timestamp("2024-01-02 03:04:05", tz="UTC")
    assert str(row["ZONED"].tz) == "Europe/Berlin"
    assert (row["AT"], row["DAY"]) == (datetime.time(10, 11, 12), pd.Timestamp(2024, 1, 2))
    assert (json.loads(row["JSON"]), row["YES"], row["N"]) == ({"a": [1]}, True, 7)


def test_an_empty_result_keeps_its_types(opened):
    statement = "SELECT 1.5::NUMBER(10,2) AS d, '2024-01-01'::TIMESTAMP_TZ AS z, 'x' AS t WHERE false"
    dtypes = opened().run_query(statement).frame.dtypes.astype(str).to_dict()
    assert dtypes == {"D": "float64", "Z": "datetime64[us, UTC]", "T": "str"}


def test_what_a_cap_cuts_is_not_downloaded(opened, peer):
    result = opened().run_query(MANY_ROWS, caps=Caps(250_000, 10**9))
    assert len(result.frame) == 250_000
    assert peer.history()[-1]["chunks_fetched"] < 12  # of 39; the driver fetches some ahead


def test_a_stop_cancels_on_the_server_and_is_over_soon(opened, peer):
    connection = opened()
    stopped_at = []

    def stop():
        stopped_at.append(time.time())
        connection.interrupt()

    threading.Timer(0.5, stop).start()
    with pytest.raises(QueryStopped):
        connection.run_query(SLOW_QUERY)
    took_s = time.time() - stopped_at[0]
    query = latest(peer, "random()")
    assert query["is_cancelled"]
    assert query["code"] == 604
    assert took_s < 2  # 0.5 s where nothing else runs


def test_a_stop_while_the_query_waits_for_its_warehouse(opened, peer):
    connection = opened()
    peer.set(delay_s=0.4)
    heard = []
    threading.Timer(0.2, connection.interrupt).start()
    with pytest.raises(QueryStopped):
        connection.run_query("SELECT 1", on_progress=heard.append)
    assert heard[0].stage == "waiting"


def test_the_warehouse_ends_what_runs_too_long(opened):
    with pytest.raises(QueryError, match="timeout of 1 second") as caught:
        opened(timeout_s=1.0).run_query(SLOW_QUERY)
    assert caught.value.kind == "timeout"


def test_the_cost_is_told_in_bytes_of_the_partitions(people):
    connection = people
    assert connection.estimate_cost("SELECT * FROM people").bytes_read == 16_384
    assert connection.estimate_cost("SHOW TABLES") == CostEstimate()


def test_an_error_of_the_estimate_has_its_place_in_the_statement_itself(people):
    with pytest.raises(QueryError, match="NOPE") as caught:
        people.estimate_cost("SELECT id,\n  nope\nFROM people")
    assert (caught.value.line, caught.value.column) == (2, 3)


def test_what_comes_as_json_is_a_frame_too(people):
    frame = people.run_query("SHOW PRIMARY KEYS IN TABLE PEOPLE").frame
    assert frame[["table_name", "column_name"]].values.tolist() == [["PEOPLE", "ID"]]


def test_a_slip_in_the_first_word_is_compiled_and_never_run(opened, peer):
    with pytest.raises(QueryError, match="syntax error"):
        opened().run_query("SELEC 1 AS slipped")
    assert latest(peer, "slipped")["is_described_only"]


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM people",
        "CALL p()",
        "SELECT 1; SELECT 2",
        "USE ROLE ACCOUNTADMIN",
        "PUT file://a @b",
        "/* SELECT */ DROP TABLE people",
        "SELECT SYSTEM$CANCEL_ALL_QUERIES(1)",
        "EXECUTE IMMEDIATE $$ DROP TABLE people $$",
        "BEGIN; SELEC 1; END",
    ],
)
def test_a_refused_statement_is_not_sent(opened, peer, statement):
    connection = opened()
    before = len(peer.history())
    with pytest.raises(QueryRefused):
        connection.run_query(statement)
    assert len(peer.history()) == before


def test_few_tables_are_described_by_reads_of_just_those(peer, people):
    connection = people
    before = len(peer.history())
    (detail,) = connection.describe_tables([TableName("", "public", "people")])
    assert detail.name == TableName("", "PUBLIC", "PEOPLE")
    asked = [query["sql"] for query in peer.history()[before:]]
    assert len(asked) == 4
    assert all("PEOPLE" in sql for sql in asked)


def test_names_are_held_as_they_are_stored(opened):
    connection = opened(database="T_QUOTED", read_only=False)
    connection.run_query('CREATE TABLE "odd ""name""" ("a b" INTEGER)')
    (detail,) = connection.describe_tables()
    assert detail.name == TableName("", "PUBLIC", 'odd "name"')
    assert detail.columns[0].name == "a b"


def test_several_databases_are_told_apart(opened, people):
    connection = opened(database="T_KNOWN", databases="T_KNOWN,test")
    names = connection.list_tables()
    assert TableName("T_KNOWN", "PUBLIC", "PEOPLE") in names
    assert connection.describe_tables([TableName("T_KNOWN", "PUBLIC", "PEOPLE")])[0].primary_key == ("ID",)


def test_without_a_database_it_is_said_how_to_choose_one(peer):
    secrets = SecretsInMemory()
    secrets.keep("wh.password", "secret")
    options = {name: value for name, value in peer.options.items() if name not in ("database", "schema")}
    connection = connect(ConnectRequest(name="wh", secrets=secrets, options=options))
    with pytest.raises(QueryError, match="`database=NAME`"):
        connection.list_tables()
    connection.close()


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"database": "NOPE"}, "requested database does not exist.*database="),
        ({"warehouse": "NOPE"}, "requested warehouse does not exist.*warehouse="),
        ({"role": "NOPE"}, "Role 'NOPE'.*Give another role="),
        ({"port": "1"}, "cannot be reached.*host="),
    ],
)
def test_a_wrong_name_is_told_when_it_is_opened(opened, options, told):
    with pytest.raises(ConnectionFailed, match=told) as caught:
        opened(login_timeout="2", network_timeout="2", **options)
    assert "%rasgo connect snowflake" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_wrong_account_is_told(opened, peer):
    peer.set(account_missing=True)
    with pytest.raises(ConnectionFailed, match="account"):
        opened(login_timeout="2", network_timeout="2")


def test_a_session_without_a_warehouse_says_how_to_get_one(opened, peer):
    connection = opened()
    peer.set(no_warehouse=True)
    with pytest.raises(QueryError, match="`warehouse=NAME`"):
        connection.run_query("SELECT 1")
    peer.set()
    assert connection.run_query("SELECT 1 AS a").frame.iloc[0, 0] == 1


def test_a_table_that_vanished_is_told_and_the_next_question_works(opened):
    connection = opened(database="T_GONE", read_only=False)
    connection.run_query("CREATE TABLE t (a INTEGER)")
    (name,) = connection.list_tables()
    connection.run_query("DROP TABLE t")
    with pytest.raises(QueryError) as caught:
        connection.run_query("SELECT * FROM t")
    assert caught.value.kind == "missing_object"
    with pytest.raises(UnknownName):
        connection.describe_tables([name])
    assert connection.run_query("SELECT 1 AS a").frame.iloc[0, 0] == 1


def test_a_result_that_breaks_off_is_told_and_the_next_question_works(opened, peer):
    connection = opened(backoff_policy=lambda: iter(lambda: 0.01, None))
    peer.set(drop_chunks=3)
    with pytest.raises(QueryError) as caught:
        connection.run_query(MANY_ROWS)
    assert caught.value.kind == "network"
    peer.set()
    assert connection.run_query("SELECT 1 AS a").frame.iloc[0, 0] == 1


def test_a_server_that_goes_away_in_the_middle_is_told(snowflake_peer):
    with running_snowflake() as peer:
        secrets = SecretsInMemory()
        secrets.keep("wh.password", "secret")
        options = peer.options | {"network_timeout": "1"}
        connection = connect(ConnectRequest(name="wh", secrets=secrets, options=options))
        threading.Timer(0.5, peer.stop).start()
        with pytest.raises(QueryError) as caught:
            connection.run_query(SLOW_QUERY)
    assert caught.value.kind == "network"


def test_a_server_that_is_gone_leaves_no_traceback_of_the_driver(capfd):
    with running_snowflake() as peer:
        secrets = SecretsInMemory()
        secrets.keep("wh.password", "secret")
        options = peer.options | {"network_timeout": "1"}
        connection = connect(ConnectRequest(name="wh", secrets=secrets, options=options))
        peer.stop()
        with pytest.raises(QueryError):
            connection.run_query("SELECT 1 AS a")
        time.sleep(1.5)  # the driver's own thread gives up later
    assert capfd.readouterr().err == ""


def test_fifty_thousand_tables_are_described_in_four_statements():
    def run(statement):
        asked.append(statement)
        if ".TABLES" in statement.upper():
            return [table_row(number) for number in range(50_000)]
        return [] if "KEYS" in statement else [column_row(number) for number in range(50_000)]

    def table_row(number):
        kept = {"table_schema": "S", "table_name": f"T{number:05}", "table_type": "BASE TABLE", "comment": ""}
        return kept | {"row_count": number, "bytes": 8, "clustering_key": "LINEAR(DAY, TO_DATE(AT, 'x'))"}

    def column_row(number):
        kept = {"table_schema": "S", "table_name": f"T{number:05}", "column_name": "A", "data_type": "NUMBER"}
        told = {"is_nullable": "NO", "comment": None, "numeric_precision": 38, "numeric_scale": 0}
        return kept | told | {"character_maximum_length": None}

    asked = []
    details = SnowflakeCatalog(run, ["DB"]).describe(None)
    assert (len(details), len(asked)) == (50_000, 4)
    assert details[7].clustered_by == ("DAY", "TO_DATE(AT, 'x')")
    assert details[7].columns[0].type == "NUMBER(38,0)"


def test_a_catalog_that_is_too_much_for_one_statement_is_read_by_schemas():
    def run(statement):
        if "SCHEMATA" in statement:
            return [{"schema_name": "A"}, {"schema_name": "B"}]
        for schema in ("A", "B"):
            if f"'{schema}'" in statement:
                return [{"table_schema": schema, "table_name": "T"}]
        raise QueryError("Information schema query returned too much data.", kind="quota")

    names = SnowflakeCatalog(run, ["DB"]).list_names()
    assert names == [TableName("", "A", "T"), TableName("", "B", "T")]


def test_a_snowpark_session_stands_on_the_same_sign_in(opened, peer):
    session = opened().session()
    assert session.sql("SELECT 41 + 1 AS n").collect()[0][0] == 42
    active = connect(ConnectRequest(place="active", name="mine"))
    assert active.run_query("SELECT 1 AS a").frame.iloc[0, 0] == 1
    active.close()
    assert session.sql("SELECT 1 AS a").collect()[0][0] == 1
    session.close()


def test_without_a_session_active_says_how_to_make_one():
    with pytest.raises(ConnectionFailed, match=r"Session\.builder\.getOrCreate"):
        connect(ConnectRequest(place="active", name="mine"))
