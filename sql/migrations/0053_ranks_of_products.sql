-- 0053: top crashers of all versions of a product, or of those of a channel, are ranked ahead, too.
-- Lock: ACCESS EXCLUSIVE on top_crasher_rankings, brief (no rewrite).
-- Until the clock has made the first of these rankings (minutes), queries sum top_crashers as before.
-- depends: 0051_jobs_published

SET LOCAL lock_timeout = '5s';

CREATE TABLE version_groups (
    group_id        integer GENERATED ALWAYS AS IDENTITY
                    (START WITH -1 INCREMENT BY -1 MINVALUE -2147483648 MAXVALUE -1) PRIMARY KEY,
    product         text NOT NULL REFERENCES products ON UPDATE CASCADE ON DELETE CASCADE,
    release_channel text REFERENCES release_channels ON UPDATE CASCADE
);
COMMENT ON TABLE version_groups IS
    'What is ranked together: the versions of a product, but for rapid betas that count together.';
COMMENT ON COLUMN version_groups.group_id IS
    'Negative: stands for a product_version_id in top_crasher_rankings and top_crasher_ranks.';
COMMENT ON COLUMN version_groups.release_channel IS 'Those of one channel only; NULL: of all.';
CREATE UNIQUE INDEX version_groups_product ON version_groups (product)
    WHERE release_channel IS NULL;
CREATE UNIQUE INDEX version_groups_channel ON version_groups (product, release_channel)
    WHERE release_channel IS NOT NULL;

ALTER TABLE top_crasher_rankings ADD COLUMN summed_versions integer[];
COMMENT ON COLUMN top_crasher_rankings.summed_versions IS
    'The versions of a group that crashed in the period: all that were summed. NULL: no group.';
COMMENT ON COLUMN top_crasher_rankings.product_version_id IS 'Or the group_id of version_groups.';
COMMENT ON COLUMN top_crasher_ranks.product_version_id IS 'Or the group_id of version_groups.';
