import socket
import threading
import time

import psycopg
import pytest
from postgres_server import WITH_PASSWORD

from rasgo_nb.connectors.base import Caps, TableName
from rasgo_nb.connectors.open import open_connection
from rasgo_nb.connectors.postgres_copy import MOST_BYTES, copied_blocks
from rasgo_nb.connectors.request import ConnectRequest
from rasgo_nb.connectors.tag import tagged
from rasgo_nb.errors import ConnectionFailed, QueryError, QueryStopped, SignInFailed
from rasgo_nb.secret_store import SecretsInMemory

MANY = "SELECT n, repeat('x', 100) AS t FROM generate_series(1, 3000000) n"
SLEEPS = "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b WHERE a # b = -8"
SECRET = "open sesame/@:"


@pytest.fixture(scope="module")
def database(postgres):
    name = postgres.new_database("CREATE TABLE kept (a int); INSERT INTO kept VALUES (1)")
    postgres.execute(f"CREATE ROLE locked LOGIN PASSWORD '{SECRET}' IN ROLE {WITH_PASSWORD}")
    return name


@pytest.fixture
def connection(postgres, database):
    connection = open_connection(postgres.url(database), name="shop")
    yield connection
    connection.close()


@pytest.fixture
def free_port():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return taken.getsockname()[1]


def backends(postgres, database, condition="true"):
    with psycopg.connect(postgres.url(database), application_name="watcher") as watcher:
        rows = watcher.execute(
            "SELECT pid, state, query, application_name FROM pg_stat_activity"
            f" WHERE datname = current_database() AND application_name <> 'watcher' AND {condition}"
        )
        return rows.fetchall()


def wait_for(condition, seconds=5):
    given_up = time.monotonic() + seconds
    while not (found := condition()) and time.monotonic() < given_up:
        time.sleep(0.02)
    return found


def drop_backends(postgres, database):
    postgres.execute(
        "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity"
        f" WHERE datname = '{database}' AND pid <> pg_backend_pid()"
    )


def refused(source, **request):
    with pytest.raises(ConnectionFailed) as caught:
        open_connection(source, ConnectRequest(**request), name="shop")
    assert "\n" not in str(caught.value)
    assert SECRET not in str(caught.value)
    return caught.value


def test_a_wrong_host_says_which_option_to_mend():
    assert "host=" in str(refused("postgresql://nobody@no-such-host.invalid/db?connect_timeout=2"))


def test_a_port_where_nobody_listens_says_which_options_to_mend(free_port):
    assert "port=" in str(refused("postgres", options={"host": "127.0.0.1", "port": str(free_port)}))


def test_a_wrong_database_offers_the_nearest(postgres, database):
    assert database in str(refused(postgres.url(f"{database}x")))


def test_a_wrong_role_is_a_failed_sign_in(postgres, database):
    assert isinstance(refused(postgres.url(database, "nobody")), SignInFailed)


def test_a_database_without_the_right_to_connect_says_whom_to_ask(postgres):
    closed = postgres.new_database()
    postgres.execute(f"REVOKE CONNECT ON DATABASE {closed} FROM PUBLIC")
    postgres.execute("CREATE ROLE uninvited LOGIN")
    said = str(refused(postgres.url(closed, "uninvited")))
    assert said.startswith(f'Postgres says: permission denied for database "{closed}". Ask its owner')


def test_a_refused_password_says_how_to_give_another_one(postgres, database):
    secrets = SecretsInMemory()
    secrets.keep("shop.password", "wrong")
    error = refused(postgres.url(database, "locked"), secrets=secrets)
    assert isinstance(error, SignInFailed)
    assert "%rasgo connect" in str(error)


def test_a_missing_password_is_a_failed_sign_in(postgres, database):
    assert isinstance(refused(postgres.url(database, "locked")), SignInFailed)


def test_the_password_is_taken_from_the_secrets_and_is_in_no_repr(postgres, database):
    secrets = SecretsInMemory()
    secrets.keep("shop.password", SECRET)
    request = ConnectRequest(secrets=secrets)
    connection = open_connection(postgres.url(database, "locked"), request, name="shop")
    assert connection.run_query("SELECT current_user AS u").frame["u"].tolist() == ["locked"]
    assert SECRET not in repr(vars(connection)) + repr(connection)
    connection.close()


def test_a_role_that_expires_in_the_middle_of_a_run_has_to_sign_in_again(postgres, database):
    postgres.execute(f"CREATE ROLE brief LOGIN PASSWORD 'x' IN ROLE {WITH_PASSWORD}")
    secrets = SecretsInMemory()
    secrets.keep("shop.password", "x")
    connection = open_connection(
        postgres.url(database, "brief"), ConnectRequest(secrets=secrets), name="shop"
    )
    postgres.execute("ALTER ROLE brief VALID UNTIL '2000-01-01'")
    drop_backends(postgres, database)
    with pytest.raises(SignInFailed):
        connection.run_query("SELECT 1")
    postgres.execute("ALTER ROLE brief VALID UNTIL 'infinity'")
    assert len(connection.run_query("SELECT 1").frame) == 1
    connection.close()


def test_a_url_that_is_not_understood_shows_no_password():
    refused(f"postgresql://me:{SECRET}@host:5432/db")
    refused("postgresql://me:pa/ss@host:5432/db")


def test_an_unknown_option_offers_the_nearest():
    assert "sslmode" in str(refused("postgres", options={"ssl_mode": "require"}))


def test_libpq_words_work_as_pairs_and_as_options(postgres, database):
    for source, options in (
        (f"postgres:host={postgres.socket_folder} dbname={database} user=postgres", {}),
        (f"postgres:{database}", {"host": postgres.socket_folder, "user": "postgres"}),
    ):
        connection = open_connection(source, ConnectRequest(options=options), name="shop")
        assert connection.list_tables() == [TableName("", "public", "kept")]
        connection.close()


def test_a_service_file_and_variables_are_read_by_libpq(postgres, database, tmp_path, monkeypatch):
    services = tmp_path / "services.conf"
    services.write_text(f"[shop]\nhost={postgres.socket_folder}\nuser=postgres\n")
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    monkeypatch.setenv("PGDATABASE", database)
    connection = open_connection("postgres:service=shop", name="shop")
    assert connection.list_tables() == [TableName("", "public", "kept")]
    connection.close()


def test_a_link_that_was_dropped_between_two_queries_is_replaced(postgres, database, connection):
    connection.run_query("SELECT 1")
    drop_backends(postgres, database)
    assert connection.run_query("SELECT a FROM kept").frame["a"].tolist() == [1]


def test_a_link_that_is_dropped_in_the_middle_of_a_result_is_a_failure_of_the_network(
    postgres, database, connection
):
    with pytest.raises(QueryError) as caught:
        connection.run_query(
            MANY, on_progress=lambda progress: progress.rows < 2_000 and drop_backends(postgres, database)
        )
    assert caught.value.kind == "network"
    assert "\n" not in str(caught.value)
    assert connection.run_query("SELECT a FROM kept").frame["a"].tolist() == [1]


def test_a_stopped_query_is_gone_from_the_server_at_once(postgres, database, connection):
    stopped_at = []

    def stop():
        assert wait_for(lambda: backends(postgres, database, "state = 'active'"))
        stopped_at.append(time.monotonic())
        connection.interrupt()

    threading.Thread(target=stop).start()
    with pytest.raises(QueryStopped):
        connection.run_query(SLEEPS)
    assert time.monotonic() - stopped_at[0] < 2
    assert wait_for(lambda: not backends(postgres, database, "state = 'active'"))


def test_what_a_cap_cuts_runs_no_longer_on_the_server(postgres, database, connection):
    result = connection.run_query(MANY, caps=Caps(10, 10**9))
    assert len(result.frame) == 10
    assert wait_for(lambda: not backends(postgres, database, "state = 'active'"))
    assert connection.run_query("SELECT a FROM kept").frame["a"].tolist() == [1]


def test_the_link_that_a_cap_cut_off_is_used_again(postgres, database, connection):
    connection.run_query(MANY, caps=Caps(10, 10**9))
    connection.run_query("SELECT 1")
    assert len(backends(postgres, database, "application_name LIKE 'psycopg%' OR state = 'idle'")) <= 1


def test_a_statement_ends_after_the_time_of_the_settings(postgres, database):
    connection = open_connection(postgres.url(database), ConnectRequest(timeout_s=0.2), name="shop")
    with pytest.raises(QueryError, match="--timeout") as caught:
        connection.run_query(SLEEPS)
    assert caught.value.kind == "timeout"
    connection.close()


def test_a_result_larger_than_the_memory_cap_is_cut(connection):
    result = connection.run_query(MANY, caps=Caps(10**9, 5_000_000))
    assert 1_000 < len(result.frame) < 50_000
    assert "memory" in result.cut


def test_rows_of_megabytes_come_a_few_at_a_time(postgres, database):
    long = "SELECT repeat('x', 4000000) AS t FROM generate_series(1, 40)"
    with psycopg.connect(postgres.url(database)) as link, copied_blocks(link, long) as blocks:
        sizes = [len(block) for block in blocks]
    assert sum(sizes) == 40 * 4_000_001
    assert max(sizes) <= MOST_BYTES + 4_000_001


def test_a_table_that_vanished_after_the_list_is_told_by_its_kind(postgres, database, connection):
    postgres.execute("CREATE TABLE brief (a int)", database)
    assert TableName("", "public", "brief") in connection.list_tables()
    postgres.execute("DROP TABLE brief", database)
    with pytest.raises(QueryError, match="brief") as caught:
        connection.run_query("SELECT * FROM brief")
    assert caught.value.kind == "missing_object"


@pytest.mark.parametrize(
    ("statement", "kind"),
    [
        ("SELECT nope(1)", "missing_object"),
        ("SELECT 'x'::int", "type"),
        ("SELECT a + 'x'::date - true FROM kept", "type"),
        ("SELECT * FROM nowhere.kept", "missing_object"),
        ("SELECT a, count(*) FROM kept", "syntax"),
        ("SELECT 1 / 0", "other"),
        ("SELECT a::text::int / (a - 1) FROM kept", "other"),
        ("SELECT 9999999999::int", "type"),
        ("SELECT a, a FROM kept GROUP BY", "syntax"),
    ],
)
def test_errors_are_told_by_their_kind_and_leave_the_connection_usable(connection, statement, kind):
    with pytest.raises(QueryError) as caught:
        connection.run_query(statement)
    assert caught.value.kind == kind
    assert len(connection.run_query("SELECT 1").frame) == 1


def test_a_table_without_the_right_to_it_is_a_matter_of_permission(postgres, database):
    postgres.execute("CREATE ROLE reader LOGIN")
    connection = open_connection(postgres.url(database, "reader"), name="shop")
    assert connection.list_tables() == []
    with pytest.raises(QueryError, match="permission denied") as caught:
        connection.run_query("SELECT * FROM kept")
    assert caught.value.kind == "permission"
    connection.close()


def test_a_function_that_writes_is_refused_by_the_transaction(postgres, database, connection):
    postgres.execute(
        "CREATE OR REPLACE FUNCTION innocent() RETURNS int LANGUAGE sql AS 'DELETE FROM kept RETURNING 1'",
        database,
    )
    with pytest.raises(QueryError) as caught:
        connection.run_query("SELECT innocent()")
    assert caught.value.kind in ("permission", "other")
    assert connection.run_query("SELECT a FROM kept").frame["a"].tolist() == [1]


def test_a_writable_connection_commits(postgres, database):
    connection = open_connection(postgres.url(database), name="shop", read_only=False)
    connection.run_query("CREATE TABLE written AS SELECT 1 AS a")
    result = connection.run_query("INSERT INTO written VALUES (2) RETURNING a")
    assert result.frame["a"].tolist() == [2]
    assert connection.run_query("SELECT sum(a) AS s FROM written").frame["s"].tolist() == [3]
    connection.run_query("DROP TABLE written")
    connection.close()


def test_an_estimate_of_several_statements_runs_none_of_them(postgres, database):
    connection = open_connection(postgres.url(database), name="shop", read_only=False)
    with pytest.raises(QueryError):
        connection.estimate_cost("SELECT 1; DROP TABLE kept")
    assert connection.run_query("SELECT a FROM kept").frame["a"].tolist() == [1]
    connection.close()


def test_the_server_knows_the_run_and_the_step(connection):
    with tagged("r" * 80, 3):
        frame = connection.run_query("SELECT current_setting('application_name') AS name").frame
    assert frame["name"].str.startswith("rasgo_nb run=rrr").all()
    assert frame["name"].str.len().tolist() == [63]


def test_notices_of_the_server_are_not_shown(postgres, database, connection, capfd):
    postgres.execute(
        "CREATE OR REPLACE FUNCTION loud() RETURNS int LANGUAGE plpgsql AS"
        " $$BEGIN RAISE NOTICE 'boo'; RAISE WARNING 'bah'; RETURN 1; END$$",
        database,
    )
    assert connection.run_query("SELECT loud() AS a").frame["a"].tolist() == [1]
    assert capfd.readouterr() == ("", "")


def test_a_statement_of_a_megabyte_runs(connection):
    statement = f"SELECT length('{'é' * 500_000}') AS n"
    assert connection.run_query(statement).frame["n"].tolist() == [500_000]


def test_names_in_every_quoting_are_found(postgres):
    names = [
        "plain",
        "MiXed",
        "with space",
        'a "quoted" one',
        "émile 😀",
        "select",
        "semi;colon",
        "a--b",
        "100%",
    ]
    quoted = ['"' + name.replace('"', '""') + '"' for name in names]
    script = "; ".join(f"CREATE TABLE {name} AS SELECT 1 AS {name}" for name in quoted)
    connection = open_connection(postgres.url(postgres.new_database(script)), name="odd")
    assert sorted(one.table for one in connection.list_tables()) == sorted(names)
    for detail in connection.describe_tables():
        own = quoted[names.index(detail.name.table)]
        result = connection.run_query(f"SELECT {own} FROM {own}")
        assert result.columns == (detail.columns[0].name,) == (detail.name.table,)
    connection.close()


def test_bytes_that_are_no_utf_8_are_shown_escaped(postgres):
    name = postgres.new_database(
        r"CREATE TABLE t AS SELECT E'caf\xe9'::text AS a, 1 AS b",
        "ENCODING 'SQL_ASCII' LOCALE 'C' TEMPLATE template0",
    )
    connection = open_connection(postgres.url(name), name="old")
    frame = connection.run_query("SELECT * FROM t").frame
    assert frame.values.tolist() == [["caf\\xe9", 1]]
    connection.close()


def test_a_query_that_waits_for_a_lock_holds_up_nobody_and_can_be_stopped(postgres, database, connection):
    with psycopg.connect(postgres.url(database)) as other:
        other.execute("LOCK TABLE kept IN ACCESS EXCLUSIVE MODE")
        for ask in (connection.run_query, connection.estimate_cost):
            threading.Timer(0.3, connection.interrupt).start()
            with pytest.raises(QueryStopped):
                ask("SELECT * FROM kept")
    assert connection.run_query("SELECT a FROM kept").frame["a"].tolist() == [1]
