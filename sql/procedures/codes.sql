-- Small numbers and dates for what clients say in words; run again at any time.

-- The 7th digit from the end is the lower half of byte 12; reading it from text takes four times as
-- long. Not "= 0", because the planner would expect few rows, and these are nearly all.
CREATE OR REPLACE FUNCTION is_counted(crash_id uuid) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT get_byte(uuid_send(crash_id), 12) & 15 <> 1
$$;
COMMENT ON FUNCTION is_counted(uuid) IS
    'Counts take it: the 7th digit from the end is 0. A deferred crash that somebody viewed is shown, not counted.';

CREATE OR REPLACE FUNCTION is_counted(crash_id uuid, is_resent boolean, counted_rate real)
RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE WHEN is_resent THEN counted_rate IS NOT NULL ELSE is_counted(crash_id) END
$$;
COMMENT ON FUNCTION is_counted(uuid, boolean, real) IS
    'Counts take the report: of a crash that was sent more than once, the first; else by its id.';

CREATE OR REPLACE FUNCTION estimated_crashes(throttle_rate real) RETURNS double precision
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT round(1024 / throttle_rate::double precision) / 1024
$$;
COMMENT ON FUNCTION estimated_crashes(real) IS
    'Crashes that one processed crash stands for; a multiple of 1/1024, so that sums are exact in '
    'any order and what is added and taken away leaves 0.';

CREATE OR REPLACE FUNCTION os_code(os_name text) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (CASE os_name
        WHEN 'Windows NT' THEN 1 WHEN 'Windows' THEN 1 WHEN 'Mac OS X' THEN 2
        WHEN 'Linux' THEN 3 WHEN 'Android' THEN 4
        ELSE CASE
            WHEN os_name ILIKE 'win%' THEN 1
            WHEN os_name ILIKE 'mac%' OR os_name ILIKE 'darwin%' OR os_name ILIKE 'os x%' THEN 2
            WHEN os_name ILIKE 'lin%' THEN 3
            WHEN os_name ILIKE 'android%' THEN 4
            ELSE 0 END
        END)::smallint
$$;
COMMENT ON FUNCTION os_code(text) IS 'The row of operating_systems; 0 for other systems.';

-- The browser is the first process of any program. Only hangs of it and of plugins have another
-- half: a content process that hangs sends one crash, and so do others.
CREATE OR REPLACE FUNCTION crash_type(process_type text, hang_id text) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (CASE coalesce(process_type, '')
        WHEN 'parent' THEN CASE WHEN hang_id IS NULL THEN 1 ELSE 3 END
        WHEN '' THEN CASE WHEN hang_id IS NULL THEN 1 ELSE 3 END
        WHEN 'browser' THEN CASE WHEN hang_id IS NULL THEN 1 ELSE 3 END
        WHEN 'main' THEN CASE WHEN hang_id IS NULL THEN 1 ELSE 3 END
        WHEN 'plugin' THEN CASE WHEN hang_id IS NULL THEN 2 ELSE 4 END
        WHEN 'content' THEN 5
        ELSE 6 END)::smallint
$$;
COMMENT ON FUNCTION crash_type(text, text) IS 'The row of crash_types.';

CREATE OR REPLACE FUNCTION uptime_level(uptime integer) RETURNS smallint
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT (CASE WHEN uptime < 60 THEN 1 WHEN uptime < 300 THEN 2 WHEN uptime < 900 THEN 3
                 WHEN uptime < 3600 THEN 4 WHEN uptime >= 3600 THEN 5 END)::smallint
$$;
COMMENT ON FUNCTION uptime_level(integer) IS 'The row of uptime_levels; NULL for NULL.';

-- Breakpad, the first client of its kind, is of 2006: a build id that is older was made by a clock at
-- its start (1970, 1980) or for builds that repeat byte by byte, and dates nothing.
CREATE OR REPLACE FUNCTION build_day(build_id text) RETURNS date
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    year integer;
    month integer;
    day integer;
BEGIN
    IF build_id IS NULL OR build_id !~ '^(19|20)[0-9]{6}([0-9]{2,6})?$' THEN
        RETURN NULL;
    END IF;
    year := substr(build_id, 1, 4);
    month := substr(build_id, 5, 2);
    day := substr(build_id, 7, 2);
    IF month NOT BETWEEN 1 AND 12 OR day < 1
       OR day > extract(day FROM make_date(year, month, 1) + interval '1 month - 1 day') THEN
        RETURN NULL;
    END IF;
    RETURN CASE WHEN year >= 2006 THEN make_date(year, month, day) END;
END
$$;
COMMENT ON FUNCTION build_day(text) IS
    'The date in a build id (YYYYMMDDhhmmss, or fewer digits); NULL when it is no date, or before 2006.';

CREATE OR REPLACE FUNCTION is_plausible(name text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT name ~ '[^[:space:][:punct:]]'
           AND name !~ '[<>\u0001-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]'
$$;
COMMENT ON FUNCTION is_plausible(text) IS
    'A product, version or channel that counts may be called so: it has a letter or a digit, and '
    'neither markup nor characters that control a screen.';

-- A number is written with its length in front, so that 9 sorts before 10 and no number is cut.
-- Words (w) sort before numbers (z); a word ends in a blank, so that it sorts before longer ones.
-- In a loop: one statement with regexp_matches() took 860 microseconds of a version, this takes 110.
CREATE OR REPLACE FUNCTION sort_tokens(version text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
    token text;
    digits text;
    key text := '';
BEGIN
    FOREACH token IN ARRAY string_to_array(regexp_replace(
        regexp_replace(version, '[[:space:][:punct:]]+', ' ', 'g'), '([0-9]+)', ' \1 ', 'g'), ' ')
    LOOP
        IF token ~ '^[0-9]' THEN
            digits := coalesce(nullif(ltrim(token, '0'), ''), '0');
            key := key || 'z' || lpad(length(digits)::text, 3, '0') || digits;
        ELSIF token <> '' THEN
            key := key || 'w' || token || ' ';
        END IF;
    END LOOP;
    RETURN key;
END
$$;
COMMENT ON FUNCTION sort_tokens(text) IS
    'A step of version_sort(): words and numbers of a text, so that they sort as people expect.';

-- A version is read as: words in front (Nightly), numbers (1.2.3; 1.2.3.0 is the same), the stage,
-- what else there is (the number of the beta, a build). "1.0-1" and "1.0+45" come after 1.0, because
-- that is how packages and builds are numbered; "1.0~rc1" and "1.0 beta 2" come before it.
CREATE OR REPLACE FUNCTION version_sort(version text) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE STRICT AS $$
DECLARE
    groups text[] := regexp_match(
        regexp_replace(lower(left(version, 200)),
                       '^\s*(version|ver|v|release|rel)[\s._-]*(?=[0-9])', ''),
        '^([^0-9]*)([0-9]+(?:\s*[.,]\s*[0-9]+)*)?(.*)$');
    rest text := regexp_replace(groups[3], '^[\s[:punct:]]+', '');
    stage text := coalesce(substring(rest FROM '^release candidate|^[a-zαβ]+'), '');
BEGIN
    RETURN sort_tokens(groups[1])
           || sort_tokens(regexp_replace(coalesce(groups[2], ''), '(\s*[.,]\s*0+)+$', ''))
           || CASE WHEN stage IN ('a', 'α', 'alpha', 'prealpha', 'pre', 'prerelease', 'preview', 'ea',
                                  'dev', 'devel', 'snapshot', 'nightly', 'canary', 'next', 'm',
                                  'milestone', 'insider', 'insiders', 'unstable') THEN 'a'
                   WHEN stage IN ('b', 'β', 'beta') THEN 'b'
                   WHEN stage IN ('rc', 'c', 'cr', 'candidate', 'release candidate') THEN 'c'
                   WHEN stage = 'esr' THEN 'x'
                   WHEN groups[3] ~ '^\s*~' THEN 'a'
                   ELSE 'r' || sort_tokens(stage) END
           || sort_tokens(substr(rest, length(stage) + 1));
END
$$;
COMMENT ON FUNCTION version_sort(text) IS
    'Text that sorts as versions do, with COLLATE "C": 1.0a1, 1.0 beta 2, 1.0-rc1, 1.0, 1.0+45, 1.0esr, '
    '1.0.1, 1.10. Versions that begin with a word come first.';

-- Versions say more than channels, which people and distributions make up.
CREATE OR REPLACE FUNCTION match_channel(sent_channel text, version text DEFAULT '') RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN version ~ '[0-9]a1$' THEN 'nightly'
        WHEN version ~ '[0-9]a2$' THEN 'aurora'
        WHEN version ~ 'esr$' THEN 'esr'
        WHEN version ~ '[0-9]b[0-9]*$' AND by_pattern IS DISTINCT FROM 'aurora' THEN 'beta'
        WHEN by_pattern IS NOT NULL THEN by_pattern
        WHEN is_plausible(sent_channel) THEN left(lower(btrim(sent_channel)), 100)
        ELSE 'unknown' END
    FROM (SELECT (SELECT release_channel FROM release_channel_matches
                  WHERE sent_channel ILIKE pattern
                  ORDER BY length(pattern) DESC, pattern LIMIT 1) AS by_pattern) AS matches
$$;
COMMENT ON FUNCTION match_channel(text, text) IS
    'The release channel for what a client says: the longest pattern that matches, else a channel of '
    'its own; unknown when it says nothing. A version that ends in a1, a2, esr or b3 gives its channel '
    'by itself.';
