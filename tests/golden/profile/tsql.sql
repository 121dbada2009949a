SELECT
  COUNT(*)
FROM [sales].[order lines];

SELECT
  COUNT(*) AS [c0_rows],
  COUNT([Id n]) AS [c0_values],
  COUNT(DISTINCT [Id n]) AS [c0_distinct],
  MIN([Id n]) AS [c0_min],
  MAX([Id n]) AS [c0_max],
  MIN([Id n]) AS [c0_low],
  MAX([Id n]) AS [c0_high],
  COUNT([Id n]) - COUNT([Id n]) AS [c0_unbounded],
  AVG(CAST([Id n] AS FLOAT)) AS [c0_mean],
  COUNT(*) AS [c1_rows],
  COUNT([born]) AS [c1_values],
  COUNT(DISTINCT [born]) AS [c1_distinct],
  CAST(MIN([born]) AS VARCHAR(4000)) AS [c1_min],
  CAST(MAX([born]) AS VARCHAR(4000)) AS [c1_max],
  MIN([born]) AS [c1_low],
  MAX([born]) AS [c1_high],
  COUNT([born]) - COUNT([born]) AS [c1_unbounded],
  COUNT(*) AS [c2_rows],
  COUNT([city]) AS [c2_values],
  COUNT(DISTINCT [city]) AS [c2_distinct],
  MIN(CAST([city] AS VARCHAR(4000))) AS [c2_min],
  MAX(CAST([city] AS VARCHAR(4000))) AS [c2_max]
FROM [sales].[order lines];

SELECT
  COUNT(*) AS [c0_rows],
  COUNT([Id n]) AS [c0_values],
  COUNT(DISTINCT [Id n]) AS [c0_distinct],
  MIN([Id n]) AS [c0_min],
  MAX([Id n]) AS [c0_max],
  MIN([Id n]) AS [c0_low],
  MAX([Id n]) AS [c0_high],
  COUNT([Id n]) - COUNT([Id n]) AS [c0_unbounded],
  AVG(CAST([Id n] AS FLOAT)) AS [c0_mean],
  COUNT(*) AS [c1_rows],
  COUNT([born]) AS [c1_values],
  COUNT(DISTINCT [born]) AS [c1_distinct],
  CAST(MIN([born]) AS VARCHAR(4000)) AS [c1_min],
  CAST(MAX([born]) AS VARCHAR(4000)) AS [c1_max],
  MIN([born]) AS [c1_low],
  MAX([born]) AS [c1_high],
  COUNT([born]) - COUNT([born]) AS [c1_unbounded],
  COUNT(*) AS [c2_rows],
  COUNT([city]) AS [c2_values],
  COUNT(DISTINCT [city]) AS [c2_distinct],
  MIN(CAST([city] AS VARCHAR(4000))) AS [c2_min],
  MAX(CAST([city] AS VARCHAR(4000))) AS [c2_max]
FROM [sales].[order lines];

SELECT
  0 AS [position],
  'bin' AS [figure],
  [value] AS [value],
  COUNT(*) AS [count]
FROM (
  SELECT
    CASE WHEN [Id n] < 5 THEN '0' ELSE '1' END AS [value]
  FROM [sales].[order lines]
  WHERE
    NOT [Id n] IS NULL
) AS binned_0
GROUP BY
  [value]
UNION ALL
SELECT
  0 AS [position],
  'top' AS [figure],
  SUBSTRING(CAST([own] AS VARCHAR(4000)), 1, 200) AS [value],
  [count] AS [count]
FROM (
  SELECT
  TOP 3
    [Id n] AS [own],
    COUNT(*) AS [count]
  FROM [sales].[order lines]
  WHERE
    NOT [Id n] IS NULL
  GROUP BY
    [Id n]
  ORDER BY
    COUNT(*) DESC,
    [Id n]
) AS top_0
UNION ALL
SELECT
  1 AS [position],
  'bin' AS [figure],
  [value] AS [value],
  COUNT(*) AS [count]
FROM (
  SELECT
    CASE WHEN [born] < '2024-02-01' THEN '0' ELSE '1' END AS [value]
  FROM [sales].[order lines]
  WHERE
    NOT [born] IS NULL
) AS binned_1
GROUP BY
  [value]
UNION ALL
SELECT
  2 AS [position],
  'top' AS [figure],
  SUBSTRING(CAST([own] AS VARCHAR(4000)), 1, 200) AS [value],
  [count] AS [count]
FROM (
  SELECT
  TOP 3
    [city] AS [own],
    COUNT(*) AS [count]
  FROM [sales].[order lines]
  WHERE
    CAST([city] AS VARCHAR(4000)) IN ('Rom')
  GROUP BY
    [city]
  ORDER BY
    COUNT(*) DESC,
    [city]
) AS top_2;

SELECT
  *
FROM (
  SELECT
    0 AS [position],
    [wanted] AS [wanted],
    CAST([found] AS VARCHAR(4000)) AS [value],
    CASE WHEN LOWER(CAST([found] AS VARCHAR(4000))) = [text] THEN '0' ELSE '1' END AS [is_other],
    LEN(CAST([found] AS VARCHAR(4000))) AS [size],
    ROW_NUMBER() OVER (
      PARTITION BY [wanted]
      ORDER BY CASE WHEN LOWER(CAST([found] AS VARCHAR(4000))) = [text] THEN '0' ELSE '1' END, LEN(CAST([found] AS VARCHAR(4000))), [found]
    ) AS [place]
  FROM (
    SELECT DISTINCT
      [Id n] AS [found]
    FROM [sales].[order lines]
    WHERE
      [Id n] IN (7)
  ) AS different
  INNER JOIN (
    SELECT
      1 AS [wanted],
      '7' AS [text],
      7 AS [spelt]
  ) AS looked_for
    ON [found] = [spelt]
) AS found_0
WHERE
  [place] <= 5
UNION ALL
SELECT
  *
FROM (
  SELECT
    2 AS [position],
    [wanted] AS [wanted],
    CAST([found] AS VARCHAR(4000)) AS [value],
    CASE WHEN LOWER(CAST([found] AS VARCHAR(4000))) = [text] THEN '0' ELSE '1' END AS [is_other],
    LEN(CAST([found] AS VARCHAR(4000))) AS [size],
    ROW_NUMBER() OVER (
      PARTITION BY [wanted]
      ORDER BY CASE WHEN LOWER(CAST([found] AS VARCHAR(4000))) = [text] THEN '0' ELSE '1' END, LEN(CAST([found] AS VARCHAR(4000))), [found]
    ) AS [place]
  FROM (
    SELECT DISTINCT
      [city] AS [found]
    FROM [sales].[order lines]
  ) AS different
  INNER JOIN (
    SELECT
      0 AS [wanted],
      'rom' AS [text],
      'rom' AS [spelt]
    UNION ALL
    SELECT
      1 AS [wanted],
      '7' AS [text],
      '7' AS [spelt]
  ) AS looked_for
    ON CHARINDEX([spelt], LOWER(CAST([found] AS VARCHAR(4000)))) > 0
) AS found_2
WHERE
  [place] <= 5
