"""The questions whose answers are traced: real SQL on real tables."""

from __future__ import annotations

from benchmarks.provenance_answers import Question

_DELAY = ("mean_delay", "mean departure delay", " minutes", 1, "mean")
_FLIGHTS = ("flights", "number of flights", "", 0, "count")

TUNE = (
    Question(
        "Which carriers are late?",
        "SELECT carrier, avg(dep_delay) AS mean_delay, count(*) AS flights, "
        "100.0 * avg((dep_delay > 30)::INT) AS late_pct FROM flights.flights GROUP BY ALL ORDER BY 2 DESC",
        "carrier",
        "carriers",
        (_DELAY, _FLIGHTS, ("late_pct", "share of late flights", "", 1, "share")),
    ),
    Question(
        "How do months compare?",
        "SELECT monthname(make_date(2013, month, 1)) AS month_name, avg(dep_delay) AS mean_delay, "
        "count(*) AS flights FROM flights.flights GROUP BY month ORDER BY month",
        "month",
        "months",
        (_DELAY, _FLIGHTS),
    ),
    Question(
        "On which days do stores sell?",
        "SELECT dayname(ordered_at) AS weekday, sum(order_total) AS revenue, count(*) AS orders, "
        "avg(order_total) AS mean_order FROM jaffle.orders GROUP BY 1 ORDER BY 2 DESC",
        "weekday",
        "weekdays",
        (
            ("revenue", "revenue", "", 2, "money"),
            ("orders", "orders", "", 0, "count"),
            ("mean_order", "mean order value", "", 2, "price"),
        ),
    ),
    Question(
        "Which destinations are far?",
        "SELECT dest, count(*) AS flights, avg(distance) AS mean_distance, avg(arr_delay) AS "
        "mean_arrival_delay "
        "FROM flights.flights GROUP BY 1 HAVING count(*) > 5000 ORDER BY 2 DESC",
        "destination",
        "destinations",
        (
            _FLIGHTS,
            ("mean_distance", "mean distance", " miles", 0, "mean"),
            ("mean_arrival_delay", "mean arrival delay", " minutes", 1, "mean"),
        ),
    ),
)
MEASURE = (
    Question(
        "Which airports are busy?",
        "SELECT origin, count(*) AS flights, avg(dep_delay) AS avg_dep_delay, avg(arr_delay) AS "
        "avg_arr_delay "
        "FROM flights.flights GROUP BY 1 ORDER BY 2 DESC",
        "airport",
        "airports",
        (
            _FLIGHTS,
            ("avg_dep_delay", "average departure delay", " minutes", 2, "mean"),
            ("avg_arr_delay", "average arrival delay", " min", 2, "mean"),
        ),
    ),
    Question(
        "How punctual do airlines arrive?",
        "SELECT a.name AS airline, avg(f.arr_delay) AS arrival_delay, count(*) AS n "
        "FROM flights.flights f JOIN flights.airlines a USING (carrier) GROUP BY 1 ORDER BY 2",
        "airline",
        "airlines",
        (("arrival_delay", "arrival delay", " minutes", 1, "mean"), ("n", "flights", "", 0, "count")),
    ),
    Question(
        "How warm is it?",
        "SELECT strftime(make_date(2013, month, 1), '%B') AS month, avg(temp) AS avg_temp, "
        "avg(wind_speed) AS avg_wind FROM flights.weather GROUP BY flights.weather.month "
        "ORDER BY flights.weather.month",
        "month",
        "months",
        (
            ("avg_temp", "average temperature", " °F", 1, "mean"),
            ("avg_wind", "average wind speed", " mph", 2, "mean"),
        ),
    ),
    Question(
        "Who made the planes?",
        "SELECT manufacturer, count(*) AS planes, avg(seats) AS avg_seats FROM flights.planes GROUP BY 1 "
        "HAVING count(*) >= 5 ORDER BY 2 DESC",
        "manufacturer",
        "manufacturers",
        (("planes", "planes", "", 0, "count"), ("avg_seats", "average seats", "", 1, "mean")),
    ),
    Question(
        "What do people order?",
        "SELECT p.name AS product, count(*) AS items_sold, sum(p.price) AS sales FROM jaffle.items i "
        "JOIN jaffle.products p USING (sku) GROUP BY 1 ORDER BY 3 DESC",
        "product",
        "products",
        (("items_sold", "items sold", "", 0, "count"), ("sales", "sales", "", 0, "money")),
    ),
    Question(
        "When are flights late?",
        "SELECT 'hour ' || hour AS hour_of_day, avg(dep_delay) AS mean_delay, count(*) AS flights, "
        "100.0 * avg((dep_delay > 60)::INT) AS very_late_pct FROM flights.flights WHERE hour BETWEEN "
        "5 AND 23 "
        "GROUP BY hour ORDER BY hour",
        "hour",
        "hours",
        (_DELAY, _FLIGHTS, ("very_late_pct", "share of flights over an hour late", "", 1, "share")),
    ),
)
_NORTHWIND = "real_data/northwind"
_SMALL = "real_data/small"
# {name} stands for a Parquet file of the shared data.
SECOND = (
    Question(
        "What do categories bring in?",
        f"SELECT c.CategoryName AS category, sum(d.UnitPrice * d.Quantity * (1 - d.Discount)) AS revenue, "
        f"sum(d.Quantity) AS units FROM '{{{_NORTHWIND}/Order_Details}}' d JOIN "
        f"'{{{_NORTHWIND}/Products}}' p "
        f"USING (ProductID) JOIN '{{{_NORTHWIND}/Categories}}' c USING (CategoryID) GROUP BY 1 ORDER "
        f"BY 2 DESC",
        "category",
        "categories",
        (("revenue", "revenue", "", 0, "money"), ("units", "units sold", "", 0, "count")),
    ),
    Question(
        "Which genres are long?",
        "SELECT g.Name AS genre, count(*) AS tracks, avg(t.Milliseconds) / 60000 AS avg_minutes "
        "FROM '{real_data/chinook/Track}' t JOIN '{real_data/chinook/Genre}' g USING (GenreId) GROUP BY 1 "
        "HAVING count(*) >= 10 ORDER BY 2 DESC",
        "genre",
        "genres",
        (("tracks", "tracks", "", 0, "count"), ("avg_minutes", "average length", " minutes", 2, "mean")),
    ),
    Question(
        "How long do people live?",
        f"SELECT country, lifeExp AS life_expectancy, gdpPercap AS gdp_per_head, pop AS population "
        f"FROM '{{{_SMALL}/gapminder}}' WHERE year = 2007 AND continent = 'Europe' ORDER BY 2 DESC",
        "country",
        "countries",
        (
            ("life_expectancy", "life expectancy", " years", 1, "mean"),
            ("population", "population", "", 0, "count"),
            ("gdp_per_head", "GDP per head", "", 0, "price"),
        ),
    ),
    Question(
        "Where do customers buy?",
        "SELECT BillingCountry AS country, sum(Total) AS sales, count(*) AS invoices "
        "FROM '{real_data/chinook/Invoice}' GROUP BY 1 ORDER BY 2 DESC",
        "country",
        "countries",
        (("sales", "sales", "", 2, "money"), ("invoices", "invoices", "", 0, "count")),
    ),
    Question(
        "What is the freight?",
        f"SELECT ShipCountry AS country, count(*) AS orders, avg(Freight) AS avg_freight "
        f"FROM '{{{_NORTHWIND}/Orders}}' GROUP BY 1 ORDER BY 3 DESC",
        "country",
        "countries",
        (("orders", "orders", "", 0, "count"), ("avg_freight", "average freight", "", 2, "price")),
    ),
)
