"""Alerts for versions that are worse, and for fixes that do not hold."""

from datetime import timedelta

import pytest

from cron.jobs import build_checks
from socorro.alerts import recent
from socorro.postgres import Connection, Database, execute
from tests.builders import NOON
from tests.builds_counted import nightly_builds, release_day
from tests.counted import version
from tests.cron.conftest import MakeRun

TODAY = NOON.date()
ONE_DAY = timedelta(days=1)
DAYS = [TODAY - back * ONE_DAY for back in range(10, 0, -1)]


def releases(db: Connection, crashing: int) -> None:
    """A version, and the one after it, of which *crashing* installs crash each day."""
    old = version(db, "140.0", built=TODAY - 40 * ONE_DAY)
    new = version(db, "141.0", built=DAYS[0])
    for day in DAYS:
        release_day(db, old, day, 30, 30_000)
        release_day(db, new, day, crashing, 30_000)


def nightlies(db: Connection, after: int, resolution: str = "FIXED") -> None:
    """A crash whose bug was changed two weeks ago, and *after* installs a day since."""
    nightly = version(db, "142.0a1", "nightly", has_builds=True, built=TODAY - 40 * ONE_DAY)
    fixed_on = TODAY - 14 * ONE_DAY
    for back in range(30, 0, -1):
        built = TODAY - back * ONE_DAY
        nightly_builds(db, nightly, built, after if built > fixed_on + ONE_DAY else 12)
    execute(
        db,
        "INSERT INTO bugs (bug_id, status, resolution, changed_at)"
        " VALUES (7, 'RESOLVED', %(r)s, %(day)s);"
        "INSERT INTO bug_signatures (bug_id, signature) VALUES (7, 'boom')",
        r=resolution, day=fixed_on,
    )  # fmt: skip


@pytest.mark.parametrize(("crashing", "alerts"), [(90, 1), (30, 0)])
def test_a_version_that_is_worse_is_an_alert_once(
    database: Database, make_run: MakeRun, crashing: int, alerts: int
) -> None:
    with database.transaction() as db:
        releases(db, crashing)

    rows = [build_checks.work(make_run(build_checks.JOB)).rows for _ in range(2)]

    with database.transaction() as db:
        noted = recent.latest(db, 10)
    assert rows == [alerts, 0]
    assert [alert.kind for alert in noted] == ["worse_build"] * alerts
    for alert in noted:
        assert alert.sentence.startswith("Firefox 141.0 is worse than 140.0: ratio 3")


@pytest.mark.parametrize(
    ("after", "resolution", "alerts"),
    [(12, "FIXED", 1), (1, "FIXED", 0), (12, "", 0), (12, "WONTFIX", 0)],
)
def test_a_fix_that_does_not_hold_is_an_alert(
    database: Database, make_run: MakeRun, after: int, resolution: str, alerts: int
) -> None:
    with database.transaction() as db:
        nightlies(db, after, resolution)

    build_checks.work(make_run(build_checks.JOB))

    with database.transaction() as db:
        noted = recent.latest(db, 10)
    assert [(alert.kind, alert.signature) for alert in noted] == [("failed_fix", "boom")] * alerts
    for alert in noted:
        assert f"fixed on {TODAY - 14 * ONE_DAY}, but it still crashes" in alert.sentence


def test_what_takes_too_long_waits_for_the_next_run(
    database: Database, make_run: MakeRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(build_checks, "SECONDS", -1.0)
    with database.transaction() as db:
        releases(db, 90)

    done = build_checks.work(make_run(build_checks.JOB))

    assert (done.rows, done.notes) == (0, ["1 check left for the next run"])
