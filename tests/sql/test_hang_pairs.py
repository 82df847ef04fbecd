"""Hang pairs: two crashes of one hang."""

from typing import Any

from socorro.postgres import Connection
from tests.sql.rows import DAY, HOUR, MINUTE, NOON, ONE_DAY, SECOND, count, one, query, report

MIDNIGHT = NOON + 12 * HOUR


def halves(db: Connection, browser: Any, plugin: Any, hang_id: str = "h1") -> tuple[str, str]:
    return (
        report(db, browser, hang_id=hang_id, signature="hang | wait"),
        report(db, plugin, hang_id=hang_id, process_type="plugin", flash_version="11.2.202.1"),
    )


def pairs(db: Connection, day: Any = DAY) -> list[tuple[Any, ...]]:
    count(db)
    query(db, "SELECT backfill_hang_pairs(%s)", day)
    return query(
        db,
        "SELECT day, hang_id, browser_crash_id::text, plugin_crash_id::text, duplicates::text[]"
        " FROM hang_pairs WHERE day = %s ORDER BY hang_id",
        day,
    )


def alone(db: Connection, day: Any = DAY) -> tuple[Any, ...]:
    [row] = query(db, "SELECT pairs, browser, plugin FROM hang_halves WHERE day = %s", day)
    return row


def test_the_halves_of_a_hang_meet_in_either_order(db: Connection) -> None:
    one_pair = halves(db, NOON, NOON + SECOND, "h1")
    other = halves(db, NOON + MINUTE, NOON, "h2")

    assert pairs(db) == [(DAY, "h1", *one_pair, []), (DAY, "h2", *other, [])]
    assert alone(db) == (2, 0, 0)
    assert query(
        db,
        "SELECT browser.signature, plugin.signature, version, flash_version FROM hang_pairs"
        " JOIN signatures AS browser ON browser.signature_id = browser_signature_id"
        " JOIN signatures AS plugin ON plugin.signature_id = plugin_signature_id"
        " JOIN product_versions USING (product_version_id)"
        " JOIN flash_versions USING (flash_version_id) WHERE hang_id = 'h1'",
    ) == [("hang | wait", "malloc | main", "140.0", "11.2.202.1")]


def test_a_hang_across_midnight_is_one_pair_on_the_plugins_day(db: Connection) -> None:
    late = halves(db, MIDNIGHT - SECOND, MIDNIGHT, "h1")
    early = halves(db, MIDNIGHT + SECOND, MIDNIGHT - SECOND, "h2")

    assert pairs(db) == [(DAY, "h2", *early, [])]
    assert pairs(db, DAY + ONE_DAY) == [(DAY + ONE_DAY, "h1", *late, [])]
    assert alone(db) == alone(db, DAY + ONE_DAY) == (1, 0, 0)


def test_halves_meet_within_a_day_not_later(db: Connection) -> None:
    pair = halves(db, NOON - ONE_DAY, NOON, "h1")
    halves(db, NOON - ONE_DAY - SECOND, NOON, "h2")

    assert pairs(db) == [(DAY, "h1", *pair, [])]
    assert alone(db) == (1, 0, 1)


def test_a_hang_that_was_sent_more_often_is_one_pair_with_duplicates(db: Connection) -> None:
    pair = halves(db, NOON, NOON)
    again = halves(db, NOON + MINUTE, NOON + MINUTE)
    next_day = report(db, MIDNIGHT, hang_id="h1", process_type="plugin")

    assert pairs(db) == [(DAY, "h1", *pair, sorted([*again, next_day]))]
    assert pairs(db, DAY + ONE_DAY) == []
    assert one(db, "SELECT count(*) FROM hang_pairs") == 1


def test_halves_without_the_other_are_counted(db: Connection) -> None:
    report(db, NOON, hang_id="h1")
    report(db, NOON, hang_id="h2")
    report(db, NOON, hang_id="h2")
    report(db, NOON, hang_id="h3", process_type="plugin")
    report(db, NOON, hang_id="fake-1", process_type="plugin")  # both dumps in one crash
    report(db, NOON, hang_id="h4", process_type="content")

    assert pairs(db) == []
    assert alone(db) == (0, 2, 1)


def test_the_other_half_may_come_later(db: Connection) -> None:
    browser = report(db, NOON, hang_id="h1")
    assert pairs(db) == []
    plugin = report(db, NOON + MINUTE, hang_id="h1", process_type="plugin")

    assert pairs(db) == pairs(db) == [(DAY, "h1", browser, plugin, [])]
    assert alone(db) == (1, 0, 0)


def test_a_hang_pair_counts_once_in_rates(db: Connection) -> None:
    halves(db, NOON, NOON)
    count(db)

    assert query(
        db,
        "SELECT code, reports FROM crash_counts JOIN crash_types USING (crash_type) WHERE in_rates",
    ) == [("p", 1)]
