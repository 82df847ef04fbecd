-- name: explosive
SELECT explosiveness.day, product, version, signature, oneday, threeday,
       coalesce(top_crashers.reports, 0),
       ARRAY[day9, day8, day7, day6, day5, day4, day3, day2, day1, day0]
FROM explosiveness
JOIN product_versions USING (product_version_id)
JOIN signatures USING (signature_id)
LEFT JOIN top_crashers USING (product_version_id, day, signature_id)
WHERE explosiveness.day = %(day)s AND product_version_id = ANY(%(versions)s::int[])
  AND greatest(oneday, threeday) >= %(least)s
ORDER BY greatest(oneday, threeday) DESC, day0 DESC, signature COLLATE "C", version_sort COLLATE "C"
LIMIT %(most)s OFFSET %(skip)s

-- name: without_adi
-- Days before the build need no installs: nobody can have crashed.
SELECT product, version, array_agg(lacking.day ORDER BY lacking.day)
FROM product_versions AS versions
CROSS JOIN LATERAL (
    SELECT %(day)s::date - back AS day
    FROM generate_series(0, 9) AS back
    WHERE versions.build_date <= %(day)s::date - back
      AND NOT EXISTS (SELECT FROM adi
                      WHERE adi.product_version_id = versions.product_version_id
                        AND adi.day = %(day)s::date - back AND adi.adi > 0)
) AS lacking
WHERE versions.product_version_id = ANY(%(versions)s::int[])
  AND EXISTS (SELECT FROM crash_counts
              WHERE crash_counts.product_version_id = versions.product_version_id
                AND crash_counts.day BETWEEN %(day)s::date - 2 AND %(day)s::date)
GROUP BY versions.product_version_id
ORDER BY product, version_sort COLLATE "C" DESC
LIMIT %(most)s

-- name: last_day
SELECT max(day) FROM explosiveness WHERE day < %(before)s
