import os

import pytest
from contract import ODD_NAME, ConnectionContract

from rasgo_nb.connectors.open import open_connection
from rasgo_nb.connectors.request import ConnectRequest
from rasgo_nb.errors import QueryError
from rasgo_nb.secret_store import SecretsInMemory

# A server of one's own: what `%rasgo connect` takes, a schema to make anew there, and the password.
REAL = os.environ.get("RASGO_NB_TEST_POSTGRES", "")
REAL_SCHEMA = os.environ.get("RASGO_NB_TEST_POSTGRES_SCHEMA", "")
REAL_SECRET = os.environ.get("RASGO_NB_TEST_POSTGRES_SECRET", "")

DATA_SET = f"""
CREATE TABLE people (id integer PRIMARY KEY, name text, height float8, born date, active boolean);
CREATE TABLE visits (person integer REFERENCES people (id), "{ODD_NAME.replace('"', '""')}" timestamp);
CREATE TABLE empty (a integer);
INSERT INTO people VALUES (1, 'Ada', 1.7, '1815-12-10', true), (2, 'Grace', NULL, '1906-12-09', false),
    (3, NULL, 1.8, NULL, NULL);
INSERT INTO visits VALUES (1, '2024-01-02 03:04:05'), (1, '2024-01-03 00:00:00');
"""
NO_FRAMES = pytest.mark.xfail(raises=QueryError, strict=True, reason="a Postgres server cannot read frames")


def request_to(schema):
    secrets = SecretsInMemory()
    if REAL_SECRET:
        secrets.keep("people.password", REAL_SECRET)
    return ConnectRequest(options={"options": f"-c search_path={schema}"}, secrets=secrets)


@pytest.fixture(scope="module")
def people(request):
    """What to connect to, with the data set in it."""
    if not REAL:
        postgres = request.getfixturevalue("postgres")
        return postgres.url(postgres.new_database(DATA_SET))
    writer = open_connection(REAL, request_to(REAL_SCHEMA), name="people", read_only=False)
    statements = [f"DROP SCHEMA IF EXISTS {REAL_SCHEMA} CASCADE", f"CREATE SCHEMA {REAL_SCHEMA}"]
    for statement in [*statements, *filter(str.strip, DATA_SET.split(";"))]:
        writer.run_query(statement)
    writer.close()
    return REAL


class TestPostgres(ConnectionContract):
    schema = REAL_SCHEMA or "public"
    slow_query = (
        "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) WHERE a % 7 = 3"
    )
    many_rows = (
        "SELECT a * 10000::bigint + b AS n FROM generate_series(0, 9999) a, generate_series(0, 9999) b"
    )

    @pytest.fixture
    def connection(self, people):
        connection = open_connection(people, request_to(self.schema), name="people")
        yield connection
        connection.close()

    @NO_FRAMES
    def test_frames_can_be_named_as_tables(self, connection):
        super().test_frames_can_be_named_as_tables(connection)

    @NO_FRAMES
    def test_a_frame_is_gone_after_its_query(self, connection):
        super().test_a_frame_is_gone_after_its_query(connection)
