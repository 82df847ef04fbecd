-- 0050: crashes that were removed on request (`socorro forget`) do not come back.
-- Lock: SHARE ROW EXCLUSIVE on jobs, brief: a trigger is added. Old services keep working.
-- depends: 0046_ledger_days
SET LOCAL lock_timeout = '5s';

CREATE TABLE forgotten_key (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    key      bytea   NOT NULL
);
COMMENT ON TABLE forgotten_key IS
    'One row: the random key of the hashes in forgotten. It belongs into a backup with them.';
INSERT INTO forgotten_key (key)
SELECT uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());

CREATE TABLE forgotten (
    token        text        PRIMARY KEY,
    event        text        NOT NULL,
    day          date        NOT NULL,
    forgotten_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE forgotten IS
    'Crashes that were removed by `socorro forget`: no id, but keyed hashes that recognise it.';
COMMENT ON COLUMN forgotten.token IS 'Keyed hash of the crash id, 36 hexadecimal digits.';
COMMENT ON COLUMN forgotten.event IS
    'Keyed hash of what all posts of the same crash share: the id without its last seven digits.';
COMMENT ON COLUMN forgotten.day IS 'UTC day of submission: the ledger counts the crash on it.';
CREATE INDEX forgotten_event ON forgotten (event);
CREATE INDEX forgotten_day ON forgotten (day);

-- Hashed twice with the key, as an HMAC is: nobody can extend it, or make it without the key.
CREATE FUNCTION forgotten_token(text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT left(encode(sha256(key || sha256(key || convert_to($1, 'UTF8'))), 'hex'), 36)
    FROM forgotten_key
$$;
COMMENT ON FUNCTION forgotten_token(text) IS
    'The keyed hash of a crash id, or of its beginning, that forgotten has in its place.';

CREATE FUNCTION is_forgotten(crash_id uuid) RETURNS boolean
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
    SELECT EXISTS (SELECT FROM forgotten WHERE event = forgotten_token(left($1::text, 29)))
$$;
COMMENT ON FUNCTION is_forgotten(uuid) IS
    'The crash was removed on request, or is the same crash, sent again.';

-- Whoever queues a crash, whyever: one that was forgotten is not processed again.
CREATE FUNCTION refuse_forgotten() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
    IF is_forgotten(NEW.crash_id) THEN
        RETURN NULL;
    END IF;
    RETURN NEW;
END
$$;
COMMENT ON FUNCTION refuse_forgotten() IS 'The trigger of jobs: leaves out crashes that were forgotten.';
CREATE TRIGGER jobs_refuse_forgotten BEFORE INSERT ON jobs
    FOR EACH ROW EXECUTE FUNCTION refuse_forgotten();

COMMENT ON COLUMN ledger_days.expired IS 'Removed by retention, or by `socorro forget`.';
