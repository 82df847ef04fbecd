"""The clock alone makes partitions ahead, and alone drops what crashes missed long ago.

(Only processors make partitions, too: each that of the crash it saves, before the clock ever ran.)
"""

from datetime import timedelta

from cron.jobs import partitions, retention
from socorro.crashstore.filesystem import FilesystemStore
from socorro.postgres import Database, execute
from tests.builders import NOON, make_crash
from tests.cron.asking import ask
from tests.cron.conftest import MakeRun

WEEK = timedelta(weeks=1)


def insert_report(database: Database, weeks_ahead: int) -> None:
    crash = make_crash(NOON + weeks_ahead * WEEK)
    with database.transaction() as db:
        execute(
            db,
            "INSERT INTO reports (crash_id, submitted_at, started_at, completed_at, signature,"
            " success, status) VALUES (%(id)s, %(at)s, now(), now(), '', true, 'OK')",
            id=crash.crash_id,
            at=crash.submitted,
        )


def test_this_week_and_the_next_two_have_partitions(make_run: MakeRun, database: Database) -> None:
    first = partitions.work(make_run(partitions.JOB))
    again = partitions.work(make_run(partitions.JOB, NOON + timedelta(hours=1)))

    assert first.rows > 0
    assert again.rows == 0
    for weeks_ahead in (0, 1, 2):
        insert_report(database, weeks_ahead)


def test_retention_drops_missed_symbols_with_the_crashes_that_missed_them(
    make_run: MakeRun, database: Database, home: object
) -> None:
    FilesystemStore.created(home / "crashstore")
    old = NOON - 30 * WEEK
    with database.transaction() as db:
        for at in (old, NOON):
            execute(db, "SELECT make_partitions(%(at)s, %(at)s)", at=at)
            execute(
                db,
                "INSERT INTO missed_symbols VALUES (%(id)s, %(at)s, '{1}', 0)",
                id=make_crash(at).crash_id,
                at=at,
            )
            execute(
                db,
                "INSERT INTO symbol_modules (debug_file, debug_id, filename, version, last_seen)"
                " VALUES (%(name)s, 'F00', %(name)s, '', %(at)s)",
                name=f"{at:%Y%m}.pdb",
                at=at,
            )
            execute(db, "INSERT INTO signature_moves VALUES (%(at)s, 'a', 'b', 1)", at=at)

    retention.work(make_run(retention.JOB))

    assert ask(database, "SELECT submitted_at FROM missed_symbols") == [(NOON,)]
    assert ask(database, "SELECT debug_file FROM symbol_modules") == [(f"{NOON:%Y%m}.pdb",)]
    assert ask(database, "SELECT day FROM signature_moves") == [(NOON.date(),)]
