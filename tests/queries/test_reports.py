"""Reports: newest first, page by page, by id without opening other weeks, by signature."""

from datetime import timedelta

import pytest

from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database, execute
from socorro.queries import activity, reports
from socorro.queries.reports import Place
from tests.builders import NOON, make_crash
from tests.processed import MAC, processed
from tests.queries.test_statements import explained

HOUR = timedelta(hours=1)


def test_pages_follow_one_another_without_gap_or_repeat(
    database: Database, store: CrashStore
) -> None:
    times = [NOON, NOON, NOON, NOON - HOUR, NOON - timedelta(days=8)]
    for time in times:
        processed(store, database, raw=make_crash(time))

    seen, before = [], None
    with database.transaction() as db:
        while page := reports.latest(db, before=before, most=2):
            seen += page
            before = Place(page[-1].submitted_at, page[-1].crash_id)

    assert [report.submitted_at for report in seen] == sorted(times, reverse=True)
    assert len({report.crash_id for report in seen}) == 5


@pytest.mark.parametrize(
    ("filters", "count"),
    [
        ({"product": "Firefox"}, 2),
        ({"product": "Fenix"}, 1),
        ({"product": "Firefox", "version": "141.0"}, 1),
        ({"signature": "sadness_generator::raise_segfault"}, 1),
        ({"product": "x' OR true --"}, 0),
    ],
)
def test_filters_narrow_the_list(
    database: Database, store: CrashStore, filters: dict[str, str], count: int
) -> None:
    processed(store, database, ProductName="Firefox", Version="140.0")
    processed(store, database, ProductName="Firefox", Version="141.0")
    processed(store, database, MAC, ProductName="Fenix", Version="140.0")

    with database.transaction() as db:
        latest = reports.latest(db, **filters)

    assert len(latest) == count


def test_a_report_is_found_in_its_own_week_only(database: Database, store: CrashStore) -> None:
    crash = processed(store, database)
    with database.transaction() as db:
        execute(db, "SELECT make_partitions(%(a)s, %(b)s)", a=NOON - 60 * 24 * HOUR, b=NOON)

    with database.transaction() as db:
        report = reports.find(db, crash.crash_id)
        missing = reports.find(db, make_crash().crash_id)
        plan = explained(db, reports.SQL["find"], crash_id=crash.crash_id)

    assert report is not None
    assert (report.crash_id, report.product) == (crash.crash_id, "Firefox")
    assert missing is None
    assert "reports_20261123" in plan
    assert "reports_20261116" not in plan


def test_a_signature_is_counted_in_its_period_by_version_and_system(
    database: Database, store: CrashStore
) -> None:
    signature = processed_signature = "sadness_generator::raise_segfault"
    for days, version in ((0, "140.0"), (1, "140.0"), (1, "141.0"), (9, "139.0")):
        raw = make_crash(NOON - timedelta(days=days), Version=version)
        processed(store, database, MAC, raw)
    processed(store, database)

    with database.transaction() as db:
        period = (NOON - timedelta(days=7), NOON + HOUR)
        total = reports.total(db, signature, *period)
        versions = reports.by_version(db, signature, *period)
        systems = reports.by_system(db, processed_signature, *period)
        seen = reports.seen(db, signature)
        never = reports.seen(db, "nobody has this one")

    assert total == 3
    assert [tuple(row) for row in versions] == [("Firefox", "140.0", 2), ("Firefox", "141.0", 1)]
    assert [tuple(row) for row in systems] == [("Mac OS X", 3)]
    assert seen == (NOON - timedelta(days=9), NOON)
    assert never == (None, None)


def test_a_crash_that_was_sent_again_is_counted_as_its_first_report(
    database: Database, store: CrashStore
) -> None:
    raw = [make_crash(NOON + timedelta(days=days), CrashEventID="one") for days in (0, 2)]
    for crash in raw:
        processed(store, database, MAC, crash)
    signature = "sadness_generator::raise_segfault"

    counted = []
    with database.transaction() as db:
        for days in (0, 2):
            period = (NOON + timedelta(days=days), NOON + timedelta(days=days) + HOUR)
            counted.append(
                (
                    reports.total(db, signature, *period),
                    sum(row.crash_count for row in reports.by_version(db, signature, *period)),
                    sum(row.crash_count for row in reports.by_system(db, signature, *period)),
                )
            )
        listed = [row.crash_id for row in reports.latest(db, signature=signature)]

    assert counted == [(1, 1, 1), (0, 0, 0)]
    assert listed == [crash.crash_id for crash in reversed(raw)]


def test_hours_are_counted_by_product_and_small_ones_together(
    database: Database, store: CrashStore
) -> None:
    for product, count in (("Firefox", 3), ("Fenix", 2), ("Thunderbird", 1), ("SeaMonkey", 1)):
        for minute in range(count):
            raw = make_crash(NOON + timedelta(minutes=minute), ProductName=product)
            processed(store, database, raw=raw)
    processed(store, database, raw=make_crash(NOON + HOUR, ProductName="Firefox"))

    with database.transaction() as db:
        hours = activity.hours(db, NOON, NOON + 2 * HOUR, series=2)
        firefox = activity.hours(db, NOON, NOON + 2 * HOUR, product="Firefox")
        versions = activity.versions(db, NOON, NOON + 2 * HOUR)

    assert [tuple(row) for row in hours] == [
        (NOON, "Fenix", 2),
        (NOON, "Firefox", 3),
        (NOON, None, 2),
        (NOON + HOUR, "Firefox", 1),
    ]
    assert [row.crash_count for row in firefox] == [3, 1]
    assert versions[0][:3] == ("Firefox", "140.0", 4)
