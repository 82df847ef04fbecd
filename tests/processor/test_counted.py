"""From annotations to counts: what clients call products, versions, builds and channels."""

from collections.abc import Callable

import pytest

from processor.worker import Context
from socorro.crash import RawCrash
from socorro.jobs import Job
from socorro.postgres import Database, column, execute
from tests.sql.rows import query

Submit = Callable[..., RawCrash]
Work = Callable[..., list[Job]]
AsRole = Callable[[str], Database]
COUNTED = """
    SELECT product, version, release_channel, build_counts.build_id, build_counts.reports
    FROM build_counts JOIN product_versions USING (product_version_id)
    ORDER BY product, version_sort COLLATE "C", release_channel, build_counts.build_id
    """


def count(database: Database) -> None:
    """Count what is marked, as the clock does, and derive from it."""
    with database.transaction() as db:
        for hour in column(db, "SELECT take_marked_hours()"):
            execute(db, "SELECT count_hour(%(hour)s)", hour=hour)
        for day in column(db, "SELECT DISTINCT day FROM crash_counts"):
            execute(db, "SELECT update_builds(%(day)s)", day=day)


@pytest.mark.parametrize(
    ("product", "version", "channel", "build_id"),
    [
        ("AT&T Player", "1.2.3 (456)", "playtest", "build-77"),
        ("@scope/app", "4.27.2-18319896+++UE4+Release-4.27", "early access", "b8f4c1e"),
        ("it's", "Nightly 200326 06:01", "release", "19700101000000"),
        ("Foo/Bar", "1.0~rc1", "unknown", "20261120031153"),
        ("My App (x64)", "v1.2.3", "beta", "Jenkins #12 / main"),
        ("C#Builder", "2026.11.20261129", "stable", "1.0.0+45"),
    ],
)
def test_what_clients_call_it_is_what_is_counted(
    context: Context, submit: Submit, work: Work, as_role: AsRole,
    product: str, version: str, channel: str, build_id: str,
) -> None:  # fmt: skip
    submit({}, ProductName=product, Version=version, ReleaseChannel=channel, BuildID=build_id)

    work()
    count(as_role("cron"))

    with context.database.transaction() as db:
        assert query(db, COUNTED) == [(product, version, channel, build_id, 1)]
        assert query(db, "SELECT reason FROM reports_bad") == []


def test_a_crash_without_a_channel_is_in_none_that_exists(
    context: Context, submit: Submit, work: Work, as_role: AsRole
) -> None:
    submit({}, ProductName="MyGame", Version="1.0", ReleaseChannel="")
    submit({}, ProductName="MyGame", Version="1.0", ReleaseChannel="Playtest", CrashEventID="2")

    work()
    count(as_role("cron"))

    with context.database.transaction() as db:
        assert [row[2] for row in query(db, COUNTED)] == ["playtest", "unknown"]
