"""Rankings of top crashers: the usual periods, ties, and what makes them stale."""

from typing import Any

from socorro.postgres import Connection
from tests.sql.rows import DAY, NOON, ONE_DAY, build, count, one, query, report


def ranks(db: Connection, days: int, version: str = "140.0") -> list[tuple[Any, ...]]:
    return query(
        db,
        "SELECT rank, signature, reports, win FROM top_crasher_ranks"
        " JOIN product_versions USING (product_version_id) JOIN signatures USING (signature_id)"
        " WHERE version = %s AND last_day = %s AND days = %s ORDER BY rank",
        *(version, DAY, days),
    )


def rankings(db: Connection) -> list[tuple[Any, ...]]:
    return query(
        db,
        "SELECT days, fresh, reports, estimated, signatures FROM top_crasher_rankings"
        " WHERE last_day = %s ORDER BY days",
        DAY,
    )


def crashes(db: Connection, days_ago: int, **signatures: int) -> None:
    for signature, number in signatures.items():
        for _ in range(number):
            report(db, NOON - days_ago * ONE_DAY, signature=signature, throttle_rate=0.5)


def rank(db: Connection) -> int:
    count(db)
    return int(one(db, "SELECT update_top_crasher_ranks(%s)", DAY))


def test_signatures_are_ranked_over_the_usual_periods(db: Connection) -> None:
    crashes(db, 0, A=1, B=2, C=2)
    crashes(db, 2, A=3)
    crashes(db, 3, D=3)
    crashes(db, 6, D=1)
    crashes(db, 7, E=9)
    crashes(db, 27, B=8)
    crashes(db, 28, F=20)
    report(db, NOON + ONE_DAY, signature="G")
    report(db, NOON, version="139.0")

    assert rank(db) == 2

    assert ranks(db, 1) == [(1, "B", 2, 2), (2, "C", 2, 2), (3, "A", 1, 1)]
    assert ranks(db, 3) == [(1, "A", 4, 4), (2, "B", 2, 2), (3, "C", 2, 2)]
    assert [row[1] for row in ranks(db, 7)] == ["A", "D", "B", "C"]
    assert [row[1] for row in ranks(db, 14)] == ["E", "A", "D", "B", "C"]
    assert [row[1:3] for row in ranks(db, 28)][:2] == [("B", 10), ("E", 9)]
    assert [row for row in rankings(db) if row[2] > 1] == [
        (1, True, 5, 10.0, 3),
        (3, True, 8, 16.0, 3),
        (7, True, 12, 24.0, 4),
        (14, True, 21, 42.0, 5),
        (28, True, 29, 58.0, 5),
    ]


def test_only_what_was_counted_since_is_ranked_again(db: Connection) -> None:
    crashes(db, 0, A=1)
    report(db, NOON, version="139.0")
    assert rank(db) == 2
    assert rank(db) == 0

    crashes(db, 3, B=2)
    count(db)
    assert one(db, "SELECT count(*) FROM top_crasher_rankings WHERE NOT fresh") == 3  # 7, 14, 28
    assert rank(db) == 1

    assert ranks(db, 3) == [(1, "A", 1, 1)]
    assert ranks(db, 7) == [(1, "B", 2, 2), (2, "A", 1, 1)]
    assert one(db, "SELECT bool_and(fresh) FROM top_crasher_rankings") is True


def test_a_ranking_goes_with_its_last_crash(db: Connection) -> None:
    crash_id = report(db, NOON)
    rank(db)
    report(db, NOON, crash_id=crash_id, product="")

    assert rank(db) == 1
    assert rankings(db) == ranks(db, 1) == ranks(db, 28) == []


def test_rapid_betas_are_ranked_together_and_one_by_one(db: Connection) -> None:
    for beta in (1, 2):
        build(db, "141.0", f"2026112{beta}000000", "beta", beta)
        report(
            db, NOON,
            version=f"141.0b{beta}", release_channel="beta", build_id=f"2026112{beta}000000",
        )  # fmt: skip
    query(db, "SELECT update_product_versions()")
    rank(db)

    assert ranks(db, 1, "141.0b") == [(1, "malloc | main", 2, 2)]
    assert ranks(db, 1, "141.0b2") == [(1, "malloc | main", 1, 1)]


def test_a_ranking_has_a_thousand_places_and_knows_of_the_others(db: Connection) -> None:
    crashes(db, 0, most=3)
    report(db, NOON, signature="least")
    count(db)
    query(
        db,
        "INSERT INTO signatures (signature, first_report)"
        " SELECT 'n' || to_char(n, '0000'), now() FROM generate_series(1, 1500) AS n",
    )
    query(
        db,
        "INSERT INTO top_crashers SELECT product_version_id, day, new.signature_id, 1, 1, 0, 0, 0,"
        " 0, 0, 0, 0, 0, 0 FROM top_crashers, signatures AS new"
        " WHERE reports = 3 AND new.signature LIKE 'n %%'",
    )

    query(db, "SELECT update_top_crasher_ranks(%s)", DAY)

    page = ranks(db, 1)
    assert [row[0] for row in page] == list(range(1, 1001))
    assert [row[1] for row in page[:3]] == ["most", "least", "n 0001"]
    assert [page[500][:3], page[999][:3]] == [(501, "n 0499", 1), (1000, "n 0998", 1)]
    assert rankings(db)[0][4] == 1502
    assert one(db, "SELECT ranked_signatures()") == 1000


def test_old_rankings_are_dropped(db: Connection) -> None:
    report(db, NOON)
    rank(db)

    assert one(db, "SELECT drop_top_crasher_ranks(%s)", DAY) == 0
    assert one(db, "SELECT drop_top_crasher_ranks(%s)", DAY + ONE_DAY) == 5
    assert ranks(db, 1) == []


def groups(db: Connection) -> dict[tuple[str | None, int], tuple[Any, ...]]:
    """What is ranked together, by channel and days: whether it is fresh, reports, versions."""
    rows = query(
        db,
        "SELECT release_channel, days, fresh, reports, cardinality(summed_versions)"
        " FROM top_crasher_rankings JOIN version_groups ON group_id = product_version_id"
        " WHERE last_day = %s",
        DAY,
    )
    return {(channel, days): tuple(rest) for channel, days, *rest in rows}


def rank_groups(db: Connection) -> int:
    count(db)
    return int(one(db, "SELECT update_group_ranks(%s)", DAY))


def test_a_product_and_its_channels_are_ranked_after_each_count_of_a_version(
    db: Connection,
) -> None:
    crashes(db, 0, A=1, B=2)
    report(db, NOON - 3 * ONE_DAY, version="139.0", signature="A")
    report(db, NOON, version="141.0a1", release_channel="nightly", build_id="20261122000000")
    assert rank_groups(db) == 3
    assert rank_groups(db) == 0
    before = groups(db)

    report(db, NOON - 2 * ONE_DAY, version="138.0", signature="A")  # a version of no ranking
    count(db)
    stale = {key for key, (fresh, *_) in groups(db).items() if not fresh}
    assert rank_groups(db) == 2

    after = groups(db)
    assert (before[None, 3], before["release", 7]) == ((True, 4, 2), (True, 4, 2))
    assert stale == {(channel, days) for channel in (None, "release") for days in (3, 7, 14, 28)}
    assert {key: after[key][1:] for key in ((None, 1), (None, 3), (None, 7), ("release", 7))} == {
        (None, 1): (4, 2), (None, 3): (5, 3), (None, 7): (6, 4), ("release", 7): (5, 3)
    }  # fmt: skip
    assert {fresh for fresh, *_ in after.values()} == {True}
    assert query(
        db,
        "SELECT rank, signature, reports FROM top_crasher_ranks"
        " JOIN signatures USING (signature_id)"
        " JOIN version_groups ON group_id = product_version_id"
        " WHERE release_channel = 'release' AND days = 7 ORDER BY rank",
    ) == [(1, "A", 3), (2, "B", 2)]


def test_a_day_that_is_counted_from_scratch_makes_rankings_of_products_stale(
    db: Connection,
) -> None:
    crashes(db, 0, A=1)
    rank_groups(db)

    query(db, "SELECT backfill_counts(%s)", DAY)

    assert {fresh for fresh, *_ in groups(db).values()} == {False}
