"""Real components for every test: an IPython shell, a DuckDB, a model that plays its lines."""

from __future__ import annotations

import atexit
import os
import re
import signal
import sys
import tempfile
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell
from postgres_server import running_postgres
from sample_data import ORDERS
from traitlets.config import Config as Traitlets

from rasgo_nb.config import Config
from rasgo_nb.interrupt import run_sync
from rasgo_nb.session import Session

# Settings, keys, addresses and proxies of whoever runs the tests.
_REACHES_OUT = re.compile(
    r"(RASGO_NB|OPENAI|AZURE|ANTHROPIC|COHERE|CO|AWS|GOOGLE|CLOUD_ML|SNOWFLAKE)_|PG[A-Z]+$|(https?|all|no)_proxy$",
    re.I,
)


def pytest_configure(config):
    """Kernels of a whole module begin before a test has its own settings: they don't get the person's either.

    A shell that starts a command in the background has it ignore Ctrl-C, which the tests press.
    """
    config.rasgo_nb_home = tempfile.TemporaryDirectory(prefix="rasgo_nb_tests_", ignore_cleanup_errors=True)
    os.environ["RASGO_NB_HOME"] = config.rasgo_nb_home.name
    os.environ["RASGO_NB_CONFIG"] = str(Path(config.rasgo_nb_home.name) / "config.toml")
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_unconfigure(config):
    config.rasgo_nb_home.cleanup()


def pytest_collection_modifyitems(items):
    """Those in a browser come last: Playwright keeps an event loop running, and others begin their own."""
    items.sort(key=lambda item: "browser" in item.path.parts)


@pytest.fixture(autouse=True)
def _own_settings(tmp_path, monkeypatch):
    """No test reads or writes the settings, catalogs and memories of whoever runs it."""
    for name in [name for name in os.environ if name != "RASGO_NB_DATA" and _REACHES_OUT.match(name)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setenv("RASGO_NB_EMBEDDER", "none")  # whether or not there is one on this machine
    monkeypatch.setenv("RASGO_NB_CONFIG", str(tmp_path / "settings" / "config.toml"))
    monkeypatch.setenv("RASGO_NB_HOME", str(tmp_path / "home"))


@pytest.fixture(scope="session")
def postgres():
    """A Postgres server; ``postgres.url(postgres.new_database(script))`` is a database for oneself."""
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def snowflake_peer():
    """A stand-in of Snowflake; ``options`` reach it, databases named ``T_...`` are made when opened."""
    from peers.snowflake_peer import running_snowflake

    with running_snowflake() as peer:
        yield peer


@pytest.fixture(scope="session")
def postgres_url(postgres):
    """The superuser's URL of the server's first, empty database; make no objects in it."""
    return postgres.url()


@pytest.fixture(scope="session")
def bigquery():
    """A stand-in for BigQuery with the data set of the connectors' contract in ``shop.main``."""
    from peers.bigquery_data import load_data_set
    from peers.bigquery_peer import running_bigquery

    with running_bigquery() as peer:
        load_data_set(peer.tables)
        yield peer


@pytest.fixture
def shell():
    """An IPython shell of its own, as in a plain terminal; it leaves the history of whoever runs it alone."""
    main = sys.modules["__main__"]
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance(config=Traitlets({"HistoryManager": {"hist_file": ":memory:"}}))
    yield shell
    sys.modules["__main__"] = main  # the shell's own is emptied, with which no process could be spawned
    # Now, with its thread: at exit a thousand shells would take minutes.
    shell.atexit_operations()
    atexit.unregister(shell.atexit_operations)
    InteractiveShell.clear_instance()


@pytest.fixture
def session(shell):
    session = Session(shell, config=Config())
    yield session
    session.close()


@pytest.fixture
def shop(session, tmp_path):
    """A session connected to a small DuckDB file of customers and orders."""
    import duckdb

    with duckdb.connect(str(tmp_path / "shop.duckdb")) as database:
        database.execute(ORDERS)
    session.connect(tmp_path / "shop.duckdb")
    return session


@pytest.fixture
def ask(shop):
    """Ask the shop a question and keep the events: ``run, events = ask(model)``."""

    def ask(model, question="How many orders are there?", **options):
        events = []
        run = run_sync(shop.ask(question, model=model, view=events.append, **options))
        return run, events

    return ask
