import os

import pytest
from contract import ConnectionContract
from peers.bigquery_data import DATA_SET

from rasgo_nb.connectors.base import TableName
from rasgo_nb.connectors.open import open_connection
from rasgo_nb.connectors.request import ConnectRequest
from rasgo_nb.errors import QueryError
from rasgo_nb.secret_store import SecretsInMemory

# A real project goes before the stand-in: what `%rasgo connect` takes, an empty dataset where tables may be
# made, and the JSON of a service account, or nothing for application default credentials.
REAL = os.environ.get("RASGO_NB_TEST_BIGQUERY", "")
REAL_SCHEMA = os.environ.get("RASGO_NB_TEST_BIGQUERY_SCHEMA", "")
REAL_SECRET = os.environ.get("RASGO_NB_TEST_BIGQUERY_SECRET", "")


def request_for(peer, place="shop.main", options=None, **settings):
    given = {"sign_in": "anonymous", "api_endpoint": peer.url, "storage_endpoint": peer.storage_url}
    return ConnectRequest(place, given | (options or {}), name="shop", **settings)


@pytest.fixture(scope="module")
def people(request):
    """A source and what opens the dataset with the data set, in which nothing else is."""
    if not REAL:
        return "bigquery:shop.main", request_for(request.getfixturevalue("bigquery"))
    secrets = SecretsInMemory()
    secrets.keep("shop.service_account", REAL_SECRET)
    asked = ConnectRequest(options={"dataset": REAL_SCHEMA}, name="shop", secrets=secrets)
    writer = open_connection(REAL, asked, name="shop", read_only=False)
    for statement in DATA_SET:
        writer.run_query(statement)
    writer.close()
    return REAL, asked


class TestBigQuery(ConnectionContract):
    schema = REAL_SCHEMA or "main"
    slow_query = (
        "SELECT count(*) FROM UNNEST(GENERATE_ARRAY(1, 1000000)) a, UNNEST(GENERATE_ARRAY(1, 1000000)) b "
        "WHERE MOD(a * b, 7) = 3"
    )
    many_rows = "SELECT n FROM UNNEST(GENERATE_ARRAY(1, 400000)) AS n"

    @pytest.fixture
    def connection(self, people):
        source, asked = people
        connection = open_connection(source, asked, name="shop")
        self.project = connection.describe_tables()[0].name.database
        yield connection
        connection.close()

    def table(self, name):
        return TableName(self.project, self.schema, name)

    def quoted(self, name):
        return f"`{name}`"

    @pytest.mark.xfail(bool(REAL), raises=QueryError, strict=True, reason="BigQuery has no such names")
    def test_a_column_with_an_odd_name_can_be_read(self, connection):
        super().test_a_column_with_an_odd_name_can_be_read(connection)

    @pytest.mark.xfail(
        raises=QueryError, reason="BigQuery reads no DataFrames; DuckDB joins them", strict=True
    )
    def test_frames_can_be_named_as_tables(self, connection):
        super().test_frames_can_be_named_as_tables(connection)

    @pytest.mark.xfail(
        raises=QueryError, reason="BigQuery reads no DataFrames; DuckDB joins them", strict=True
    )
    def test_a_frame_is_gone_after_its_query(self, connection):
        super().test_a_frame_is_gone_after_its_query(connection)

    @pytest.mark.xfail(raises=QueryError, reason="BigQuery refuses repeated names", strict=True)
    def test_repeated_names_are_made_unique_and_listed(self, connection):
        super().test_repeated_names_are_made_unique_and_listed(connection)
