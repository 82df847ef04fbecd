"""Days are judged from the daily tables: what exploded is kept with its evidence, and an event."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import pytest

from socorro.counts import explosions
from socorro.postgres import Connection, Database, execute, rows, value
from tests.counted import DAY, crashes, signature, version

ONE_DAY = timedelta(days=1)
CALM = 12  # signatures

HISTORY = """
    INSERT INTO top_crashers
    SELECT %(version)s, %(day)s::date - back, signature_id, reports, reports, reports,
           0, 0, 0, reports, 0, 0, 0, 0
    FROM (SELECT signature_id, back, 20 + (signature_id * 7 + back * 5) %% 9 AS reports
          FROM unnest(%(signatures)s::int[]) AS signature_id, generate_series(0, 48) AS back)
         AS calm
    """
TOTALS = """
    INSERT INTO crash_counts
    SELECT product_version_id, day, 1, 1, sum(reports), sum(estimated)
    FROM top_crashers GROUP BY product_version_id, day
    ON CONFLICT (product_version_id, day, os, crash_type) DO UPDATE SET
        reports = excluded.reports, estimated = excluded.estimated
    """
ADI = """
    INSERT INTO adi SELECT %(version)s, %(day)s::date - back, 1, 10000
    FROM generate_series(0, 48) AS back
    """


def history(
    db: Connection, version_id: int, exploding: Sequence[int] = (), adi: bool = True,
    name: str = "calm",
) -> None:  # fmt: skip
    """Calm signatures, and "boom" with 2 crashes a day and *exploding* on its last days."""
    ids = [signature(db, f"{name} {number}") for number in range(CALM)]
    execute(db, HISTORY, version=version_id, day=DAY, signatures=ids)
    for back in range(49):
        ago = len(exploding) - 1 - back
        count = exploding[ago] if ago >= 0 else 2
        crashes(db, version_id, "boom", count, DAY - back * ONE_DAY)
    execute(db, TOTALS)
    if adi:
        execute(db, ADI, version=version_id, day=DAY)


def judge(database: Database, *days: date) -> list[int]:
    return [len(day.explosions) for day in explosions.judge_days(database, days or [DAY])]


def alarms(db: Connection, columns: str = "day, window_days, events, first_day") -> list[Any]:
    statement = f"SELECT signature, {columns} FROM explosions JOIN signatures USING (signature_id)"
    return rows(db, f"{statement} ORDER BY day, product", lambda *row: row)


def test_an_explosion_is_kept_with_its_evidence(database: Database) -> None:
    with database.transaction() as db:
        history(db, version(db), [40])

    (day,) = explosions.judge_days(database, [DAY])
    (again,) = explosions.judge_days(database, [DAY])

    assert day == again
    with database.transaction() as db:
        assert alarms(db) == [("boom", DAY, 1, 40, DAY)]
        ((_, expected, low, ratio, high, tests, counts, daily),) = alarms(
            db, "expected, low, ratio, high, tests, counts, expected_counts"
        )
    assert expected == pytest.approx(2, rel=0.1)
    assert low < 20 * 0.8 < ratio < 20 * 1.2 < high
    assert tests == CALM + 1
    assert counts[-3:] == [2, 2, 40]
    assert daily[-1] == pytest.approx(expected)
    (explosion,) = day.explosions
    assert explosion[:4] == ("Firefox", "release", "boom", DAY)
    assert explosion.sentence == (
        "40 crashes on Tuesday, 29 February, where 2.0 were expected from its last"
        " 42 days at today's installs; of 13 signatures fewer than 0.0001 would do so by chance"
    )


def test_the_days_of_an_alarm_are_no_history_and_one_explosion(database: Database) -> None:
    with database.transaction() as db:
        history(db, version(db), [40, 40, 40])

    judge(database, DAY, DAY - 2 * ONE_DAY, DAY - ONE_DAY)  # in order, whatever the order

    with database.transaction() as db:
        days = alarms(db, "day, first_day, expected / window_days")
    assert [row[1:3] for row in days] == [(DAY - n * ONE_DAY, DAY - 2 * ONE_DAY) for n in (2, 1, 0)]
    assert [row[3] for row in days] == [pytest.approx(2, rel=0.1)] * 3


def test_without_adi_all_crashes_are_the_measure(database: Database) -> None:
    with database.transaction() as db:
        history(db, version(db), [40], adi=False)
        execute(db, "UPDATE top_crashers SET reports = reports * 9 WHERE day = %(day)s", day=DAY)
        execute(db, TOTALS)

    judge(database)

    with database.transaction() as db:
        assert [row[0] for row in alarms(db)] == ["boom"]  # all others rose together
        days = rows(db, "SELECT exposure, adi_day FROM explosion_days", lambda *row: row)
    assert days == [("crashes", None)]


def test_adi_that_did_not_come_yet_are_those_of_the_last_day(database: Database) -> None:
    with database.transaction() as db:
        history(db, version(db), [40])
        execute(db, "DELETE FROM adi WHERE day > %(day)s", day=DAY - 2 * ONE_DAY)

    judge(database)

    with database.transaction() as db:
        assert [row[0] for row in alarms(db)] == ["boom"]
        assert value(db, "SELECT adi_day FROM explosion_days") == DAY - 2 * ONE_DAY


def test_betas_that_are_counted_together_are_judged_once(database: Database) -> None:
    with database.transaction() as db:
        together = version(db, "141.0b", "beta")
        single = version(db, "141.0b3", "beta", rapid_beta_id=together)
        history(db, together, [40])
        history(db, single, [40])

    judge(database)

    with database.transaction() as db:
        assert [row[3] for row in alarms(db)] == [40]


def test_channels_are_judged_apart_and_tested_together(database: Database) -> None:
    with database.transaction() as db:
        history(db, version(db), [40])
        history(db, version(db, "141.0b3", "beta"), name="other")

    judge(database)

    with database.transaction() as db:
        assert alarms(db, "release_channel, tests") == [("boom", "release", 2 * (CALM + 1))]


def test_versions_beyond_the_limit_count_as_one(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explosions, "MOST_VERSIONS", 1)
    with database.transaction() as db:
        history(db, version(db), [40])
        for number in range(3):
            history(db, version(db, f"13{number}.0"))

    assert judge(database) == [1]


def test_only_the_most_frequent_signatures_are_judged_beyond_the_limit(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as db:
        history(db, version(db), [40])

    for limit, judged in ((CALM + 1, CALM + 1), (CALM, CALM)):
        monkeypatch.setattr(explosions, "MOST_SIGNATURES", limit)
        judge(database)
        with database.transaction() as db:
            assert value(db, "SELECT judged FROM explosion_days") == judged
            assert value(db, "SELECT signatures FROM explosion_days") == CALM + 1


def test_days_that_were_not_judged_are_due_and_the_last_two_always(database: Database) -> None:
    with database.transaction() as db:
        history(db, version(db))
        before = explosions.due(db, DAY)
    judge(database, *before)
    with database.transaction() as db:
        after = explosions.due(db, DAY)

    assert before == [DAY - n * ONE_DAY for n in reversed(range(explosions.BACK))]
    assert after == [DAY - ONE_DAY, DAY]


def test_what_is_taken_out_of_the_counts_leaves_no_alarm(database: Database) -> None:
    with database.transaction() as db:
        history(db, version(db), [40])
    judge(database)
    with database.transaction() as db:
        execute(db, "DELETE FROM top_crashers")
        execute(db, "DELETE FROM crash_counts")

    assert judge(database) == [0]

    with database.transaction() as db:
        assert alarms(db) == []
        assert value(db, "SELECT count(*) FROM explosion_days") == 0


INSTALLS = """
    UPDATE top_crashers SET installs = least(reports, %(most)s);
    INSERT INTO install_counts
    SELECT product_version_id, day, 1, sum(installs), %(share)s * sum(reports), 0
    FROM top_crashers GROUP BY product_version_id, day
    """


@pytest.mark.parametrize(
    ("most", "without_time", "counted", "events"),
    [
        (30, 0, "installs", [30]),  # of 40 crashes
        (30, 0.4, "installs", [30]),
        (40, 0.6, "crashes", [40]),  # each report without a time counts as an install
        (1, 0, "crashes", [40]),  # all installs have the same time
    ],
)
def test_installs_are_counted_where_their_times_tell_them_apart(
    database: Database, most: int, without_time: float, counted: str, events: list[int]
) -> None:
    with database.transaction() as db:
        history(db, version(db), [40])
        execute(db, INSTALLS, most=most, share=without_time)
        execute(db, "UPDATE install_counts SET installs = 1 WHERE %(most)s = 1", most=most)

    judge(database)

    with database.transaction() as db:
        assert value(db, "SELECT counted FROM explosion_days") == counted
        assert [row[3] for row in alarms(db)] == events


def test_crashes_are_counted_while_a_day_has_no_installs(database: Database) -> None:
    with database.transaction() as db:
        history(db, version(db), [40])
        execute(db, INSTALLS, most=30, share=0)
        execute(db, "DELETE FROM install_counts WHERE day = %(day)s", day=DAY - 9 * ONE_DAY)

    judge(database)

    with database.transaction() as db:
        assert value(db, "SELECT counted FROM explosion_days") == "crashes"
