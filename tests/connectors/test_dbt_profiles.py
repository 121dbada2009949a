"""dbt's profiles.yml: found where dbt looks, read in the words of each connector, and never shown."""

import pytest

from rasgo_nb.connectors.dbt_profiles import ProfileTarget, read_target
from rasgo_nb.connectors.open import open_connection
from rasgo_nb.errors import ConnectionFailed

PROFILES = """
config:
  send_anonymous_usage_stats: false
shop:
  target: dev
  outputs:
    dev:
      type: postgres
      host: localhost
      port: 5432
      user: "{{ env_var('SHOP_USER', 'ana') }}"
      password: "{{ env_var('SHOP_PASSWORD') }}"
      dbname: shop
      schema: mart
      threads: 4
    prod:
      type: snowflake
      account: org-acme
      user: ana
      private_key_path: /keys/ana.p8
      private_key_passphrase: s3cret-marker
      warehouse: small
      schema: mart
      client_session_keep_alive: false
    cloud: {type: bigquery, method: service-account, project: my-project, dataset: mart, keyfile: /k.json}
    local: {type: duckdb, path: shop.duckdb}
    odd: {type: oracle}
    looped: {type: postgres, host: "{% for one in two %}"}
"""


@pytest.fixture
def environment(tmp_path):
    (tmp_path / "profiles.yml").write_text(PROFILES)
    return {"DBT_PROFILES_DIR": str(tmp_path), "SHOP_PASSWORD": "s3cret-marker"}


def test_the_usual_target_is_read_with_its_variables(environment):
    target = read_target("shop", environment)
    assert target == ProfileTarget(
        "postgres",
        {
            "host": "localhost",
            "port": "5432",
            "user": "ana",
            "dbname": "shop",
            "options": "-c search_path=mart",
        },
        {"password": "s3cret-marker"},
    )
    assert "s3cret" not in repr(target)


def test_a_named_target_is_in_the_words_of_its_connector(environment):
    assert read_target("shop.prod", environment) == ProfileTarget(
        "snowflake",
        {
            "account": "org-acme",
            "user": "ana",
            "private_key_file": "/keys/ana.p8",
            "warehouse": "small",
            "schema": "mart",
        },
        {"private_key_file_pwd": "s3cret-marker"},
    )
    assert read_target("shop.cloud", environment) == ProfileTarget(
        "bigquery:my-project", {"dataset": "mart", "credentials_file": "/k.json"}, {}
    )


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("shp", "Did you mean `shop`?"),
        ("shop.dve", "Did you mean `dev`?"),
        ("shop.odd", "SQLAlchemy URL"),
        ("shop.looped", "a template other than env_var"),
    ],
)
def test_what_cannot_be_read_is_one_line(environment, place, said):
    with pytest.raises(ConnectionFailed) as caught:
        read_target(place, environment)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_variable_that_is_not_set_is_named(environment):
    del environment["SHOP_PASSWORD"]
    with pytest.raises(ConnectionFailed, match="SHOP_PASSWORD"):
        read_target("shop", environment)


def test_a_broken_file_is_not_quoted(environment, tmp_path):
    (tmp_path / "profiles.yml").write_text("shop:\n  password: 's3cret-marker\n  x: [")
    with pytest.raises(ConnectionFailed, match="no valid YAML") as caught:
        read_target("shop", environment)
    assert "s3cret" not in str(caught.value)


def test_a_duckdb_target_is_opened(environment, tmp_path, monkeypatch):
    import duckdb

    with duckdb.connect(str(tmp_path / "shop.duckdb")) as database:
        database.execute("CREATE TABLE orders (id INTEGER)")
    monkeypatch.setenv("DBT_PROFILES_DIR", str(tmp_path))
    connection = open_connection("dbt:shop.local")
    assert (connection.name, [one.table for one in connection.list_tables()]) == ("shop_local", ["orders"])
    connection.close()
