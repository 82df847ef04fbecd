"""The line of impact of a report: from daily tables, whole UTC days."""

from datetime import UTC, datetime, timedelta

import pytest

from socorro.crashstore.interface import CrashStore
from socorro.postgres import Connection, Database, execute, value
from socorro.queries.impact import impact
from socorro.serving.health import WsgiApp
from tests.builders import NOON
from tests.processed import processed
from tests.sql.rows import count
from tests.webapp.test_report import words
from tests.wsgi import ask

SIGNATURE = "(anonymous namespace)::CrashFunction"


def version(db: Connection, product: str, name: str, together: bool = False) -> int:
    execute(
        db,
        "INSERT INTO product_versions (product, version, release_channel, release_version,"
        " version_sort, build_date, sunset_date, is_rapid_beta, source) VALUES (%(product)s,"
        " %(version)s, 'beta', %(version)s, %(version)s, current_date, current_date,"
        " %(together)s, 'reports')",
        product=product, version=name, together=together,
    )  # fmt: skip
    return int(value(db, "SELECT max(product_version_id) FROM product_versions"))


def signature(db: Connection, name: str) -> int:
    execute(
        db,
        "INSERT INTO signatures (signature, first_report, first_build)"
        " VALUES (%(name)s, now(), '20261119072708') ON CONFLICT DO NOTHING",
        name=name,
    )
    return int(
        value(db, "SELECT signature_id FROM signatures WHERE signature = %(name)s", name=name)
    )


def crashes(
    db: Connection, of: int, signature_id: int, days_ago: int, count: int, weight: int
) -> None:
    day = datetime.now(UTC).date() - timedelta(days=days_ago)
    zero = ", ".join(["0"] * 9)
    execute(
        db,
        "INSERT INTO top_crashers (product_version_id, day, signature_id, reports, estimated, win,"
        " mac, lin, android, browser, plugin, content, hang, startup)"
        f" VALUES (%(of)s, %(day)s, %(signature)s, %(count)s, %(estimated)s, {zero})",
        of=of, day=day, signature=signature_id, count=count, estimated=count * weight,
    )  # fmt: skip


@pytest.fixture
def counted(database: Database) -> Database:
    """Two versions and rapid betas together of Firefox, one of another product; two bugs."""
    with database.transaction() as db:
        ours, other = version(db, "Firefox", "140.0"), version(db, "Firefox", "139.0")
        together, foreign = version(db, "Firefox", "140.0b", True), version(db, "Fenix", "140.0")
        this, larger, equal = (signature(db, name) for name in (SIGNATURE, "larger", "'equal"))
        for of, name, ago, count, weight in (
            (ours, this, 1, 100, 10), (ours, this, 7, 20, 10), (other, this, 3, 4, 1),
            (ours, this, 8, 30, 10), (other, this, 14, 1, 1), (other, this, 15, 999, 1),
            (ours, this, 0, 999, 1),  # a day that is not over
            (together, this, 1, 999, 1), (foreign, this, 1, 999, 1),
            (ours, larger, 1, 2000, 1), (ours, equal, 1, 1200, 1), (ours, equal, 9, 10**6, 1),
        ):  # fmt: skip
            crashes(db, of, name, ago, count, weight)
        for bug, resolution in ((11, ""), (12, "FIXED"), (13, "")):
            execute(
                db,
                "INSERT INTO bugs (bug_id, status, resolution) VALUES (%(bug)s, 'X', %(how)s)",
                bug=bug, how=resolution,
            )  # fmt: skip
        for bug in (11, 12):
            execute(
                db,
                "INSERT INTO bug_signatures (bug_id, signature) VALUES (%(bug)s, %(name)s)",
                bug=bug, name=SIGNATURE,
            )  # fmt: skip
    return database


def test_the_line_counts_whole_days_of_the_product_and_ranks_in_the_version(
    app: WsgiApp, store: CrashStore, counted: Database
) -> None:
    crash = processed(store, counted, Version="140.0", ReleaseChannel="beta")

    page = ask(app, f"/report/index/{crash.crash_id}").text

    line = words(page.split('class="impact">')[1].split("</p>")[0])
    today = datetime.now(UTC).date()
    assert line.startswith("1,204 crashes ( estimated ) of this signature in 7 days, ")
    assert "( ▲ from 301 )" in line.replace("(▲", "( ▲").replace("301)", "301 )")
    assert "· #3 of Firefox 140.0 · first seen in build 20261119072708" in line
    assert line.endswith("· 2 bugs (1 open): 11 , 12 (closed)")
    assert '<s><a href="https://bugzilla.mozilla.org/show_bug.cgi?id=12"' in page
    assert f"date=%3E%3D{today - timedelta(days=7)}&amp;date=%3C{today}" in page
    assert "All 124 processed crashes" in page
    assert '<a href="/topcrashers/?product=Firefox&amp;version=140.0">#3' in page


def test_a_crash_that_waits_to_be_counted_says_so_and_the_running_day_is_extra(
    app: WsgiApp, store: CrashStore, counted: Database
) -> None:
    crash = processed(store, counted, Version="140.0", ReleaseChannel="beta")
    address = f"/report/index/{crash.crash_id}"
    waiting = in_line(ask(app, address).text)
    with counted.transaction() as db:
        execute(db, "UPDATE changed_hours SET hour = hour + interval '1 hour'")
    in_another_hour = in_line(ask(app, address).text)
    with counted.transaction() as db:
        execute(db, "UPDATE changed_hours SET hour = hour - interval '1 hour'")
        count(db)
    with counted.transaction() as db:
        execute(db, "INSERT INTO changed_hours VALUES (date_trunc('hour', %(at)s))", at=NOON)
    once_counted = in_line(ask(app, address).text)

    assert "· 999 today so far · #3 of" in waiting
    assert "· this crash is not counted yet ·" in waiting
    assert "not counted yet" not in in_another_hour
    assert "not counted yet" not in once_counted


def in_line(page: str) -> str:
    return words(page.split('class="impact">')[1].split("</p>")[0])


def test_a_ranking_made_ahead_is_the_same(counted: Database) -> None:
    today = datetime.now(UTC).date()
    with counted.transaction() as db:
        summed = impact(db, SIGNATURE, "Firefox", "140.0", today)
        execute(
            db,
            "INSERT INTO crash_counts SELECT product_version_id, day, 1, 1, sum(reports),"
            " sum(estimated) FROM top_crashers GROUP BY 1, 2",
        )
        execute(db, "SELECT update_top_crasher_ranks(%(day)s)", day=today - timedelta(days=1))
        execute(db, "DELETE FROM top_crashers WHERE signature_id <> (SELECT signature_id"
                    " FROM signatures WHERE signature = %(name)s)", name=SIGNATURE)  # fmt: skip
        ahead = impact(db, SIGNATURE, "Firefox", "140.0", today)
        execute(db, "UPDATE top_crasher_rankings SET fresh = false")
        stale = impact(db, SIGNATURE, "Firefox", "140.0", today)

    assert (summed.rank, ahead.rank, stale.rank) == (3, 3, 1)


def test_a_machine_that_is_suspected_is_named(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    machine = {"cpu_microcode_version": "0x21", "total_physical_memory": 2**33}
    crash = processed(store, database, change={**machine, "cpu_info": "family 6"})
    other = processed(store, database, change={**machine, "cpu_info": "family 7"})
    document = store.get_processed(crash.crash_id)
    with database.transaction() as db:
        execute(
            db, "INSERT INTO hardware_scans VALUES ('2026-11-22', '2026-11-16', 9, 9, 9, 0, '{}')"
        )
        execute(
            db,
            "INSERT INTO hardware_suspects VALUES ('2026-11-22', 1, %(name)s, %(version)s,"
            " 'family 6', '0x21', '', %(memory)s, 40, 12, 5, 0.001, 'f')",
            name=document["os_name"], version=document["os_version"], memory=2**33,
        )  # fmt: skip

    text, other_text = (
        words(ask(app, f"/report/index/{one.crash_id}").text) for one in (crash, other)
    )

    suspicion = (
        "Hardware suspect. This machine has 12 of 40 crashes at addresses that one flipped bit"
        " explains, in 5 signatures."
    )
    assert suspicion in text
    assert "Hardware suspect" not in other_text


def test_a_signature_that_was_never_counted_has_no_numbers(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(store, database)

    page = ask(app, f"/report/index/{crash.crash_id}").text

    line = words(page.split('class="impact">')[1].split("</p>")[0])
    assert line == "This signature is not counted yet · no bug"
