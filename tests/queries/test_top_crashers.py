"""Top crashers: counts, ranks, shares and what changed, on numbers made by hand."""

import re
import secrets
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import hypothesis
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from socorro.postgres import Connection, Database, execute
from socorro.queries import top_crashers as query
from socorro.queries import versions
from socorro.queries.top_crashers import TopCrasher, TopCrashers
from socorro.questions import reading, top_crashers
from tests.conftest import copy_of
from tests.counted import DAY, crashed, crashes, installs_crashed, signature, version

WEEK = timedelta(days=7)
ONE_DAY = timedelta(days=1)
START, END = DAY - 6 * ONE_DAY, DAY + ONE_DAY  # a leap day is the last of the week
PAGES = [(500, 1), (500, 100), (400, 200), (700, 300), (999, 1), (950, 100), (1000, 50)]


def ask(db: Connection, name: str | None = "140.0", **more: object) -> TopCrashers:
    of_name = versions.find(db, "Firefox", name)
    parameters = {"start": START, "end": END, **more}
    return query.top_crashers(db, of_name, **parameters)  # type: ignore[arg-type]


def by_name(page: TopCrashers) -> dict[str, TopCrasher]:
    return {row.signature: row for row in page.rows}


def test_a_week_is_ranked_against_the_week_before(database: Database) -> None:
    with database.transaction() as db:
        firefox = version(db)
        for text, days in {
            "a": {START: 3, DAY: 3, START - ONE_DAY: 1},  # 6, before 1: climbs from 3 to 1
            "b": {DAY: 4, START - WEEK: 2},  # 4, before 2: 2 as before
            "c": {START - WEEK: 7},  # gone
            "d": {START - WEEK - ONE_DAY: 9, END: 9, DAY: 2},  # 2 in the week: new
        }.items():
            for day, reports in days.items():
                crashes(db, firefox, text, reports, day)
        crashes(db, version(db, "139.0"), "a", 100)
        crashes(db, firefox, "a", 2, DAY, system="mac", process="plugin", throttle=0.1, startup=1)
        execute(db, "INSERT INTO bugs (bug_id) VALUES (7), (8), (9)")
        execute(
            db,
            """
            INSERT INTO bug_signatures (bug_id, signature, until)
            VALUES (9, 'a', NULL), (7, 'a', NULL), (8, 'a', now())
            """,
        )
        execute(
            db,
            """
            INSERT INTO signature_products SELECT signature_id, product_version_id, first_report
            FROM signatures CROSS JOIN product_versions WHERE signature = 'a'
            """,
        )
        page = ask(db, name_versions=True)
        unnamed = ask(db)

    assert page[:8] == (START - WEEK, START, END, 14, 3, 10, 32.0, 10.0)
    assert [(row.rank, row.signature, row.crash_count) for row in page.rows] == [
        (1, "a", 8), (2, "b", 4), (3, "d", 2)
    ]  # fmt: skip
    assert [(row.previous_rank, row.change) for row in page.rows] == [(3, 2), (2, 0), (None, None)]
    top = page.rows[0]
    assert (top.win, top.mac, top.lin, top.browser, top.plugin) == (6, 2, 0, 6, 2)
    assert top.estimated_count == 6 + 2 / 0.1
    assert (top.startup, top.startup_percent) == (1, 12.5)
    assert top.percent == pytest.approx(100 * 26 / 32)
    assert top.previous_percent == pytest.approx(10)
    assert top.percent_change == pytest.approx(100 * 26 / 32 - 10)
    assert page.rows[2].percent_change is None
    assert (top.versions, unnamed.rows[0].versions) == (["139.0", "140.0"], [])
    assert top.bugs == [7, 9]
    assert page.percent == pytest.approx(100)


def test_a_day_is_counted_for_some_signatures(database: Database) -> None:
    with database.transaction() as db:
        firefox = version(db)
        crashes(db, firefox, "a", 3, throttle=0.1, startup=2)
        crashes(db, firefox, "a", 1, system="mac")
        crashes(db, version(db, "139.0"), "a", 5)
        crashes(db, firefox, "a", 7, DAY - ONE_DAY)
        crashes(db, firefox, "b", 1)
        of_name = versions.find(db, "Firefox", "140.0")
        day = query.of_day(db, of_name, DAY, ["a", "c"])
        mac = query.of_day(db, of_name, DAY, ["a"], "mac")
        startup = query.of_day(db, of_name, DAY, ["a"], "startup")

    assert day == {"a": (4, 31.0)}
    assert mac == {"a": (1, 7.75)}  # the share of its reports
    assert startup == {"a": (2, 15.5)}


def test_pages_follow_one_another_and_ties_rank_by_name(database: Database) -> None:
    with database.transaction() as db:
        firefox = version(db)
        for text in ("b", "a", "B", "c"):
            crashes(db, firefox, text, 2)
        crashes(db, firefox, "z", 3)
        first = ask(db, most=3)
        second = ask(db, most=3, skip=3)
        beyond = ask(db, most=3, skip=99)

    assert [(row.rank, row.signature) for row in first.rows + second.rows] == [
        (1, "z"), (2, "B"), (3, "a"), (4, "b"), (5, "c")
    ]  # fmt: skip
    assert first.percent == pytest.approx(100 * 7 / 11)
    assert beyond.rows == []
    assert beyond[:8] == second[:8]


def test_rankings_that_were_made_ahead_say_the_same(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    rank = "SELECT update_top_crasher_ranks(%(day)s)"
    with database.transaction() as db:
        firefox = version(db)
        for number in range(1, 30):
            crashes(db, firefox, f"s{number % 10}", number, DAY - (number % 15) * ONE_DAY)
        nothing_before = version(db, "141.0")
        crashes(db, nothing_before, "a", 1)
        summed = [ask(db, most=5), ask(db, most=5, skip=5), ask(db, "141.0")]
        execute(db, rank, day=DAY)
        without_before = ask(db, most=5)
        execute(db, rank, day=START - ONE_DAY)
        monkeypatch.setattr(
            query, "SQL", {name: text for name, text in query.SQL.items() if name == "ranked"}
        )
        ranked = [ask(db, most=5), ask(db, most=5, skip=5), ask(db, "141.0")]
        execute(db, "UPDATE top_crasher_rankings SET fresh = false WHERE last_day = %(d)s", d=DAY)
        with pytest.raises(KeyError, match="top_crashers"):
            ask(db, most=5)

    assert ranked == summed
    assert without_before == summed[0]
    assert [row.is_new for row in ranked[2].rows] == [True]


@pytest.mark.parametrize("is_ranked_ahead", [False, True])
def test_ranks_and_shares_are_of_estimated_crashes_or_of_processed_ones(
    database: Database, is_ranked_ahead: bool
) -> None:
    with database.transaction() as db:
        firefox = version(db)
        crashes(db, firefox, "sampled", 2, throttle=0.1)
        crashes(db, firefox, "many", 10)
        crashes(db, firefox, "a tie", 1, throttle=0.1)
        crashes(db, firefox, "many", 3, START - ONE_DAY)
        crashes(db, firefox, "sampled", 1, START - ONE_DAY, throttle=0.1)
        if is_ranked_ahead:
            for day in (DAY, START - ONE_DAY):
                execute(db, "SELECT update_top_crasher_ranks(%(day)s)", day=day)
        estimated = ask(db)
        processed = ask(db, count="processed")

    assert [(row[1], row.percent, row.previous_rank) for row in estimated.rows] == [
        ("sampled", 50.0, 1), ("a tie", 25.0, None), ("many", 25.0, 2)
    ]  # fmt: skip
    assert [row.previous_estimated for row in estimated.rows] == [10.0, 0.0, 3.0]
    assert estimated.rows[0].previous_percent == pytest.approx(100 * 10 / 13)
    assert [(row[1], row.previous_rank) for row in processed.rows] == [
        ("many", 1), ("sampled", 2), ("a tie", None)
    ]  # fmt: skip
    assert [row.percent for row in processed.rows] == [
        pytest.approx(100 * count / 13) for count in (10, 2, 1)
    ]
    assert processed.rows[1].previous_percent == 25.0
    assert estimated[:8] == processed[:8]


def many(db: Connection, version_id: int, number: int, day: date, reports: int = 9) -> None:
    """Crashes of s0001, s0002, … on one day."""
    execute(
        db,
        """
        WITH many AS (
            INSERT INTO signatures (signature, first_report)
            SELECT 's' || to_char(n, 'FM0000'), now() FROM generate_series(1, %(number)s) AS n
            RETURNING signature_id)
        INSERT INTO top_crashers
        SELECT %(version)s, %(day)s, signature_id, %(reports)s, %(reports)s, %(reports)s, 0, 0, 0,
               %(reports)s, 0, 0, 0, 0
        FROM many
        """,
        version=version_id,
        number=number,
        day=day,
        reports=reports,
    )


def rank(db: Connection) -> None:
    for day in (DAY, START - ONE_DAY):
        execute(db, "SELECT update_top_crasher_ranks(%(day)s)", day=day)


def test_a_signature_from_beyond_the_ranked_thousand_is_not_new(database: Database) -> None:
    with database.transaction() as db:
        firefox = version(db)
        many(db, firefox, 1000, START - ONE_DAY)
        crashes(db, firefox, "late", 2, START - ONE_DAY)
        crashes(db, firefox, "late", 5)
        crashes(db, firefox, "new", 1)
        rank(db)
        late, new = ask(db).rows

    assert (late.signature, late.previous_rank, late.previous_count) == ("late", None, 2)
    assert (late.change, late.is_new, new.is_new) == (None, False, True)
    assert late.previous_percent == pytest.approx(200 / 9002)


@pytest.mark.parametrize("before", [500, 501, 999])
def test_a_signature_at_rank_501_to_1000_of_the_week_before_is_not_new(
    database: Database, before: int
) -> None:
    with database.transaction() as db:
        firefox = version(db)
        many(db, firefox, before, START - ONE_DAY)
        crashes(db, firefox, "late", 2, START - ONE_DAY)
        crashes(db, firefox, "late", 5)
        rank(db)
        [late] = ask(db).rows

    assert (late.signature, late.previous_rank, late.previous_count) == ("late", before + 1, 2)
    assert (late.change, late.is_new) == (before, False)


def test_pages_up_to_rank_1000_and_beyond_it_are_whole(database: Database) -> None:
    with database.transaction() as db:
        firefox = version(db)
        many(db, firefox, 1100, DAY)
        crashes(db, firefox, "least", 1)
        rank(db)
        ranked = execute(db, "SELECT FROM top_crasher_ranks WHERE days = 7")
        pages = [ask(db, most=most, skip=skip).rows for skip, most in PAGES]

    assert [[(rows[n].rank, rows[n].signature) for n in (0, -1)] for rows in pages] == [
        [(skip + 1, f"s{skip + 1:04}"), (skip + most, f"s{skip + most:04}")] for skip, most in PAGES
    ]
    assert ranked == 1000


@pytest.mark.parametrize("statement", ["top_crashers", "ranked"])
def test_columns_have_the_names_of_the_fields_that_they_fill(
    database: Database, statement: str
) -> None:
    arguments = re.findall(r"%\((\w+)\)s", query.SQL[statement])

    with database.transaction() as db, db.cursor() as cursor:
        cursor.execute(query.SQL[statement], dict.fromkeys(arguments))
        names = [column.name for column in cursor.description or ()]

    totals = [
        f"total_{name}"
        for name in ("crash_count", "signature_count", "previous_count", "estimated_count",
                     "previous_estimated", "installs")
    ]  # fmt: skip
    assert names == [*totals, *TopCrasher._fields]


def test_nothing_is_an_empty_page(database: Database) -> None:
    with database.transaction() as db:
        version(db)
        page = ask(db)

    assert page[3:] == (0, 0, 0, 0.0, 0.0, 0, [])
    assert page.percent == 0


def test_systems_and_types_narrow_counts_ranks_and_totals(database: Database) -> None:
    with database.transaction() as db:
        firefox = version(db)
        crashes(db, firefox, "a", 9, system="win")
        crashes(db, firefox, "b", 3, system="mac", process="content", throttle=0.5)
        crashes(db, firefox, "b", 1, START - ONE_DAY, system="mac")
        crashes(db, firefox, "c", 5, system="mac", hang=2, startup=5)
        mac = ask(db, system="mac")
        content = ask(db, crash_type="content")
        hang = ask(db, crash_type="hang")
        startup = ask(db, crash_type="startup")
        with pytest.raises(ValueError, match="win, mac, lin, android"):
            ask(db, system="solaris")

    assert [row[1:4] for row in mac.rows] == [("b", 3, 6.0), ("c", 5, 5.0)]
    assert (mac.crash_count, mac.previous_count) == (8, 1)
    assert [row.previous_rank for row in mac.rows] == [1, None]
    assert [row[1:4] for row in content.rows] == [("b", 3, 6.0)]
    assert [(row.signature, row.crash_count, row.percent) for row in hang.rows] == [("c", 2, 100)]
    assert [(row.signature, row.crash_count) for row in startup.rows] == [("c", 5)]


def test_a_product_counts_betas_once_and_their_sum_by_its_own_name(database: Database) -> None:
    with database.transaction() as db:
        together = version(db, "141.0b", "beta", is_rapid_beta=True, has_builds=True)
        for number in (1, 2):
            child = version(
                db, f"141.0b{number}", "beta", beta_number=number, rapid_beta_id=together
            )
            crashes(db, child, "a", number)
        crashes(db, together, "a", 3)
        all_versions = ask(db, None)
        betas = ask(db, "141.0b")
        second = ask(db, "141.0b2")

    assert all_versions.crash_count == betas.crash_count == 3
    assert second.crash_count == 2


def test_days_of_builds_count_what_builds_did(database: Database) -> None:
    with database.transaction() as db:
        nightly = version(db, "142.0a1", "nightly", has_builds=True)
        version(db)
        of_build = {"text": signature(db, "a"), "nightly": nightly}
        for build_day, day, reports in ((DAY, DAY, 1), (DAY, DAY + ONE_DAY, 2), (END, END, 4)):
            execute(
                db,
                """
                INSERT INTO top_crashers_build
                VALUES (%(nightly)s, %(build)s, %(day)s, %(text)s, %(n)s, %(n)s, %(n)s,
                        0, 0, 0, %(n)s, 0, 0, 0, 0)
                """,
                build=build_day,
                day=day,
                n=reports,
                **of_build,
            )
        page = ask(db, None, by="build")
        release = ask(db, "140.0", by="build")

    assert [(row.signature, row.crash_count, row.win) for row in page.rows] == [("a", 3, 3)]
    assert release.rows == []


def clean(db: Connection, version_id: int, text: str, at: datetime, **more: object) -> None:
    columns = {
        "submitted_at": at,
        "estimated": 1,
        "signature_id": signature(db, text),
        "product_version_id": version_id,
        "os": 1,
        "crash_type": 1,
        **more,
    }
    execute(db, "SELECT make_partitions(%(at)s, %(at)s)", at=at)
    execute(
        db,
        f"""
        INSERT INTO reports_clean (crash_id, {", ".join(columns)})
        VALUES (gen_random_uuid(), {", ".join(f"%({name})s" for name in columns)})
        """,
        **columns,
    )


def test_a_type_on_a_system_is_counted_one_by_one(database: Database) -> None:
    midnight = datetime(2028, 2, 29, tzinfo=UTC)
    build = {"build_day": date(2028, 2, 22), "os": 2, "crash_type": 5}
    with database.transaction() as db:
        firefox = version(db, "142.0a1", "nightly", has_builds=True)
        for more in ({}, {"os": 2}, {"crash_type": 5}, {"os": 2, "crash_type": 5}):
            clean(db, firefox, "a", midnight, **more)
        clean(db, firefox, "b", midnight - timedelta(microseconds=1), os=2, crash_type=5)
        clean(db, firefox, "b", midnight + ONE_DAY, os=2, crash_type=5)
        clean(db, firefox, "c", midnight, os=2, crash_type=5, estimated=10)
        clean(db, firefox, "c", midnight, os=2, crash_type=5, uptime_level=1)
        for age in (6, 7):
            at = datetime(2028, 2, 22, 23, 59, 59, tzinfo=UTC) + age * ONE_DAY
            clean(db, firefox, "d", at, build_version_id=firefox, **build)
        narrowed = {"start": DAY, "end": END, "system": "mac", "crash_type": "content"}
        page = ask(db, "142.0a1", **narrowed)
        by_build = ask(db, "142.0a1", **{**narrowed, "start": date(2028, 2, 22)}, by="build")

    assert [(row.signature, row.crash_count, row.estimated_count) for row in page.rows] == [
        ("c", 2, 11.0), ("a", 1, 1.0), ("d", 1, 1.0)
    ]  # fmt: skip
    assert page.previous_count == 2
    assert by_name(page)["c"].startup == 1
    assert [(row.signature, row.crash_count) for row in by_build.rows] == [("d", 1)]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@hypothesis.given(
    counts=st.dictionaries(st.text("abcé:<>%", min_size=1), st.integers(1, 10**6), min_size=1)
)
def test_shares_of_all_pages_add_up_to_a_hundred(
    database: Database, counts: dict[str, int]
) -> None:
    with database.transaction() as db:
        firefox = version(db)
        for text, reports in counts.items():
            crashes(db, firefox, text, reports)
        pages = [ask(db, most=3, skip=skip) for skip in range(0, len(counts), 3)]
        db.rollback()

    rows = [row for page in pages for row in page.rows]
    assert sum(row.percent for row in rows) == pytest.approx(100)
    assert sum(page.percent for page in pages) == pytest.approx(100)
    assert {row.signature: row.crash_count for row in rows} == counts
    assert [row.rank for row in rows] == list(range(1, len(counts) + 1))


def test_what_is_not_there_is_named_with_what_is(database: Database) -> None:
    with database.transaction() as db:
        version(db)
        version(db, "139.0")
        with pytest.raises(versions.Unknown) as product:
            versions.find(db, "Netscape")
        with pytest.raises(versions.Unknown) as number:
            versions.find(db, "firefox", "12.0")
        counted = versions.find(db, "FIREFOX", "139.0")
        never = versions.find(db, "SeaMonkey")
        with pytest.raises(versions.Unknown) as none:
            versions.find(db, "SeaMonkey", "2.3")

    assert str(product.value) == (
        "no product 'Netscape' (products: Firefox, Fenix, Thunderbird, SeaMonkey)"
    )
    assert str(number.value) == "Firefox has no version '12.0' (counted versions: 140.0, 139.0)"
    assert [row.version for row in counted] == ["139.0"]
    assert never == []
    assert str(none.value) == "SeaMonkey has no version '2.3' (no counted versions yet)"


def test_the_product_of_exactly_that_name_wins_over_other_case(database: Database) -> None:
    with database.transaction() as db:
        for name in ("firefox", "FireFox", "fENIX"):
            execute(db, "INSERT INTO products VALUES (%(name)s, 100, '')", name=name)
            version(db, "1.0", product=name)
        version(db, "140.0")

        for name in ("Firefox", "firefox", "FireFox", "fENIX"):
            assert {match.product for match in versions.find(db, name)} == {name}
        assert {match.product for match in versions.find(db, "FIREFOX")} == {"Firefox"}


@pytest.mark.parametrize(("count", "more"), [(12, ""), (13, " and 1 more")])
def test_so_many_versions_are_listed(database: Database, count: int, more: str) -> None:
    with database.transaction() as db:
        for number in range(count):
            version(db, f"{100 + number}.0")
        with pytest.raises(versions.Unknown) as unknown:
            versions.find(db, "Firefox", "1.0")

    assert str(unknown.value).count(".0") == 1 + 12
    assert str(unknown.value).endswith(f".0{more})")


def test_the_last_day_is_the_last_that_has_crashes(database: Database) -> None:
    with database.transaction() as db:
        ids = [version(db), version(db, "139.0")]
        nothing = query.last_day(db, versions.find(db, "Firefox"))
        crashes(db, ids[1], "a", 1, DAY)
        crashes(db, ids[0], "a", 1, START)

        assert nothing is None
        assert query.last_day(db, versions.find(db, "Firefox")) == DAY
        assert query.last_day(db, versions.find(db, "Firefox", "140.0")) == START
        assert query.last_day(db, versions.find(db, "Firefox"), "build") is None


@pytest.fixture(scope="module")
def install_dsn(postgres_dsn: str) -> Iterator[str]:
    """Two weeks in which one install crashes often, and many once."""
    with copy_of(postgres_dsn, "template", f"installs_{secrets.token_hex(6)}") as dsn:
        database = Database(dsn, name="tests")
        with database.transaction() as db:
            firefox = version(db)
            for text, reports, counts in (
                ("clumps", 60, {"win": 2}),
                ("many", 20, {"win": 12, "mac": 6}),
                ("a tie", 2, {"mac": 2}),
            ):
                crashes(db, firefox, text, reports)
                crashes(db, firefox, text, 1, system="mac")
                for system, count in counts.items():
                    crashed(db, firefox, text, count, system=system)
            crashes(db, firefox, "many", 4, START)
            crashed(db, firefox, "many", 1, START)
            crashes(db, firefox, "a tie", 9, START - ONE_DAY)
            crashed(db, firefox, "a tie", 4, START - ONE_DAY)
            for day, system, count in (
                (DAY, "win", 14), (DAY, "mac", 8), (START, "win", 1), (START - ONE_DAY, "win", 5),
            ):  # fmt: skip
                installs_crashed(db, firefox, count, day, system)
        database.close()
        yield dsn


@pytest.fixture
def installs(install_dsn: str) -> Iterator[Connection]:
    database = Database(install_dsn, name="tests")
    with database.transaction() as db:
        yield db
        db.rollback()
    database.close()


def test_ranks_and_shares_of_installs(installs: Connection) -> None:
    page = ask(installs, count="installs")

    assert page.installs == 23
    assert [(row.rank, row.signature, row.installs, row.previous_rank) for row in page.rows] == [
        (1, "many", 19, None), (2, "a tie", 2, 1), (3, "clumps", 2, None)
    ]  # fmt: skip
    assert [row.percent for row in page.rows] == pytest.approx([1900 / 23, 200 / 23, 200 / 23])
    assert page.rows[1].previous_percent == pytest.approx(400 / 5)
    assert [row.signature for row in ask(installs).rows] == ["clumps", "many", "a tie"]


def test_rankings_made_ahead_have_the_same_installs(installs: Connection) -> None:
    summed = ask(installs)
    for day in (DAY, START - ONE_DAY):
        execute(installs, "SELECT update_top_crasher_ranks(%(day)s)", day=day)

    assert by_name(summed)["many"].installs == 19
    assert ask(installs) == summed


def test_installs_are_counted_by_system_and_not_by_type(installs: Connection) -> None:
    mac = ask(installs, system="mac", count="installs")
    browser = ask(installs, crash_type="browser")

    assert mac.installs == 8
    assert {row.signature: row.installs for row in mac.rows} == {
        "many": 6, "a tie": 2, "clumps": 0
    }  # fmt: skip
    assert (browser.installs, {row.installs for row in browser.rows}) == (None, {None})
    with pytest.raises(ValueError, match="not counted by type"):
        ask(installs, crash_type="browser", count="installs")


@pytest.mark.parametrize("is_ranked_ahead", [False, True])
def test_one_day_without_installs_and_the_period_has_none(
    installs: Connection, is_ranked_ahead: bool
) -> None:
    execute(
        installs, "UPDATE top_crashers SET installs = NULL, win_installs = NULL WHERE day = %(d)s",
        d=START,
    )  # fmt: skip
    if is_ranked_ahead:
        for day in (DAY, START - ONE_DAY):
            execute(installs, "SELECT update_top_crasher_ranks(%(day)s)", day=day)

    assert {row.signature: row.installs for row in ask(installs).rows} == {
        "clumps": 2, "many": None, "a tie": 2
    }  # fmt: skip
    assert [row.rank for row in ask(installs, count="installs").rows] == [1, 2, 3]


def test_estimates_have_the_variance_of_the_installs_behind_them(database: Database) -> None:
    with database.transaction() as db:
        firefox = version(db)
        crashes(db, firefox, "a", 30, DAY, throttle=0.1)
        crashes(db, firefox, "a", 30, DAY - ONE_DAY, system="mac", throttle=0.1)
        crashes(db, firefox, "b", 5, DAY)
        execute(
            db,
            "UPDATE top_crashers SET squares = reports * 100 WHERE estimated > reports",
        )
        [a, b] = ask(db).rows
        [mac] = ask(db, system="mac").rows
        values = {"product": ["Firefox"], "to": [str(END)], "days": ["7"]}
        answer = top_crashers.answer(db, reading.read(top_crashers.QUESTION.parameters, values))

    assert (a.estimated_count, a.squares, b.squares) == (600, 6000, None)
    assert (mac.estimated_count, mac.squares) == (300, 3000)
    names = [column.name for column in top_crashers.QUESTION.columns]
    low, high = (names.index(f"estimated_{end}") for end in ("low", "high"))
    assert [round(answer.rows[0][end]) for end in (low, high)] == [458, 772]
    assert [answer.rows[1][end] for end in (low, high)] == [None, None]


def rank_groups(db: Connection) -> None:
    for day in (DAY, START - ONE_DAY):
        execute(db, "SELECT update_group_ranks(%(day)s)", day=day)


def only_ranked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave no statement that sums: a KeyError says that it would be needed."""
    statements = {name: text for name, text in query.SQL.items() if name != "top_crashers"}
    monkeypatch.setattr(query, "SQL", statements)


def test_rankings_of_products_and_channels_say_the_same(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    def pages() -> list[TopCrashers]:
        every = versions.find(db, "Firefox")
        beta = versions.of_channel(every, "beta")
        return [
            query.top_crashers(db, of, START, END, most=most, skip=skip)
            for of in (every, beta)
            for most, skip in ((5, 0), (5, 5), (50, 0))
        ]

    with database.transaction() as db:
        together = version(db, "141.0b", "beta", is_rapid_beta=True)
        betas = [version(db, f"141.0b{n}", "beta", rapid_beta_id=together) for n in (1, 2)]
        crashing = [version(db), version(db, "139.0"), *betas]
        version(db, "138.0")  # nobody uses it
        crashes(db, version(db, "140.0", product="Fenix"), "s1", 99)
        for number in range(1, 60):
            one, day = crashing[number % 4], DAY - (number % 15) * ONE_DAY
            crashes(db, one, f"s{number % 12}", number, day, throttle=0.1)
            if one in betas:
                crashes(db, together, f"s{number % 12}", number, day, throttle=0.1)
        summed = pages()
        rank_groups(db)
        only_ranked(monkeypatch)
        ranked = pages()

    assert ranked == summed
    assert [page.signature_count for page in ranked] == [12] * 3 + [6] * 3


def test_other_versions_than_all_are_summed(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as db:
        crashes(db, version(db), "a", 3)
        crashes(db, version(db, "139.0"), "b", 2)
        version(db, "138.0")  # nobody uses it
        crashes(db, version(db, "1.0", product="Fenix"), "c", 2)
        rank_groups(db)
        everything = versions.find(db, "Firefox")
        used = [one for one in everything if one.version != "138.0"]
        only_ranked(monkeypatch)
        for requested in (everything, used):
            page = query.top_crashers(db, requested, START, END)
            assert [row.signature for row in page.rows] == ["a", "b"]
        for requested in (
            [one for one in everything if one.version != "139.0"],
            [*everything, *versions.find(db, "Fenix")],
        ):
            with pytest.raises(KeyError, match="top_crashers"):
                query.top_crashers(db, requested, START, END)
        execute(db, "UPDATE top_crasher_rankings SET fresh = false WHERE last_day = %(d)s", d=DAY)
        with pytest.raises(KeyError, match="top_crashers"):
            query.top_crashers(db, everything, START, END)


def test_of_all_versions_a_rank_from_beyond_the_first_thousand_is_known(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as db:
        firefox = version(db)
        version(db, "139.0")
        many(db, firefox, 1000, START - ONE_DAY)
        crashes(db, firefox, "late", 2, START - ONE_DAY)
        crashes(db, firefox, "late", 5)
        crashes(db, firefox, "new", 9)
        rank_groups(db)
        first, late = ask(db, None).rows
        only_ranked(monkeypatch)
        [new] = ask(db, None, most=1).rows

    assert (late.signature, late.previous_rank, late.change) == ("late", 1001, 999)
    assert (new, new.signature) == (first, "new")
