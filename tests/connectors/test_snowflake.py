import os
from dataclasses import replace

import pytest
from contract import ConnectionContract
from peers.snowflake_data import DATA_SET, MANY_ROWS, SLOW_QUERY

from rasgo_nb.connectors.open import open_connection
from rasgo_nb.connectors.request import ConnectRequest
from rasgo_nb.errors import QueryError
from rasgo_nb.secret_store import SecretsInMemory

# A real account goes before the stand-in: what `%rasgo connect` takes, where the data set may be made, and
# the password.
REAL = os.environ.get("RASGO_NB_TEST_SNOWFLAKE", "")
REAL_SCHEMA = os.environ.get("RASGO_NB_TEST_SNOWFLAKE_SCHEMA", "")
REAL_SECRET = os.environ.get("RASGO_NB_TEST_SNOWFLAKE_SECRET", "")


@pytest.fixture(scope="module")
def people(request):
    """Options that open the schema with the data set, in which nothing else is."""
    store = SecretsInMemory()
    store.keep("wh.password", REAL_SECRET or "secret")
    if REAL:
        asked = ConnectRequest(name="wh", secrets=store, options={"schema": REAL_SCHEMA}, read_only=False)
        source = REAL
    else:
        peer = request.getfixturevalue("snowflake_peer")
        asked = ConnectRequest(
            name="wh", secrets=store, options=peer.options | {"database": "T_PEOPLE"}, read_only=False
        )
        source = "snowflake"
    writer = open_connection(source, asked, name="wh", read_only=False)
    for statement in DATA_SET:
        writer.run_query(statement)
    writer.close()
    return source, asked


class TestSnowflake(ConnectionContract):
    schema = REAL_SCHEMA or "PUBLIC"
    slow_query = SLOW_QUERY
    many_rows = MANY_ROWS

    @pytest.fixture
    def connection(self, people):
        source, asked = people
        connection = open_connection(source, replace(asked, read_only=True), name="wh")
        yield connection
        connection.close()

    def spelt(self, name):
        return name.upper()

    @pytest.mark.xfail(
        raises=QueryError, strict=True, reason="a DataFrame would have to be written to Snowflake"
    )
    def test_frames_can_be_named_as_tables(self, connection):
        super().test_frames_can_be_named_as_tables(connection)

    @pytest.mark.xfail(
        raises=QueryError, strict=True, reason="a DataFrame would have to be written to Snowflake"
    )
    def test_a_frame_is_gone_after_its_query(self, connection):
        super().test_a_frame_is_gone_after_its_query(connection)
