"""The contract over whatever RASGO_NB_TEST_SQLALCHEMY names: see docs/warehouses.md."""

import datetime
import os

import pytest
from contract import ODD_NAME, ConnectionContract

from rasgo_nb.connectors.open import open_connection
from rasgo_nb.connectors.request import ConnectRequest
from rasgo_nb.secret_store import SecretsInMemory

# Read when the file is: tests run without the settings of whoever runs them.
URL = os.environ.get("RASGO_NB_TEST_SQLALCHEMY", "")
SCHEMA = os.environ.get("RASGO_NB_TEST_SQLALCHEMY_SCHEMA", "")
SECRET = os.environ.get("RASGO_NB_TEST_SQLALCHEMY_SECRET", "")

MYSQL = URL.startswith(("mysql", "mariadb"))
ODD = 'select "when" é' if MYSQL else ODD_NAME  # no emoji in names there

pytestmark = pytest.mark.skipif(not URL, reason="RASGO_NB_TEST_SQLALCHEMY is not set")
NUMBERS = "WITH RECURSIVE n(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM n WHERE x < {})"


@pytest.fixture(scope="module")
def loaded():
    import sqlalchemy as sa

    metadata = sa.MetaData(schema=SCHEMA or None)
    people = sa.Table(
        "people", metadata, sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(20)), sa.Column("height", sa.Double), sa.Column("born", sa.Date),
        sa.Column("active", sa.Boolean),
    )  # fmt: skip
    visits = sa.Table(
        "visits", metadata, sa.Column("person", sa.ForeignKey(people.c.id)), sa.Column(ODD, sa.DateTime)
    )
    sa.Table("empty", metadata, sa.Column("a", sa.Integer))
    url = sa.make_url(URL)
    engine = sa.create_engine(url.set(password=SECRET) if SECRET else url)
    with engine.begin() as link:
        metadata.drop_all(link)
        metadata.create_all(link)
        keys = ("id", "name", "height", "born", "active")
        rows = [
            (1, "Ada", 1.7, datetime.date(1815, 12, 10), True),
            (2, "Grace", None, datetime.date(1906, 12, 9), False),
            (3, None, 1.8, None, None),
        ]
        link.execute(people.insert(), [dict(zip(keys, row, strict=True)) for row in rows])
        moments = [datetime.datetime(2024, 1, 2, 3, 4, 5), datetime.datetime(2024, 1, 3)]  # noqa: DTZ001
        link.execute(visits.insert(), [{"person": 1, ODD: moment} for moment in moments])
    yield
    metadata.drop_all(engine)
    engine.dispose()


class TestAccount(ConnectionContract):
    schema = SCHEMA
    odd_name = ODD
    slow_query = f"{NUMBERS.format(1_000)} SELECT count(*) FROM n a, n b, n c WHERE a.x * b.x * c.x % 7 = 3"
    many_rows = f"{NUMBERS.format(1_000)} SELECT a.x * b.x * c.x AS n FROM n a, n b, n c"
    boolean = "Int64" if MYSQL else "boolean"  # MySQL has none, but small integers
    if MYSQL:  # what cannot be read as a number is 0 there, unless it is written
        test_a_wrong_type_is_told_by_its_kind = None

    def quoted(self, name):
        import sqlalchemy as sa

        return sa.make_url(URL).get_dialect()().identifier_preparer.quote_identifier(name)

    @pytest.fixture
    def connection(self, loaded):
        secrets = SecretsInMemory()
        secrets.keep("account.password", SECRET)
        connection = open_connection(URL, ConnectRequest(secrets=secrets), name="account")
        yield connection
        connection.close()
