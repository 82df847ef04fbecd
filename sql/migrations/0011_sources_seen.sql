-- 0011: what was read of the release tree, so that it is read once; bugs with their duplicates.
-- Lock: none that anybody waits for (a new table and a view).
-- depends: 0010_cron

CREATE TABLE release_files (
    url     text        PRIMARY KEY,
    read_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE release_files IS
    'Files of the release tree that were read: they never change. May be emptied at any time.';

CREATE VIEW signature_bugs AS
SELECT named.signature, bugs.bug_id, bugs.status, bugs.resolution, bugs.summary,
       NULL::bigint AS duplicate, named.since
FROM bug_signatures AS named JOIN bugs USING (bug_id)
WHERE named.until IS NULL
UNION ALL
SELECT named.signature, original.bug_id, original.status, original.resolution, original.summary,
       copy.bug_id, named.since
FROM bug_signatures AS named
JOIN bugs AS copy USING (bug_id)
JOIN bugs AS original ON original.bug_id = copy.duplicate_of
WHERE named.until IS NULL
  AND NOT EXISTS (
    SELECT FROM bug_signatures AS direct
    WHERE direct.bug_id = original.bug_id AND direct.signature = named.signature
      AND direct.until IS NULL);
COMMENT ON VIEW signature_bugs IS
    'Bugs of a signature today, and one hop further: the bug that one of them is a duplicate of.';
COMMENT ON COLUMN signature_bugs.duplicate IS
    'The bug that names the signature, when this one is only its original.';
