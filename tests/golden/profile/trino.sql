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
  COUNT("born") AS "c1_values",
  COUNT(DISTINCT "born") AS "c1_distinct",
  CAST(MIN("born") AS VARCHAR) AS "c1_min",
  CAST(MAX("born") AS VARCHAR) AS "c1_max",
  MIN("born") AS "c1_low",
  MAX("born") AS "c1_high",
  COUNT("born") - COUNT("born") AS "c1_unbounded",
  COUNT(*) AS "c2_rows",
  COUNT("city") AS "c2_values",
  COUNT(DISTINCT "city") AS "c2_distinct",
  MIN(CAST("city" AS VARCHAR)) AS "c2_min",
  MAX(CAST("city" AS VARCHAR)) AS "c2_max"
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
  COUNT("born") AS "c1_values",
  APPROX_DISTINCT("born") AS "c1_distinct",
  CAST(MIN("born") AS VARCHAR) AS "c1_min",
  CAST(MAX("born") AS VARCHAR) AS "c1_max",
  MIN("born") AS "c1_low",
  MAX("born") AS "c1_high",
  COUNT("born") - COUNT("born") AS "c1_unbounded",
  COUNT(*) AS "c2_rows",
  COUNT("city") AS "c2_values",
  APPROX_DISTINCT("city") AS "c2_distinct",
  MIN(CAST("city" AS VARCHAR)) AS "c2_min",
  MAX(CAST("city" AS VARCHAR)) AS "c2_max"
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
  1 AS "position",
  'bin' AS "figure",
  "value" AS "value",
  COUNT(*) AS "count"
FROM (
  SELECT
    CASE WHEN "born" < CAST('2024-02-01' AS DATE) THEN '0' ELSE '1' END AS "value"
  FROM "sales"."order lines"
  WHERE
    NOT "born" IS NULL
) AS binned_1
GROUP BY
  "value"
UNION ALL
SELECT
  2 AS "position",
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
) AS top_2;

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
) AS found_2
WHERE
  "place" <= 5
