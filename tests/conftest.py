"""Real components for every test: an IPython shell, a DuckDB, a model that plays its lines."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from IPython.core.interactiveshell import InteractiveShell

from rasgo_nb.config import Config
from rasgo_nb.interrupt import run_sync
from rasgo_nb.session import Session

ORDERS = """
CREATE TABLE customers (id INTEGER PRIMARY KEY, name VARCHAR, country VARCHAR);
CREATE TABLE orders (
    id INTEGER PRIMARY KEY, customer_id INTEGER REFERENCES customers (id), amount DECIMAL(10, 2), ordered DATE
);
COMMENT ON TABLE orders IS 'one row per order';
COMMENT ON COLUMN orders.amount IS 'in euro';
INSERT INTO customers VALUES (1, 'Ada', 'France'), (2, 'Bob', 'Germany'), (3, 'Cy', 'Germany');
INSERT INTO orders VALUES
    (1, 1, 10.50, '2024-01-05'), (2, 1, 20.00, '2024-02-06'), (3, 2, 5.25, '2024-02-07'), (4, 2, 7.00, NULL);
"""

# Settings, keys, addresses and proxies of whoever runs the tests.
_REACHES_OUT = re.compile(
    r"(RASGO_NB|OPENAI|AZURE|ANTHROPIC|COHERE|CO|AWS|GOOGLE|CLOUD_ML)_|(https?|all|no)_proxy$", re.I
)


@pytest.fixture(autouse=True)
def _own_settings(tmp_path, monkeypatch):
    """No test reads or writes the settings of whoever runs it."""
    for name in [name for name in os.environ if name != "RASGO_NB_DATA" and _REACHES_OUT.match(name)]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.fail.Keyring")
    monkeypatch.setenv("RASGO_NB_CONFIG", str(tmp_path / "settings" / "config.toml"))


@pytest.fixture
def shell():
    """An IPython shell of its own, as in a plain terminal."""
    InteractiveShell.clear_instance()
    shell = InteractiveShell.instance()
    yield shell
    shell.reset()
    shell.history_manager.end_session()
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


def data_folder() -> Path | None:
    """The shared data sets, where they are at hand."""
    folder = Path(os.environ.get("RASGO_NB_DATA", Path(__file__).parents[2] / "shared" / "data"))
    return folder if folder.is_dir() else None
