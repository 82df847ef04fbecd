-- name: has_notes
SELECT EXISTS (SELECT FROM search_hours WHERE engine = %(engine)s)
       OR EXISTS (SELECT FROM changed_hours)

-- name: take_marked
SELECT take_marked_hours()

-- name: notes
SELECT hour, noted_at, note::text, clock_timestamp()
FROM search_hours WHERE engine = %(engine)s
ORDER BY hour DESC LIMIT %(most)s

-- name: done
SELECT search_hour_done(%(engine)s, %(hour)s, %(note)s::xid8, %(read_at)s)

-- name: add
SELECT note_search_hours(%(hours)s::timestamptz[], ARRAY[%(engine)s])

-- name: late_hours
SELECT hour FROM changed_hours UNION SELECT hour FROM search_hours WHERE engine = %(engine)s
ORDER BY hour

-- name: lag
SELECT count(DISTINCT hour), min(since), coalesce(extract(epoch FROM now() - min(since)), 0)::float
FROM (SELECT hour, marked_at AS since FROM changed_hours
      UNION ALL
      SELECT hour, noted_at FROM search_hours WHERE engine = %(engine)s) AS waiting

-- name: hours_with_reports
SELECT * FROM hours_with_reports(%(first)s::timestamptz, %(after)s::timestamptz)

-- name: forget
DELETE FROM search_hours WHERE hour < %(before)s

-- name: now
SELECT now()

-- name: has_reports
SELECT EXISTS (SELECT FROM reports)
