"""``%rasgo connect``: what the person types, what is opened, what is said and kept."""

import sqlite3
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasgo_nb.commands.connect_line import ConnectLine, read_connect_line
from rasgo_nb.commands.rasgo import run_command
from rasgo_nb.config import config_path, load_config
from rasgo_nb.connection_settings import ConnectionSettings
from rasgo_nb.connectors.open import usual_name
from rasgo_nb.errors import RasgoError, UnknownName
from rasgo_nb.secret_words import without_secrets

MARKER = "s3cret-marker"


@pytest.fixture
def shop_url(tmp_path):
    """A SQLite file, as the URL that SQLAlchemy takes."""
    with sqlite3.connect(tmp_path / "shop.sqlite") as database:
        database.execute("CREATE TABLE orders (id INTEGER PRIMARY KEY, amount REAL)")
        database.execute("INSERT INTO orders VALUES (1, 2.5)")
    return f"sqlite:///{tmp_path / 'shop.sqlite'}"


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("snowflake", ConnectLine("snowflake")),
        ("snowflake:prod --name p", ConnectLine("snowflake:prod", name="p")),
        (
            "snowflake account=a-b user='ana b' warehouse=\"W 1\"",
            ConnectLine("snowflake", {"account": "a-b", "user": "ana b", "warehouse": "W 1"}),
        ),
        ("postgres service=prod", ConnectLine("postgres", {"service": "prod"})),
        ("--privacy stats bigquery:my-project", ConnectLine("bigquery:my-project", privacy="stats")),
        (
            "postgresql://ana@host:5432/shop sslmode=require --timeout 60 --writable --keep",
            ConnectLine(
                "postgresql://ana@host:5432/shop",
                {"sslmode": "require"},
                writable=True,
                timeout_s=60.0,
                keep=True,
            ),
        ),
        ("my folder/my data.csv --name mine", ConnectLine("my folder/my data.csv", name="mine")),
        ("dbt:shop.dev", ConnectLine("dbt:shop.dev")),
        ("postgresql://ana:@/shop?host=/tmp", ConnectLine("postgresql://ana:@/shop?host=/tmp")),
        ("postgresql://h:5432/d?user=a@b", ConnectLine("postgresql://h:5432/d?user=a@b")),
        ("kept warehouse=big", ConnectLine("kept", {"warehouse": "big"})),
        ("C:\\data\\shop.duckdb", ConnectLine("C:\\data\\shop.duckdb")),
    ],
)
def test_a_line_is_read_in_the_words_of_each_vendor(line, read):
    assert read_connect_line(line, ["kept"]) == read


@pytest.mark.parametrize(
    ("line", "type_this"),
    [
        (f"postgresql://ana:{MARKER}@host/shop", "%rasgo key set connection.shop`"),
        (f"postgresql://ana:{MARKER}@host/shop --name prod", "%rasgo key set connection.prod`"),
        (f"postgres host=h user=ana password={MARKER}", "%rasgo key set connection.postgres`"),
        (f"snowflake account=a token={MARKER}", "%rasgo key set connection.snowflake.token`"),
        (f"snowflake private_key_file_pwd={MARKER}", "connection.snowflake.private_key_file_pwd`"),
        (f"databricks://token:{MARKER}@host?http_path=x", "connection.databricks`"),
        (f"mysql://host/shop?password={MARKER}", "connection.shop`"),
        (f"postgres://ana:a@b/{MARKER}?x@host/shop", "%rasgo key set connection.shop`"),
        (f"sqlalchemy:mysql+pymysql://ana:{MARKER}@host/shop", "%rasgo key set connection.shop`"),
        (f"mssql+pyodbc:///?odbc_connect=SERVER%3Dh%3BPWD%3D{MARKER}", ".odbc_connect`"),
    ],
)
def test_a_secret_in_a_cell_is_refused_with_what_to_type(session, line, type_this):
    with pytest.raises(RasgoError) as caught:
        run_command(session, f"connect --keep {line}")
    assert type_this in str(caught.value)
    assert MARKER not in f"{caught.value} {session.connections.sources} {session!r}"
    assert not config_path().exists()


@given(
    st.text(min_size=1, max_size=12).filter(
        lambda text: not set(text) & set("\"' \t\r\n\x0b\x0c\x1c\x1d\x1e\x1f\x85\xa0")
    )
)
def test_no_password_in_a_url_is_ever_shown(password):
    secret = f"{MARKER}{password}"
    for url in (f"postgresql://ana:{secret}@host/shop", f"mysql://h/d?password={secret}"):
        with pytest.raises(RasgoError) as caught:
            read_connect_line(f"{url} --name shop")
        assert MARKER not in str(caught.value)


@pytest.mark.parametrize(
    "source",
    [
        f"md:shop?motherduck_token={MARKER}",
        f"jdbc:postgresql://ana:{MARKER}@host/shop",
        f"jdbc:postgresql://host/shop?user=ana&password={MARKER}",
        f"postgres:host=127.0.0.1 port=1 password = '{MARKER} {MARKER}'",
        f"mssql+nosuch:///?odbc_connect=SERVER=h;PWD={MARKER}",
    ],
)
def test_a_secret_in_what_cannot_be_opened_is_not_shown(session, source):
    with pytest.raises(RasgoError) as refused:
        session.connect(source)
    shown = [
        repr(refused.value),
        *traceback.format_exception(refused.value),
        usual_name(without_secrets(source)),
    ]
    assert MARKER not in "".join(shown)
    assert MARKER not in without_secrets(source)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("snowflake prod", "options such as `user=ana`"),
        ("snowflake account='a", "A quote is open"),
        ("sample --privacy none", "rows, stats or schema"),
        ("sample --timeout soon", "a whole number"),
        ("--name a,b sample", "no name for a connection"),
        ("dbt:shop", "profiles.yml"),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_line(session, line, said):
    with pytest.raises(RasgoError) as caught:
        run_command(session, f"connect {line}")
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_any_sqlalchemy_url_is_opened_and_its_tables_are_listed(session, shop_url):
    said = run_command(session, f"connect {shop_url}")
    assert "Connected to shop (sqlite, read-only)." in said
    assert "orders" in said


def test_what_is_kept_is_opened_by_its_name(session, shop_url):
    run_command(session, f"connect {shop_url} --name prod --privacy stats --timeout 60 --keep")
    assert load_config().connections == {
        "prod": ConnectionSettings(source=shop_url, privacy="stats", timeout_s=60.0)
    }
    run_command(session, "disconnect")
    assert "prod  not open" in run_command(session, "connections")
    said = run_command(session, "connect prod")
    assert "the model sees statistics" in said
    assert session.current == "prod"


def test_a_kept_connection_is_opened_for_a_question_and_questions_go_on_where_they_went(session, shop_url):
    run_command(session, f"config connections.prod.source {shop_url}")
    run_command(session, "connect :memory: --name mine")
    assert session.connection("prod").name == "prod"
    assert session.current == "mine"


def test_the_settings_of_a_name_hold_and_the_flags_go_before_them(session):
    run_command(session, "config connections.sample.privacy schema")
    run_command(session, "connect sample")
    assert session.settings_of("sample").privacy == "schema"
    run_command(session, "connect sample --privacy rows")
    assert session.settings_of("sample").privacy == "rows"


def test_connecting_again_without_a_source_opens_the_current_one_anew(session, shop_url):
    first = session.connect(shop_url, name="shop")
    run_command(session, "connect")
    assert first.is_closed
    assert session.connection("shop").run_query("SELECT count(*) AS n FROM orders").frame["n"].tolist() == [1]


def test_disconnecting_goes_back_to_the_one_before(session):
    run_command(session, "connect :memory: --name a")
    run_command(session, "connect :memory: --name b")
    assert run_command(session, "disconnect b") == "Disconnected from b. Questions go to a now."
    with pytest.raises(UnknownName, match="There is no connection 'b'"):
        run_command(session, "disconnect b")
    run_command(session, "disconnect")
    with pytest.raises(UnknownName, match="No connection is open"):
        run_command(session, "disconnect")


def test_a_mistyped_warehouse_is_answered_with_the_nearest(session):
    with pytest.raises(UnknownName, match="connect postgres`"):
        run_command(session, "connect potgres")
    with pytest.raises(UnknownName, match="connect sample`"):
        run_command(session, "connect smaple")
