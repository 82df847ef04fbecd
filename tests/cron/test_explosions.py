"""The job that judges which signatures exploded."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from cron.job import Run
from cron.jobs import explosions
from socorro.postgres import Database, rows, value
from tests.counted import DAY, version
from tests.sql.test_explosions import history

MakeRun = Callable[..., Run]
NOW = datetime.fromisoformat("2028-02-29T12:07:00Z")


def test_days_are_judged_and_only_the_last_two_again(make_run: MakeRun, database: Database) -> None:
    with database.transaction() as db:
        history(db, version(db), [40, 40, 40])

    first = explosions.work(make_run(explosions.JOB, NOW))
    again = explosions.work(make_run(explosions.JOB, NOW + timedelta(hours=1)))

    assert (first.rows, again.rows) == (3, 2)
    with database.transaction() as db:
        assert value(db, "SELECT count(*) FROM explosion_days") == 21
        assert value(db, "SELECT count(*) FROM explosions") == 3
        alerts = rows(db, "SELECT signature, product, sentence FROM alerts", lambda *row: row)
    ((signature, product, sentence),) = alerts  # one explosion, on three days
    assert (signature, product) == ("boom", "Firefox")
    assert sentence.startswith("Firefox release: 82 crashes in three days up to Monday, 28 Febr")


def test_a_run_out_of_time_leaves_days_to_the_next(
    make_run: MakeRun, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explosions, "SECONDS", -1.0)
    with database.transaction() as db:
        history(db, version(db))

    done = explosions.work(make_run(explosions.JOB, NOW))

    assert done.notes == ["20 days wait for the next run"]
    with database.transaction() as db:
        assert value(db, "SELECT min(day) FROM explosion_days") == DAY - timedelta(days=20)
