"""Counting by the hour: what a day adds up to, whatever comes late, again or changed."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from socorro.postgres import Connection
from tests.sql.rows import (
    DAY,
    HOUR,
    NOON,
    ONE_DAY,
    count,
    counted,
    forget,
    mark,
    one,
    query,
    refused,
    report,
    top,
)

ALL = (
    "signature", "reports", "estimated", "win", "mac", "lin", "android", "browser", "plugin",
    "content", "hang", "startup",
)  # fmt: skip
MIDNIGHT = NOON - 12 * HOUR
TICK = timedelta(milliseconds=1)


def crash_counts(db: Connection, version: str = "140.0") -> list[tuple[Any, ...]]:
    return query(
        db,
        "SELECT systems.code, types.name, reports, estimated FROM crash_counts"
        " JOIN operating_systems AS systems USING (os) JOIN crash_types AS types USING (crash_type)"
        " JOIN product_versions USING (product_version_id) WHERE version = %s ORDER BY 1, 2",
        version,
    )


def test_a_day_adds_up(db: Connection) -> None:
    report(db, NOON, signature="A", throttle_rate=0.1)
    report(db, NOON + HOUR, signature="A", os_name="Mac OS X", uptime=59, throttle_rate=0.1)
    report(db, NOON + HOUR, signature="A", os_name="Linux", process_type="content", uptime=60)
    report(db, NOON, signature="A", process_type="plugin", hang_id="h1", uptime=None)
    report(db, NOON, signature="A", process_type="parent", hang_id="h1")
    report(db, NOON, signature="B", os_name="Android", process_type="gpu")
    report(db, NOON, signature="B", os_name="Fuchsia", throttle_rate=0.25, deferred=True)

    count(db)

    assert top(db, "140.0", ALL) == [
        ("A", 5, 23.0, 3, 1, 1, 0, 3, 1, 1, 2, 1),
        ("B", 1, 1.0, 0, 0, 0, 1, 0, 0, 0, 0, 0),
    ]
    assert crash_counts(db) == [
        ("android", "other", 1, 1.0),
        ("lin", "content", 1, 1.0),
        ("mac", "browser", 1, 10.0),
        ("win", "browser", 1, 10.0),
        ("win", "hang-browser", 1, 1.0),
        ("win", "hang-plugin", 1, 1.0),
    ]
    assert one(db, "SELECT count(*) FROM reports_clean") == 6
    assert one(db, "SELECT sum(reports) FROM top_crashers") == 6
    assert query(db, "SELECT hour FROM changed_hours UNION SELECT hour FROM hours_to_count") == []


def test_ten_percent_stand_for_ten_exactly_however_many_there_are(db: Connection) -> None:
    for _ in range(30):
        report(db, NOON, throttle_rate=0.1)
    report(db, NOON, throttle_rate=0.3)
    report(db, NOON, throttle_rate=1)

    count(db)

    assert top(db, "140.0", ("reports", "estimated")) == [(32, 301 + 3413 / 1024)]


def test_hours_count_once_however_often_they_are_counted(db: Connection) -> None:
    report(db, NOON)
    for _ in range(3):
        mark(db, NOON)
        count(db)

    assert top(db, "140.0") == [("malloc | main", 1)]


def test_a_crash_counts_on_its_utc_day_wherever_who_counts_lives(db: Connection) -> None:
    days = {
        MIDNIGHT - TICK: date(2026, 11, 22),  # Sunday, 23:59:59.999: the week before
        MIDNIGHT: date(2026, 11, 23),
        MIDNIGHT + ONE_DAY - TICK: date(2026, 11, 23),
        MIDNIGHT + ONE_DAY: date(2026, 11, 24),
        datetime(2024, 2, 28, 23, 59, 59, tzinfo=UTC): date(2024, 2, 28),
        datetime(2024, 2, 29, 23, 59, 59, 999000, tzinfo=UTC): date(2024, 2, 29),
        datetime(2024, 3, 1, tzinfo=UTC): date(2024, 3, 1),
    }
    for at in days:
        report(db, at, signature=at.isoformat())

    query(db, "SET timezone TO 'America/Los_Angeles'")
    count(db)

    assert dict(
        query(db, "SELECT signature, day FROM top_crashers JOIN signatures USING (signature_id)")
    ) == {at.isoformat(): day for at, day in days.items()}
    assert query(db, "SELECT day, reports FROM crash_counts ORDER BY 1") == [
        (date(2024, 2, 28), 1), (date(2024, 2, 29), 1), (date(2024, 3, 1), 1),
        (date(2026, 11, 22), 1), (date(2026, 11, 23), 2), (date(2026, 11, 24), 1),
    ]  # fmt: skip


def test_the_hour_before_midnight_on_sunday_and_the_one_after_lie_in_two_weeks(
    db: Connection,
) -> None:
    report(db, MIDNIGHT - TICK)
    report(db, MIDNIGHT)

    count(db)

    assert query(
        db, "SELECT tableoid::regclass::text, count(*) FROM reports_clean GROUP BY 1 ORDER BY 1"
    ) == [("reports_clean_20261116", 1), ("reports_clean_20261123", 1)]


def test_the_last_moment_of_an_hour_is_counted_with_it(db: Connection) -> None:
    report(db, NOON - TICK)
    report(db, NOON)
    query(db, "SELECT take_marked_hours()")

    assert one(db, "SELECT count_hour(%s)", NOON - HOUR) == 1
    assert one(db, "SELECT count_hour(%s)", NOON + timedelta(minutes=59)) == 1


def test_a_crash_that_comes_late_is_added(db: Connection) -> None:
    report(db, NOON)
    report(db, NOON + 3 * HOUR)
    count(db)

    report(db, NOON - 5 * HOUR)
    count(db)

    assert top(db, "140.0") == [("malloc | main", 3)]


def test_a_crash_that_is_processed_again_moves_to_its_new_signature(db: Connection) -> None:
    moved = report(db, NOON, signature="A", throttle_rate=0.1)
    report(db, NOON, signature="B")
    count(db)

    report(db, NOON, signature="B", crash_id=moved, throttle_rate=0.1, os_name="Linux")
    count(db)

    assert top(db, "140.0", ("signature", "reports", "estimated", "win", "lin")) == [
        ("B", 2, 11.0, 1, 1)
    ]
    assert crash_counts(db) == [("lin", "browser", 1, 10.0), ("win", "browser", 1, 1.0)]
    assert query(db, "SELECT signature FROM signatures") == [("B",)]


def test_a_crash_that_becomes_bad_is_taken_away_and_comes_back(db: Connection) -> None:
    crash_id = report(db, NOON)
    count(db)

    report(db, NOON, crash_id=crash_id, product="")
    count(db)

    assert top(db, "140.0") == []
    assert query(db, "SELECT crash_id::text, reason FROM reports_bad") == [(crash_id, "no product")]

    report(db, NOON, crash_id=crash_id)
    count(db)

    assert top(db, "140.0") == [("malloc | main", 1)]
    assert query(db, "SELECT * FROM reports_bad") == []


def test_what_cannot_be_counted_is_bad_for_a_reason(db: Connection) -> None:
    reasons = [
        ({"product": ""}, "no product"),
        ({"version": ""}, "no version"),
        ({"signature": ""}, "no signature"),
        ({"product": "<script>"}, "implausible product"),
        ({"version": "<latest>"}, "implausible version"),
        ({"version": "---"}, "implausible version"),
        ({"version": "1.0\u202e"}, "implausible version"),
        ({"product": "?!"}, "implausible product"),
        ({"product": "Fire\nfox"}, "implausible product"),
        ({"version": "141.0b", "release_channel": "beta"}, "implausible version"),
        ({"version": "3.6.28"}, "old version"),
        ({"version": "4.9", "product": "SeaMonkey", "release_channel": "?"}, None),
    ]
    ids = {
        report(db, NOON, **{"signature": f"S{number}"} | columns): reason
        for number, (columns, reason) in enumerate(reasons)
    }

    count(db)

    assert dict(query(db, "SELECT crash_id::text, reason FROM reports_bad")) == {
        crash_id: reason for crash_id, reason in ids.items() if reason
    }
    for table in ("reports_clean", "top_crashers", "crash_counts", "signatures"):
        assert one(db, f"SELECT count(*) FROM {table}") == 1


def test_a_bad_report_names_its_product_and_version(db: Connection) -> None:
    crash_id = report(db, NOON, version="<1>")
    count(db)
    bad = "SELECT product, version, reason FROM reports_bad"
    assert query(db, bad) == [("Firefox", "<1>", "implausible version")]

    report(db, NOON, crash_id=crash_id, version="<2>", product="Fenix")
    count(db)

    assert query(db, bad) == [("Fenix", "<2>", "implausible version")]


def test_bad_reports_are_counted_again_like_others(db: Connection) -> None:
    crash_id = report(db, NOON, version="")
    count(db)
    report(db, NOON, crash_id=crash_id, version="", product="")
    count(db)

    assert query(db, "SELECT reason FROM reports_bad") == [("no product",)]


def test_a_deferred_crash_that_somebody_viewed_counts_nowhere(db: Connection) -> None:
    report(db, NOON, deferred=True)
    report(db, NOON, deferred=True, product="")
    count(db)

    for table in ("reports_clean", "reports_bad", "top_crashers", "signatures"):
        assert one(db, f"SELECT count(*) FROM {table}") == 0


def test_a_backfilled_day_is_the_day_that_its_hours_gave(db: Connection) -> None:
    for hour in (0, 5, 23):
        report(db, MIDNIGHT + hour * HOUR, signature=f"S{hour % 2}", throttle_rate=0.1)
    report(db, MIDNIGHT + ONE_DAY)
    report(db, NOON, version="142.0a1", release_channel="nightly")
    report(db, NOON, version="")
    count(db)
    before = counted(db)

    assert one(db, "SELECT backfill_counts(%s)", DAY) == 4

    assert counted(db) == before


def test_a_backfill_mends_what_was_spoilt(db: Connection) -> None:
    for hour in (0, 5, 23):
        report(db, MIDNIGHT + hour * HOUR)
    count(db)
    before = counted(db)
    query(db, "UPDATE top_crashers SET reports = 7, win = -3")
    query(db, "UPDATE crash_counts SET estimated = 99")
    query(db, "DELETE FROM reports_clean WHERE submitted_at = %s", MIDNIGHT)

    query(db, "SELECT backfill_counts(%s)", DAY)

    assert counted(db) == before


def test_a_backfill_of_the_future_is_refused(db: Connection) -> None:
    assert "it has not begun" in refused(db, "SELECT backfill_counts('2999-01-01')")


def test_a_backfill_does_not_wipe_a_day_whose_reports_were_dropped(db: Connection) -> None:
    report(db, NOON)
    count(db)
    query(db, "DROP TABLE reports_20261123, reports_clean_20261123")

    error = refused(db, "SELECT backfill_counts(%s)", DAY)
    assert error == "cannot count 2026-11-23 again: its reports are gone, its counts stay"
    mark(db, NOON)
    count(db)

    assert top(db, "140.0") == [("malloc | main", 1)]
    assert query(db, "SELECT * FROM changed_hours") == []


def test_update_counts_wants_a_day_that_is_over(db: Connection) -> None:
    error = refused(db, "SELECT update_counts('2999-01-01')")

    assert error == "the day 2999-01-01 is not over (UTC)"
    assert one(db, "SELECT update_counts('2999-01-01', false)") is False


def test_update_counts_counts_what_is_marked_of_its_day_only(db: Connection) -> None:
    past = datetime(2020, 3, 1, 23, 0, tzinfo=UTC)
    report(db, past)
    report(db, past + HOUR)

    assert one(db, "SELECT day_is_counted('2020-03-01')") is False
    assert "are not counted yet" in refused(db, "SELECT day_is_counted('2020-03-01', true)")
    assert one(db, "SELECT update_counts('2020-03-01')") is True

    assert query(db, "SELECT day, reports FROM top_crashers") == [(date(2020, 3, 1), 1)]
    assert one(db, "SELECT day_is_counted('2020-03-01')") is True
    assert one(db, "SELECT day_is_counted('2020-03-02')") is False


def test_a_signature_remembers_its_first_crash_and_its_first_build(db: Connection) -> None:
    report(db, NOON, signature="A", build_id="20261120031153")
    report(db, NOON + HOUR, signature="A", build_id="20261001000000", version="139.0")
    report(db, NOON + 2 * HOUR, signature="A", build_id="not a date")
    report(db, NOON + 3 * HOUR, signature="A", build_id="-77")
    report(db, NOON + 3 * HOUR, signature="A", build_id="19700101000000")
    count(db)

    firsts = "SELECT signature, first_report, first_build FROM signatures"
    assert query(db, firsts) == [("A", NOON, "20261001000000")]

    report(db, NOON - 40 * ONE_DAY, signature="A", build_id="19991399000000")
    count(db)

    assert query(db, firsts) == [("A", NOON - 40 * ONE_DAY, "20261001000000")]
    assert query(
        db,
        "SELECT version, signature_products.first_report FROM signature_products"
        " JOIN product_versions USING (product_version_id) ORDER BY 1",
    ) == [("139.0", NOON + HOUR), ("140.0", NOON - 40 * ONE_DAY)]


def test_a_signature_that_loses_its_first_crash_begins_later(db: Connection) -> None:
    first = report(db, NOON, signature="A", build_id="20261001000000", version="139.0")
    report(db, NOON + HOUR, signature="A")
    report(db, NOON + 2 * HOUR, signature="A")
    count(db)

    report(db, NOON, signature="B", crash_id=first, build_id="20261001000000", version="139.0")
    count(db)

    assert query(db, "SELECT signature, first_report, first_build FROM signatures ORDER BY 1") == [
        ("A", NOON + HOUR, "20261120031153"),
        ("B", NOON, "20261001000000"),
    ]
    assert query(
        db,
        "SELECT signature, version FROM signature_products JOIN signatures USING (signature_id)"
        " JOIN product_versions USING (product_version_id) ORDER BY 1",
    ) == [("A", "140.0"), ("B", "139.0")]


def test_a_build_is_counted_for_a_week_and_its_trend_for_two(db: Connection) -> None:
    for days in (0, 6, 7, 14, 15):
        report(
            db, NOON + days * ONE_DAY,
            version="142.0a1", release_channel="nightly", build_id="20261123093000",
        )  # fmt: skip
    report(db, NOON, build_id="20261123093000")  # a release: not by build
    count(db)

    assert query(
        db, "SELECT version, build_day, day FROM top_crashers_build"
        " JOIN product_versions USING (product_version_id) ORDER BY day"
    ) == [("142.0a1", DAY, DAY), ("142.0a1", DAY, DAY + 6 * ONE_DAY)]  # fmt: skip
    assert query(db, "SELECT day - build_day FROM crash_counts_build ORDER BY 1") == [
        (0,), (6,), (7,), (14,),
    ]  # fmt: skip


def test_a_build_id_is_a_date_or_it_is_not(db: Connection) -> None:
    days = {
        "20261123093000": date(2026, 11, 23),
        "2026112309": date(2026, 11, 23),
        "20261124000000": date(2026, 11, 24),  # a clock ahead of ours
        "20261125000000": None,  # more than a day ahead
        "20240229": date(2024, 2, 29),
        "20060101": date(2006, 1, 1),
        "20051231235959": None,  # before any client of Breakpad's kind
        "19800101000000": None,
        "20230229000000": None,
        "20261301000000": None,
        "": None,
        "2026112": None,
        "٢٠٢٦١١٢٣": None,
    }
    for build_id in days:
        report(db, NOON, build_id=build_id, signature=f"[{build_id}]")
    report(db, NOON, build_id=None, signature="[None]")

    count(db)

    assert dict(
        query(
            db,
            "SELECT signature, build_day FROM reports_clean JOIN signatures USING (signature_id)",
        )
    ) == {f"[{build_id}]": day for build_id, day in days.items()} | {"[None]": None}
    assert dict(
        query(
            db, "SELECT signature, build_id FROM reports_clean JOIN signatures USING (signature_id)"
        )
    ) == {f"[{build_id}]": build_id or None for build_id in days} | {"[None]": None}


def derive(db: Connection) -> None:
    for days in range(3):
        query(db, "SELECT backfill_duplicates(%s)", DAY + days * ONE_DAY)
        query(db, "SELECT backfill_hang_pairs(%s)", DAY + days * ONE_DAY)


def test_losing_the_counts_and_counting_again_gives_the_same(db: Connection) -> None:
    for days in range(3):
        for number, signature in enumerate("ABC"):
            report(
                db, NOON + days * ONE_DAY + number * HOUR,
                signature=signature, throttle_rate=0.1 if number else 1, url=f"http://{days}.test/",
                hang_id=f"hang-{days}" if number < 2 else None,
                process_type=("parent", "plugin", "content")[number],
            )  # fmt: skip
    count(db)
    derive(db)
    before = counted(db)
    hours = query(db, "SELECT DISTINCT submitted_at FROM reports ORDER BY 1 DESC")

    forget(db)
    for (at,) in hours:
        mark(db, at)
    count(db)
    derive(db)

    assert counted(db) == before
