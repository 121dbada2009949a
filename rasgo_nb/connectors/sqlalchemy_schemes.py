"""Which driver a URL asks for, how it is installed, and which SQL the database speaks."""

from __future__ import annotations

import difflib
import sys
from typing import TYPE_CHECKING

from rasgo_nb.errors import ConnectionFailed, MissingDependency

if TYPE_CHECKING:
    from sqlalchemy import URL

# What `%pip install` takes for a scheme; a scheme alone stands for its usual driver.
PACKAGES = {
    "access": "sqlalchemy-access",
    "awsathena": "'PyAthena[SQLAlchemy]'",
    "clickhouse": "clickhouse-sqlalchemy",
    "clickhousedb": "clickhouse-connect",
    "cockroachdb": "sqlalchemy-cockroachdb 'psycopg[binary]'",
    "crate": "sqlalchemy-cratedb",
    "databricks": "databricks-sqlalchemy",
    "db2": "ibm_db_sa",
    "db2+ibm_db": "ibm_db_sa",
    "dremio": "sqlalchemy-dremio",
    "druid": "'pydruid[sqlalchemy]'",
    "duckdb": "duckdb-engine",
    "exa": "sqlalchemy-exasol",
    "firebird": "sqlalchemy-firebird",
    "hana": "sqlalchemy-hana",
    "hive": "'pyhive[hive]'",
    "mariadb": "mysqlclient",
    "mariadb+mariadbconnector": "mariadb",
    "mariadb+pymysql": "pymysql",
    "mssql": "pyodbc",
    "mssql+pymssql": "pymssql",
    "mssql+pyodbc": "pyodbc",
    "mysql": "mysqlclient",
    "mysql+mariadbconnector": "mariadb",
    "mysql+mysqlconnector": "mysql-connector-python",
    "mysql+mysqldb": "mysqlclient",
    "mysql+pymysql": "pymysql",
    "oracle": "oracledb",
    "oracle+cx_oracle": "cx_Oracle",
    "oracle+oracledb": "oracledb",
    "postgresql": "'psycopg[binary]'",
    "postgresql+pg8000": "pg8000",
    "postgresql+psycopg": "'psycopg[binary]'",
    "postgresql+psycopg2": "psycopg2-binary",
    "presto": "'pyhive[presto]'",
    "redshift": "sqlalchemy-redshift psycopg2-binary",
    "redshift+psycopg2": "sqlalchemy-redshift psycopg2-binary",
    "redshift+redshift_connector": "sqlalchemy-redshift redshift_connector",
    "risingwave": "sqlalchemy-risingwave psycopg2-binary",
    "singlestoredb": "'singlestoredb[sqlalchemy]'",
    "sqlite": "",
    "starrocks": "starrocks",
    "teradatasql": "teradatasqlalchemy",
    "trino": "'trino[sqlalchemy]'",
    "vertica": "sqlalchemy-vertica-python",
}

# Drivers that only work inside an event loop, and one of the same database that works without.
ASYNC_DRIVERS = {
    "aiomysql": "pymysql",
    "aioodbc": "pyodbc",
    "aiosqlite": "pysqlite",
    "asyncmy": "pymysql",
    "asyncpg": "psycopg",
    "oracledb_async": "oracledb",
    "psycopg_async": "psycopg",
}

# SQLAlchemy's names of dialects that sqlglot knows by another name. What neither knows is read as plain SQL.
SQLGLOT_NAMES = {
    "awsathena": "athena",
    "clickhousedb": "clickhouse",
    "cockroachdb": "postgres",
    "exa": "exasol",
    "greenplum": "postgres",
    "mariadb": "mysql",
    "mssql": "tsql",
    "postgresql": "postgres",
    "singlestoredb": "singlestore",
    "teradatasql": "teradata",
}


def sqlglot_dialect(name: str) -> str:
    """sqlglot's name of SQLAlchemy's dialect; empty where it knows none."""
    from sqlglot import Dialect

    own = SQLGLOT_NAMES.get(name, name)
    return own if Dialect.get(own) is not None else ""


def load_driver(url: URL) -> None:
    """See that there is a driver that speaks to the database.

    Raises
    ------
    ConnectionFailed
        when the scheme is not known, or its driver needs an event loop; names the nearest.
    MissingDependency
        when it is not installed, with the line that installs it.
    """
    from sqlalchemy.exc import ArgumentError, NoSuchModuleError

    _refuse_async(url)
    try:
        url.get_dialect().import_dbapi()
    except NoSuchModuleError:
        raise _unknown_scheme(url) from None
    except ImportError as error:
        raise _missing(url, error) from None
    except ArgumentError as error:
        raise ConnectionFailed(f"{_first_line(error)} Check the URL, and connect again.") from None


def _refuse_async(url: URL) -> None:
    driver = url.drivername.partition("+")[2]
    if driver in ASYNC_DRIVERS:
        instead = f"{url.get_backend_name()}+{ASYNC_DRIVERS[driver]}"
        raise ConnectionFailed(
            f"The driver {driver} needs an event loop of its own. Connect with `{instead}://` instead."
        )


def _unknown_scheme(url: URL) -> ConnectionFailed | MissingDependency:
    scheme = url.drivername
    package = PACKAGES.get(scheme) or PACKAGES.get(url.get_backend_name())
    if package:
        return MissingDependency(
            f"{scheme}:// needs its driver. Type `%pip install {package}`, and connect again."
        )
    near = difflib.get_close_matches(scheme, PACKAGES, n=3, cutoff=0.5)
    offer = f"Nearest: {', '.join(f'{name}://' for name in near)}." if near else _where_dialects_are()
    return ConnectionFailed(f"No database is known by {scheme}://. {offer}")


def _where_dialects_are() -> str:
    return "Install the SQLAlchemy dialect of your database with `%pip install`, and connect again."


def _missing(url: URL, error: ImportError) -> MissingDependency:
    scheme = url.drivername
    module = error.name or "its driver"
    package = PACKAGES.get(scheme) or PACKAGES.get(url.get_backend_name()) or module
    if module in sys.modules:  # it is there, and lacks something of the machine: a client library
        return MissingDependency(
            f"{scheme}:// needs {module}, which does not load here: {_first_line(error)} "
            "Install what it names, restart the kernel, and connect again."
        )
    pure = " or connect with `mysql+pymysql://`," if package == "mysqlclient" else ""
    return MissingDependency(
        f"{scheme}:// needs {module}. Type `%pip install {package}`,{pure} and connect again."
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]
