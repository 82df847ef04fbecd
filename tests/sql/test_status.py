"""The row of the line's state: every five minutes, once."""

from datetime import UTC, datetime, timedelta

import pytest

from socorro.counts.server_status import record
from socorro.postgres import Connection, Database, execute
from socorro.queries import server_status

NOW = datetime(2028, 2, 29, 23, 58, 30, tzinfo=UTC)  # a leap day; the five minutes end at 23:55
ENDS = NOW.replace(minute=55, second=0)


def job(db: Connection, number: int, state: str, queued: datetime, holder: str | None) -> None:
    execute(
        db,
        """
        INSERT INTO jobs (crash_id, state, queued_at, lease_holder, lease_until)
        VALUES (%(id)s, %(state)s, %(queued)s, %(holder)s, %(until)s)
        """,
        id=f"00000000-0000-4000-8000-0000{number}0280229",
        state=state,
        queued=queued,
        holder=holder,
        until=NOW + timedelta(minutes=1) if holder else None,
    )


def report(
    db: Connection, number: int, submitted: datetime, seconds: float, done: datetime
) -> None:
    execute(db, "SELECT make_partitions(%(at)s, %(at)s)", at=submitted)
    execute(
        db,
        """
        INSERT INTO reports (crash_id, submitted_at, started_at, completed_at, signature, success,
                             status)
        VALUES (%(id)s, %(at)s, %(started)s, %(done)s, 'a', true, 'OK')
        """,
        id=f"00000000-0000-4000-8000-0000{number}0280229",
        at=submitted,
        started=done - timedelta(seconds=seconds),
        done=done,
    )


def test_the_five_minutes_that_ended_are_told(database: Database) -> None:
    minute = timedelta(minutes=1)
    with database.transaction() as db:
        job(db, 1, "waiting", NOW - 9 * minute, None)
        job(db, 2, "running", NOW - 5 * minute, "host:7:0.0:aa")
        job(db, 3, "running", NOW - 5 * minute, "host:7:0.1:bb")
        job(db, 4, "running", NOW - 5 * minute, "host:8:0.0:cc")
        job(db, 5, "failed", NOW - 900 * minute, None)
        report(db, 1, ENDS - 6 * minute, 2.0, ENDS - 5 * minute)  # the first moment that counts
        report(db, 2, ENDS - 3 * minute, 4.0, ENDS - 2 * minute)
        report(db, 3, ENDS - timedelta(days=9), 6.0, ENDS - minute)  # processed again
        report(db, 4, ENDS - 9 * minute, 8.0, ENDS - 5 * minute - timedelta(microseconds=1))
        report(db, 5, ENDS - 9 * minute, 8.0, ENDS)

        record(db, NOW)
        record(db, ENDS)
        states = server_status.latest(db)

    assert [tuple(row) for row in states] == [
        (ENDS, NOW - 9 * minute, ENDS - minute, 3, 4.0, 60.0, 1, 3, 1, 2)
    ]


def test_a_line_at_rest_has_no_averages_and_remembers_its_last_report(database: Database) -> None:
    with database.transaction() as db:
        record(db, NOW - timedelta(hours=1))
        report(db, 1, ENDS - timedelta(minutes=2), 2.0, ENDS - timedelta(minutes=1))
        for after in range(3):
            record(db, NOW + after * timedelta(minutes=5))
        states = server_status.latest(db, most=3)

    assert [row.recorded_at for row in states] == [
        ENDS + after * timedelta(minutes=5) for after in (2, 1, 0)
    ]
    assert [row.last_completed_at for row in states] == [ENDS - timedelta(minutes=1)] * 3
    assert states[0][3:] == (0, None, None, 0, 0, 0, 0)
    assert states[2].average_process_seconds == pytest.approx(2)
