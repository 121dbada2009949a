SELECT
  COUNT(*)
FROM "sales"."order lines";

SELECT
  COUNT(*) AS "c0_rows",
  COUNT("Id n") AS "c0_values",
  COUNT(DISTINCT "Id n") AS "c0_distinct",
  MIN("Id n") AS "c0_min",
  MAX("Id n") AS "c0_max",
  MIN("Id n") AS "c0_low",
  MAX("Id n") AS "c0_high",
  COUNT("Id n") - COUNT("Id n") AS "c0_unbounded",
  AVG(CAST("Id n" AS DOUBLE)) AS "c0_mean",
  APPROX_PERCENTILE(CAST("Id n" AS DOUBLE), 0.05) AS "c0_q0",
  APPROX_PERCENTILE(CAST("Id n" AS DOUBLE), 0.25) AS "c0_q1",
  APPROX_PERCENTILE(CAST("Id n" AS DOUBLE), 0.5) AS "c0_q2",
  APPROX_PERCENTILE(CAST("Id n" AS DOUBLE), 0.75) AS "c0_q3",
  APPROX_PERCENTILE(CAST("Id n" AS DOUBLE), 0.95) AS "c0_q4",
  COUNT(*) AS "c1_rows",
  COUNT("x") AS "c1_values",
  COUNT(DISTINCT "x") AS "c1_distinct",
  MIN(CASE WHEN NOT IS_NAN("x") THEN "x" END) AS "c1_min",
  MAX(CASE WHEN NOT IS_NAN("x") THEN "x" END) AS "c1_max",
  MIN(
    CASE
      WHEN ABS(CAST("x" AS DOUBLE)) <= CAST('1.7976931348623157e308' AS DOUBLE)
      THEN "x"
    END
  ) AS "c1_low",
  MAX(
    CASE
      WHEN ABS(CAST("x" AS DOUBLE)) <= CAST('1.7976931348623157e308' AS DOUBLE)
      THEN "x"
    END
  ) AS "c1_high",
  COUNT("x") - COUNT(
    CASE
      WHEN ABS(CAST("x" AS DOUBLE)) <= CAST('1.7976931348623157e308' AS DOUBLE)
      THEN "x"
    END
  ) AS "c1_unbounded",
  AVG(
    CAST(CASE
      WHEN ABS(CAST("x" AS DOUBLE)) <= CAST('1.7976931348623157e308' AS DOUBLE)
      THEN "x"
    END AS DOUBLE)
  ) AS "c1_mean",
  APPROX_PERCENTILE(
    CAST(CASE
      WHEN ABS(CAST("x" AS DOUBLE)) <= CAST('1.7976931348623157e308' AS DOUBLE)
      THEN "x"
    END AS DOUBLE),
    0.05
  ) AS "c1_q0",
  APPROX_PERCENTILE(
    CAST(CASE
      WHEN ABS(CAST("x" AS DOUBLE)) <= CAST('1.7976931348623157e308' AS DOUBLE)
      THEN "x"
    END AS DOUBLE),
    0.25
  ) AS "c1_q1",
  APPROX_PERCENTILE(
    CAST(CASE
      WHEN ABS(CAST("x" AS DOUBLE)) <= CAST('1.7976931348623157e308' AS DOUBLE)
      THEN "x"
    END AS DOUBLE),
    0.5
  ) AS "c1_q2",
  APPROX_PERCENTILE(
    CAST(CASE
      WHEN ABS(CAST("x" AS DOUBLE)) <= CAST('1.7976931348623157e308' AS DOUBLE)
      THEN "x"
    END AS DOUBLE),
    0.75
  ) AS "c1_q3",
  APPROX_PERCENTILE(
    CAST(CASE
      WHEN ABS(CAST("x" AS DOUBLE)) <= CAST('1.7976931348623157e308' AS DOUBLE)
      THEN "x"
    END AS DOUBLE),
    0.95
  ) AS "c1_q4",
  COUNT(*) AS "c2_rows",
  COUNT("money") AS "c2_values",
  COUNT(DISTINCT "money") AS "c2_distinct",
  MIN("money") AS "c2_min",
  MAX("money") AS "c2_max",
  MIN("money") AS "c2_low",
  MAX("money") AS "c2_high",
  COUNT("money") - COUNT("money") AS "c2_unbounded",
  AVG(CAST("money" AS DOUBLE)) AS "c2_mean",
  APPROX_PERCENTILE(CAST("money" AS DOUBLE), 0.05) AS "c2_q0",
  APPROX_PERCENTILE(CAST("money" AS DOUBLE), 0.25) AS "c2_q1",
  APPROX_PERCENTILE(CAST("money" AS DOUBLE), 0.5) AS "c2_q2",
  APPROX_PERCENTILE(CAST("money" AS DOUBLE), 0.75) AS "c2_q3",
  APPROX_PERCENTILE(CAST("money" AS DOUBLE), 0.95) AS "c2_q4",
  COUNT(*) AS "c3_rows",
  COUNT("born") AS "c3_values",
  COUNT(DISTINCT "born") AS "c3_distinct",
  CAST(MIN("born") AS VARCHAR) AS "c3_min",
  CAST(MAX("born") AS VARCHAR) AS "c3_max",
  MIN("born") AS "c3_low",
  MAX("born") AS "c3_high",
  COUNT("born") - COUNT("born") AS "c3_unbounded",
  COUNT(*) AS "c4_rows",
  COUNT("seen") AS "c4_values",
  COUNT(DISTINCT "seen") AS "c4_distinct",
  CAST(MIN("seen") AS VARCHAR) AS "c4_min",
  CAST(MAX("seen") AS VARCHAR) AS "c4_max",
  MIN("seen") AS "c4_low",
  MAX("seen") AS "c4_high",
  COUNT("seen") - COUNT("seen") AS "c4_unbounded",
  COUNT(*) AS "c5_rows",
  COUNT("city") AS "c5_values",
  COUNT(DISTINCT "city") AS "c5_distinct",
  MIN(CAST("city" AS VARCHAR)) AS "c5_min",
  MAX(CAST("city" AS VARCHAR)) AS "c5_max",
  COUNT(*) AS "c6_rows",
  COUNT("active") AS "c6_values",
  COUNT(DISTINCT "active") AS "c6_distinct",
  MIN(CAST("active" AS INTEGER)) AS "c6_min",
  MAX(CAST("active" AS INTEGER)) AS "c6_max"
FROM "sales"."order lines";

SELECT
  COUNT(*) AS "c0_rows",
  COUNT("Id n") AS "c0_values",
  APPROX_DISTINCT("Id n") AS "c0_distinct",
  MIN("Id n") AS "c0_min",
  MAX("Id n") AS "c0_max",
  MIN("Id n") AS "c0_low",
  MAX("Id n") AS "c0_high",
  COUNT("Id n") - COUNT("Id n") AS "c0_unbounded",
  AVG(CAST("Id n" AS DOUBLE)) AS "c0_mean",
  APPROX_PERCENTILE(CAST("Id n" AS DOUBLE), 0.05) AS "c0_q0",
  APPROX_PERCENTILE(CAST("Id n" AS DOUBLE), 0.25) AS "c0_q1",
  APPROX_PERCENTILE(CAST("Id n" AS DOUBLE), 0.5) AS "c0_q2",
  APPROX_PERCENTILE(CAST("Id n" AS DOUBLE), 0.75) AS "c0_q3",
  APPROX_PERCENTILE(CAST("Id n" AS DOUBLE), 0.95) AS "c0_q4",
  COUNT(*) AS "c1_rows",
  COUNT("x") AS "c1_values",
  APPROX_DISTINCT("x") AS "c1_distinct",
  MIN(CASE WHEN NOT IS_NAN("x") THEN "x" END) AS "c1_min",
  MAX(CASE WHEN NOT IS_NAN("x") THEN "x" END) AS "c1_max",
  MIN(
    CASE
      WHEN ABS(CAST("x" AS DOUBLE)) <= CAST('1.7976931348623157e308' AS DOUBLE)
      THEN "x"
    END
  ) AS "c1_low",
  MAX(
    CASE
      WHEN ABS(CAST("x" AS DOUBLE)) <= CAST('1.7976931348623157e308' AS DOUBLE)
      THEN "x"
    END
  ) AS "c1_high",
  COUNT("x") - COUNT(
    CASE
      WHEN ABS(CAST("x" AS DOUBLE)) <= CAST('1.7976931348623157e308' AS DOUBLE)
      THEN "x"
    END
  ) AS "c1_unbounded",
  AVG(
    CAST(CASE
      WHEN ABS(CAST("x" AS DOUBLE)) <= CAST('1.7976931348623157e308' AS DOUBLE)
      THEN "x"
    END AS DOUBLE)
  ) AS "c1_mean",
  APPROX_PERCENTILE(
    CAST(CASE
      WHEN ABS(CAST("x" AS DOUBLE)) <= CAST('1.7976931348623157e308' AS DOUBLE)
      THEN "x"
    END AS DOUBLE),
    0.05
  ) AS "c1_q0",
  APPROX_PERCENTILE(
    CAST(CASE
      WHEN ABS(CAST("x" AS DOUBLE)) <= CAST('1.7976931348623157e308' AS DOUBLE)
      THEN "x"
    END AS DOUBLE),
    0.25
  ) AS "c1_q1",
  APPROX_PERCENTILE(
    CAST(CASE
      WHEN ABS(CAST("x" AS DOUBLE)) <= CAST('1.7976931348623157e308' AS DOUBLE)
      THEN "x"
    END AS DOUBLE),
    0.5
  ) AS "c1_q2",
  APPROX_PERCENTILE(
    CAST(CASE
      WHEN ABS(CAST("x" AS DOUBLE)) <= CAST('1.7976931348623157e308' AS DOUBLE)
      THEN "x"
    END AS DOUBLE),
    0.75
  ) AS "c1_q3",
  APPROX_PERCENTILE(
    CAST(CASE
      WHEN ABS(CAST("x" AS DOUBLE)) <= CAST('1.7976931348623157e308' AS DOUBLE)
      THEN "x"
    END AS DOUBLE),
    0.95
  ) AS "c1_q4",
  COUNT(*) AS "c2_rows",
  COUNT("money") AS "c2_values",
  APPROX_DISTINCT("money") AS "c2_distinct",
  MIN("money") AS "c2_min",
  MAX("money") AS "c2_max",
  MIN("money") AS "c2_low",
  MAX("money") AS "c2_high",
  COUNT("money") - COUNT("money") AS "c2_unbounded",
  AVG(CAST("money" AS DOUBLE)) AS "c2_mean",
  APPROX_PERCENTILE(CAST("money" AS DOUBLE), 0.05) AS "c2_q0",
  APPROX_PERCENTILE(CAST("money" AS DOUBLE), 0.25) AS "c2_q1",
  APPROX_PERCENTILE(CAST("money" AS DOUBLE), 0.5) AS "c2_q2",
  APPROX_PERCENTILE(CAST("money" AS DOUBLE), 0.75) AS "c2_q3",
  APPROX_PERCENTILE(CAST("money" AS DOUBLE), 0.95) AS "c2_q4",
  COUNT(*) AS "c3_rows",
  COUNT("born") AS "c3_values",
  APPROX_DISTINCT("born") AS "c3_distinct",
  CAST(MIN("born") AS VARCHAR) AS "c3_min",
  CAST(MAX("born") AS VARCHAR) AS "c3_max",
  MIN("born") AS "c3_low",
  MAX("born") AS "c3_high",
  COUNT("born") - COUNT("born") AS "c3_unbounded",
  COUNT(*) AS "c4_rows",
  COUNT("seen") AS "c4_values",
  APPROX_DISTINCT("seen") AS "c4_distinct",
  CAST(MIN("seen") AS VARCHAR) AS "c4_min",
  CAST(MAX("seen") AS VARCHAR) AS "c4_max",
  MIN("seen") AS "c4_low",
  MAX("seen") AS "c4_high",
  COUNT("seen") - COUNT("seen") AS "c4_unbounded",
  COUNT(*) AS "c5_rows",
  COUNT("city") AS "c5_values",
  APPROX_DISTINCT("city") AS "c5_distinct",
  MIN(CAST("city" AS VARCHAR)) AS "c5_min",
  MAX(CAST("city" AS VARCHAR)) AS "c5_max",
  COUNT(*) AS "c6_rows",
  COUNT("active") AS "c6_values",
  APPROX_DISTINCT("active") AS "c6_distinct",
  MIN(CAST("active" AS INTEGER)) AS "c6_min",
  MAX(CAST("active" AS INTEGER)) AS "c6_max"
FROM "sales"."order lines";

SELECT
  0 AS "position",
  'bin' AS "figure",
  "value" AS "value",
  COUNT(*) AS "count"
FROM (
  SELECT
    CASE WHEN "Id n" < 5 THEN '0' ELSE '1' END AS "value"
  FROM "sales"."order lines"
  WHERE
    NOT "Id n" IS NULL
) AS binned_0
GROUP BY
  "value"
UNION ALL
SELECT
  0 AS "position",
  'top' AS "figure",
  SUBSTR(CAST("own" AS VARCHAR), 1, 200) AS "value",
  "count" AS "count"
FROM (
  SELECT
    "Id n" AS "own",
    COUNT(*) AS "count"
  FROM "sales"."order lines"
  WHERE
    NOT "Id n" IS NULL
  GROUP BY
    "Id n"
  ORDER BY
    COUNT(*) DESC,
    "Id n"
  LIMIT 3
) AS top_0
UNION ALL
SELECT
  3 AS "position",
  'bin' AS "figure",
  "value" AS "value",
  COUNT(*) AS "count"
FROM (
  SELECT
    CASE WHEN "born" < CAST('2024-02-01' AS DATE) THEN '0' ELSE '1' END AS "value"
  FROM "sales"."order lines"
  WHERE
    NOT "born" IS NULL
) AS binned_3
GROUP BY
  "value"
UNION ALL
SELECT
  5 AS "position",
  'top' AS "figure",
  SUBSTR(CAST("own" AS VARCHAR), 1, 200) AS "value",
  "count" AS "count"
FROM (
  SELECT
    "city" AS "own",
    COUNT(*) AS "count"
  FROM "sales"."order lines"
  WHERE
    CAST("city" AS VARCHAR) IN ('Rom')
  GROUP BY
    "city"
  ORDER BY
    COUNT(*) DESC,
    "city"
  LIMIT 3
) AS top_5
UNION ALL
SELECT
  6 AS "position",
  'top' AS "figure",
  SUBSTR(CAST("own" AS VARCHAR), 1, 200) AS "value",
  "count" AS "count"
FROM (
  SELECT
    "active" AS "own",
    COUNT(*) AS "count"
  FROM "sales"."order lines"
  WHERE
    NOT "active" IS NULL
  GROUP BY
    "active"
  ORDER BY
    COUNT(*) DESC,
    "active"
  LIMIT 3
) AS top_6;

SELECT
  *
FROM (
  SELECT
    0 AS "position",
    "wanted",
    CAST("found" AS VARCHAR) AS "value",
    CASE WHEN LOWER(CAST("found" AS VARCHAR)) = "text" THEN '0' ELSE '1' END AS "is_other",
    LENGTH(CAST("found" AS VARCHAR)) AS "size",
    ROW_NUMBER() OVER (
      PARTITION BY "wanted"
      ORDER BY CASE WHEN LOWER(CAST("found" AS VARCHAR)) = "text" THEN '0' ELSE '1' END, LENGTH(CAST("found" AS VARCHAR)), "found"
    ) AS "place"
  FROM (
    SELECT DISTINCT
      "Id n" AS "found"
    FROM "sales"."order lines"
    WHERE
      "Id n" IN (7)
  ) AS different
  INNER JOIN (
    SELECT
      1 AS "wanted",
      '7' AS "text",
      7 AS "spelt"
  ) AS looked_for
    ON "found" = "spelt"
) AS found_0
WHERE
  "place" <= 5
UNION ALL
SELECT
  *
FROM (
  SELECT
    1 AS "position",
    "wanted",
    CAST("found" AS VARCHAR) AS "value",
    CASE WHEN LOWER(CAST("found" AS VARCHAR)) = "text" THEN '0' ELSE '1' END AS "is_other",
    LENGTH(CAST("found" AS VARCHAR)) AS "size",
    ROW_NUMBER() OVER (
      PARTITION BY "wanted"
      ORDER BY CASE WHEN LOWER(CAST("found" AS VARCHAR)) = "text" THEN '0' ELSE '1' END, LENGTH(CAST("found" AS VARCHAR)), "found"
    ) AS "place"
  FROM (
    SELECT DISTINCT
      "x" AS "found"
    FROM "sales"."order lines"
    WHERE
      "x" IN (7)
  ) AS different
  INNER JOIN (
    SELECT
      1 AS "wanted",
      '7' AS "text",
      7 AS "spelt"
  ) AS looked_for
    ON "found" = "spelt"
) AS found_1
WHERE
  "place" <= 5
UNION ALL
SELECT
  *
FROM (
  SELECT
    2 AS "position",
    "wanted",
    CAST("found" AS VARCHAR) AS "value",
    CASE WHEN LOWER(CAST("found" AS VARCHAR)) = "text" THEN '0' ELSE '1' END AS "is_other",
    LENGTH(CAST("found" AS VARCHAR)) AS "size",
    ROW_NUMBER() OVER (
      PARTITION BY "wanted"
      ORDER BY CASE WHEN LOWER(CAST("found" AS VARCHAR)) = "text" THEN '0' ELSE '1' END, LENGTH(CAST("found" AS VARCHAR)), "found"
    ) AS "place"
  FROM (
    SELECT DISTINCT
      "money" AS "found"
    FROM "sales"."order lines"
    WHERE
      "money" IN (7)
  ) AS different
  INNER JOIN (
    SELECT
      1 AS "wanted",
      '7' AS "text",
      7 AS "spelt"
  ) AS looked_for
    ON "found" = "spelt"
) AS found_2
WHERE
  "place" <= 5
UNION ALL
SELECT
  *
FROM (
  SELECT
    5 AS "position",
    "wanted",
    CAST("found" AS VARCHAR) AS "value",
    CASE WHEN LOWER(CAST("found" AS VARCHAR)) = "text" THEN '0' ELSE '1' END AS "is_other",
    LENGTH(CAST("found" AS VARCHAR)) AS "size",
    ROW_NUMBER() OVER (
      PARTITION BY "wanted"
      ORDER BY CASE WHEN LOWER(CAST("found" AS VARCHAR)) = "text" THEN '0' ELSE '1' END, LENGTH(CAST("found" AS VARCHAR)), "found"
    ) AS "place"
  FROM (
    SELECT DISTINCT
      "city" AS "found"
    FROM "sales"."order lines"
  ) AS different
  INNER JOIN (
    SELECT
      0 AS "wanted",
      'rom' AS "text",
      'rom' AS "spelt"
    UNION ALL
    SELECT
      1 AS "wanted",
      '7' AS "text",
      '7' AS "spelt"
  ) AS looked_for
    ON STRPOS(LOWER(CAST("found" AS VARCHAR)), "spelt") > 0
) AS found_5
WHERE
  "place" <= 5
