import datetime
import math

import pytest

from rasgo_nb.connectors.base import TableName
from rasgo_nb.connectors.duckdb import connect
from rasgo_nb.connectors.profile import Histogram, profile_columns
from rasgo_nb.errors import UnknownName


@pytest.fixture
def connection():
    connection = connect(":memory:", name="scratch", read_only=False)
    yield connection
    connection.close()


def profiles_of(connection, query, **options):
    connection.run_query(f'CREATE TABLE "odd ""table" AS {query}')
    return {
        profile.name: profile
        for profile in profile_columns(connection, TableName("", "main", 'odd "table'), **options)
    }


def test_a_number_column_has_all_its_figures(connection):
    (profile,) = profiles_of(connection, "SELECT range AS n FROM range(1, 11) UNION ALL SELECT NULL").values()
    assert (profile.rows, profile.nulls, profile.distinct, profile.is_approximate) == (11, 1, 10, False)
    assert (profile.min, profile.max, profile.mean) == (1, 10, 5.5)
    assert dict(profile.quantiles)[0.5] == 5.5
    assert profile.histogram == Histogram((*range(1, 11),), (1,) * 8 + (2,))
    assert profile.top_values[:2] == ((1, 1), (10, 1))


def test_a_text_column_tells_its_top_values(connection):
    (profile,) = profiles_of(connection, "FROM (VALUES ('b'), ('a'), ('b')) t(x)", top=1).values()
    assert (profile.min, profile.max, profile.top_values, profile.histogram) == ("a", "b", (("b", 2),), None)


def test_a_date_column_has_dates(connection):
    (profile,) = profiles_of(
        connection, "SELECT DATE '2024-01-01' + range::INTEGER AS d FROM range(11)"
    ).values()
    assert (profile.min, profile.max) == (datetime.date(2024, 1, 1), datetime.date(2024, 1, 11))
    assert dict(profile.quantiles)[0.5] == datetime.date(2024, 1, 6)
    assert sum(profile.histogram.counts) == 11


def test_texts_are_found_by_their_exact_spelling(connection):
    found = profiles_of(
        connection,
        "FROM (VALUES ('Delta Air', 5), ('DELTA', 1000), ('x', 1)) t(name, n)",
        look_for=["delta", "1000", "nil"],
    )
    assert found["name"].found == {"delta": ("DELTA", "Delta Air")}
    assert found["n"].found == {"1000": ("1000",)}


def test_nan_and_infinity_are_counted_apart(connection):
    query = "FROM (VALUES (1::DOUBLE), (3), ('NaN'), ('inf'), (NULL)) t(x)"
    (profile,) = profiles_of(connection, query).values()
    assert (profile.nulls, profile.not_finite, profile.mean) == (1, 2, 2.0)
    assert (profile.min, profile.max, sum(profile.histogram.counts)) == (1.0, math.inf, 2)


@pytest.mark.parametrize("rows", ["SELECT * FROM test_all_types()", "SELECT * FROM test_all_types() LIMIT 0"])
def test_every_type_is_profiled(connection, rows):
    profiles = profiles_of(connection, rows, look_for=["x", "1"])
    assert {profile.rows for profile in profiles.values()} <= {0, 3}
    assert profiles["map"].top_values == ()


def test_a_column_of_nulls_has_no_figures(connection):
    (profile,) = profiles_of(connection, "SELECT NULL::INTEGER AS n FROM range(3)").values()
    assert (profile.rows, profile.nulls, profile.distinct) == (3, 3, 0)
    assert (profile.min, profile.mean, profile.quantiles, profile.histogram) == (None, None, (), None)


def test_odd_names_are_names(connection):
    profiles = profiles_of(connection, 'SELECT 1 AS "select", 2 AS "a ""b"" 😀", 3 AS "1_rows"')
    assert [profile.max for profile in profiles.values()] == [1, 2, 3]


def test_dates_that_python_has_none_for_are_told_as_text(connection):
    (profile,) = profiles_of(connection, "FROM (VALUES (DATE '44-03-15 (BC)'), ('infinity')) t(d)").values()
    assert (profile.not_finite, profile.min, profile.max) == (1, "0044-03-15 (BC)", "0044-03-15 (BC)")


def test_above_a_million_rows_the_figures_are_estimates(connection):
    query = "SELECT range AS id, 'customer ' || range AS name, range % 3 AS few FROM range(1100000)"
    profiles = profiles_of(connection, query)
    assert profiles["few"].is_approximate
    assert profiles["few"].top_values[0] == (0, 366667)
    assert profiles["id"].distinct == pytest.approx(1_100_000, rel=0.05)
    assert len(profiles["name"].top_values) == 10


def test_a_wrong_column_is_answered_with_the_nearest(connection):
    with pytest.raises(UnknownName, match="amount"):
        profiles_of(connection, "SELECT 1 AS amount", columns=["amuont"])
