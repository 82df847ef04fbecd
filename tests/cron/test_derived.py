"""The job that derives: today within minutes where it is quiet, once an hour where it is not."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from cron.job import Run
from cron.jobs import derived
from socorro.postgres import Database
from tests.builders import NOON
from tests.sql.rows import count, one, report

MakeRun = Callable[..., Run]
MINUTE = timedelta(minutes=1)


def is_marked(database: Database) -> bool:
    with database.transaction() as db:
        return bool(one(db, "SELECT EXISTS (SELECT FROM days_to_derive)"))


def builds(database: Database) -> int:
    with database.transaction() as db:
        return int(one(db, "SELECT coalesce(sum(reports), 0) FROM build_counts"))


def test_a_quiet_day_is_derived_while_it_goes_on(make_run: MakeRun, database: Database) -> None:
    nothing = is_marked(database)
    with database.transaction() as db:
        report(db, NOON)
        count(db)
    changed = is_marked(database)

    done = derived.work(make_run(derived.JOB, NOON + 31 * MINUTE))

    assert (nothing, changed, is_marked(database)) == (False, True, False)
    assert builds(database) == 1
    assert done.rows == 2  # the build, and the rank of the signature


def test_a_busy_day_is_derived_once_an_hour(
    make_run: MakeRun, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derived, "QUIET", 0)
    with database.transaction() as db:
        report(db, NOON)
        report(db, NOON - timedelta(days=1))
        count(db)

    derived.work(make_run(derived.JOB, NOON + 31 * MINUTE))
    between = builds(database)
    derived.work(make_run(derived.JOB, NOON + 61 * MINUTE))

    assert between == 1
    assert builds(database) == 2
    assert not is_marked(database)
