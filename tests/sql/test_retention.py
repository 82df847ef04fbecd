"""Weekly partitions: made ahead for all that is kept by crash, dropped after their time."""

from datetime import UTC, datetime

from socorro.postgres import Connection
from tests.sql.rows import count, one, query, refused, report, top

SUNDAY = datetime(2025, 3, 2, 23, 59, 59, 999000, tzinfo=UTC)
MONDAY = datetime(2025, 3, 3, tzinfo=UTC)
KEPT = (
    "top_crashers", "crash_counts", "build_counts", "flash_counts", "null_signature_facts",
    "hang_pairs", "hang_halves",
)  # fmt: skip


def tables(db: Connection) -> list[str]:
    return [
        part
        for parent in ("reports", "reports_user_info", "reports_clean", "reports_bad",
                       "reports_duplicates", "reports_events", "reports_resent")
        for (part,) in query(db, "SELECT part FROM partitions_of(%s)", parent)
    ]  # fmt: skip


def drop(db: Connection, parent: str, cutoff: datetime) -> list[str]:
    return [part for (part,) in query(db, "SELECT drop_partitions(%s, %s)", parent, cutoff)]


def derive(db: Connection) -> None:
    for name in ("update_builds", "update_flash", "update_null_signatures", "backfill_hang_pairs"):
        query(db, f"SELECT {name}(%s)", SUNDAY.date())


def test_every_week_has_a_partition_of_all_that_is_kept_by_crash(db: Connection) -> None:
    assert one(db, "SELECT make_partitions(%s, %s)", SUNDAY, MONDAY) == 16

    assert query(db, "SELECT * FROM partitions_of('reports_clean')") == [
        ("reports_clean_20250224", datetime(2025, 2, 24, tzinfo=UTC)),
        ("reports_clean_20250303", MONDAY),
    ]
    assert one(db, "SELECT make_partitions(%s, %s)", SUNDAY, MONDAY) == 0


def test_reports_are_dropped_with_what_was_cleaned_and_their_counts_stay(db: Connection) -> None:
    report(db, SUNDAY, url="http://a.test/")
    report(db, MONDAY, signature="later")
    count(db)

    assert drop(db, "reports", MONDAY) == [
        "missed_symbols_20250224", "reports_20250224", "reports_bad_20250224",
        "reports_clean_20250224", "reports_duplicates_20250224", "reports_events_20250224",
        "reports_resent_20250224",
    ]  # fmt: skip
    assert top(db, "140.0") == [("later", 1), ("malloc | main", 1)]
    assert one(db, "SELECT count(*) FROM reports_user_info") == 1
    assert drop(db, "reports", MONDAY) == []


def test_personal_data_is_dropped_alone(db: Connection) -> None:
    report(db, SUNDAY, url="http://a.test/")

    assert drop(db, "reports_user_info", MONDAY) == ["reports_user_info_20250224"]
    assert one(db, "SELECT count(*) FROM reports") == 1


def test_a_week_is_dropped_when_all_of_it_is_too_old(db: Connection) -> None:
    report(db, SUNDAY)

    assert drop(db, "reports", SUNDAY) == []
    assert len(drop(db, "reports", MONDAY)) == 7
    assert tables(db) == ["reports_user_info_20250224"]


def test_nothing_else_and_nothing_of_the_future_is_dropped(db: Connection) -> None:
    assert refused(db, "SELECT drop_partitions('jobs', now())") == (
        "nothing is dropped from jobs: only reports and reports_user_info"
    )
    assert "lies in the future" in refused(
        db, "SELECT drop_partitions('reports', now() + interval '1 day')"
    )


def test_weeks_that_were_made_before_there_were_counts_are_counted(db: Connection) -> None:
    report(db, SUNDAY)
    query(
        db,
        "DROP TABLE reports_clean_20250224, reports_bad_20250224, reports_duplicates_20250224",
    )

    query(db, "SELECT update_duplicates(%s::timestamptz - interval '1 hour', %s)", MONDAY, MONDAY)
    count(db)

    assert top(db, "140.0") == [("malloc | main", 1)]


def test_a_signature_keeps_its_first_crash_after_that_was_dropped(db: Connection) -> None:
    report(db, SUNDAY)
    moved = report(db, MONDAY)
    count(db)
    drop(db, "reports", MONDAY)

    report(db, MONDAY, crash_id=moved, signature="another")
    count(db)

    assert query(db, "SELECT signature, first_report FROM signatures ORDER BY 2") == [
        ("malloc | main", SUNDAY),
        ("another", MONDAY),
    ]
    assert one(db, "SELECT count(*) FROM signature_products") == 2


def test_crashes_of_a_dropped_week_that_come_again_change_nothing_of_its_counts(
    db: Connection,
) -> None:
    columns = {"hang_id": "h1", "flash_version": "11.2", "build_id": "20250228031153"}
    earlier = report(db, SUNDAY, **columns)
    report(db, SUNDAY, process_type="plugin", signature="EMPTY: no frames", **columns)
    count(db)
    derive(db)
    before = {table: query(db, f"TABLE {table}") for table in KEPT}
    drop(db, "reports", MONDAY)

    report(db, SUNDAY, crash_id=earlier)  # processed again
    report(db, SUNDAY, signature="late")
    count(db)
    derive(db)

    assert all(before.values())
    assert {table: query(db, f"TABLE {table}") for table in KEPT} == before
    assert one(db, "SELECT count(*) FROM hours_to_count") == 0
    assert "its counts stay" in refused(db, "SELECT backfill_counts(%s)", SUNDAY.date())
    report(db, MONDAY, signature="the next week")
    count(db)
    assert ("the next week", 1) in top(db, "140.0")


def test_pages_of_a_week_stay_as_they_are_when_its_personal_data_was_dropped(
    db: Connection,
) -> None:
    for _ in range(5):
        report(db, SUNDAY, url="http://a.test/")
    count(db)
    query(db, "SELECT update_urls(%s)", SUNDAY.date())
    before = query(db, "TABLE url_counts")
    drop(db, "reports_user_info", MONDAY)

    query(db, "SELECT update_urls(%s)", SUNDAY.date())

    assert query(db, "TABLE url_counts") == before != []
