"""What the counts say, in the terminal: a newcomer's first crashes, and a full table."""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from click.testing import Result

from socorro.counts import derived
from socorro.counts.config import UrlsConfig
from socorro.postgres import Connection, Database
from tests.sql.rows import DAY, NOON, ONE_DAY, build, count, installs, query, report

Run = Callable[..., Result]
NOW = datetime.now(UTC)
RUNNING = f"{NOW:%Y-%m-%d} is not over yet; included because the days before it have no crashes"
TICK = timedelta(microseconds=1)
READERS = ("top-crashers", "crash-rate", "explosive", "builds", "urls", "domains", "hangs")


@pytest.fixture
def db(database: Database, settings: Path) -> Iterator[Connection]:
    connection = database.connect()
    connection.autocommit = True
    yield connection
    connection.close()


def lines(result: Result) -> list[str]:
    assert result.exit_code == 0, result.output
    return [" ".join(line.split()) for line in result.stdout.splitlines()]


def test_before_the_first_crash_every_command_says_what_to_do(run: Run, db: Connection) -> None:
    texts = {name: lines(run(name)) for name in READERS}

    assert {name: text[-1].partition(":")[0] for name, text in texts.items()} == dict.fromkeys(
        READERS, "no crashes yet"
    )


@pytest.mark.parametrize(
    ("build_ids", "note"),
    [
        (["build-77"], "1 crash has another kind: build-77"),
        (["1.0+9", "1.0+9", "abc", "19700101000000"],
         "4 crashes have another kind: 1.0+9, 19700101000000, abc"),
        (["a", "b", "c", "d"], "4 crashes have another kind: a, b, c and 1 more"),
    ],
)  # fmt: skip
def test_builds_that_are_no_dates_are_listed_and_named(
    run: Run, db: Connection, database: Database, build_ids: list[str], note: str
) -> None:
    for build_id in [*build_ids, f"{NOW:%Y%m%d}031153", None]:
        report(db, NOW, product="MyGame", build_id=build_id)
    count(db)
    list(derived.update(database, NOW.date(), UrlsConfig()))

    table = lines(run("builds", "MyGame"))

    assert table[2].split()[0] == f"{NOW:%Y%m%d}031153"
    assert {line.split()[0] for line in table[3:-2]} == set(build_ids)
    assert table[-1] == f"build ids here are dates (YYYYMMDD…); {note}"


def test_crashes_that_wait_are_told_with_the_command_that_counts_them(
    run: Run, db: Connection
) -> None:
    query(db, "INSERT INTO jobs (crash_id) VALUES ('00000000-0000-4000-8000-000000261123')")
    queued = lines(run("top-crashers"))
    for _ in range(12):
        report(db, NOW, build_id=f"{NOW:%Y%m%d}031153")
    waiting = lines(run("top-crashers", "Firefox"))
    query(
        db,
        """
        INSERT INTO cron_jobs (job, next_run) VALUES ('counts', now())
        """,
    )
    with_clock = lines(run("top-crashers", "Firefox"))

    assert queued == ["no crashes processed yet: 1 in the queue (`socorro status`)"]
    assert waiting == ["no crashes counted yet: 12 crashes wait; `socorro cron run --job counts`"]
    assert with_clock[0].startswith("no crashes counted yet: the next count runs at ")
    assert with_clock[0].endswith(" UTC; 12 crashes wait; `socorro cron run --job counts`")


def test_a_newcomer_without_feed_and_installs_gets_right_tables(
    run: Run, db: Connection, database: Database
) -> None:
    fields = {"release_channel": "nightly", "version": "142.0a1", "product": "Sandbox",
            "build_id": f"{NOW - ONE_DAY:%Y%m%d}031153"}  # fmt: skip
    for number in range(8):
        report(db, NOW, signature="a" if number else "b", url="http://example.com/x?y", **fields)
    count(db)
    list(derived.update(database, NOW.date(), UrlsConfig()))
    report(db, NOW, **fields)

    top = lines(run("top-crashers", "Sandbox"))
    rate = lines(run("crash-rate", "sandbox", "142.0a1"))
    exploding = lines(run("explosive", "Sandbox"))
    assert top[0].startswith("Top crashers: Sandbox, ")
    assert top[1].split()[:6] == ["#", "Signature", "Crashes", "±", "Share", "Bugs"]
    assert top[2].startswith("1 a 7 new 87.5 % - 7 7 ")
    assert top[2].endswith(" 0 % 7 0 0 0")
    assert top[3].startswith("2 b ")
    waiting = "1 crash waits; `socorro cron run --job counts`"
    assert top[4:] == ["8 crashes", RUNNING, waiting]
    assert rate[2].split()[1:] == ["8", "8", "8", "-", "-", "100%"]
    assert rate[3] == (
        f"no ADI for {NOW.date() - ONE_DAY} and {NOW.date()}: crash rates cannot be"
        " compared (the day is not over)"
    )
    assert "was not judged yet: the scheduled job `explosions`" in exploding[0]
    assert lines(run("builds", "Sandbox"))[2].endswith("142.0a1 nightly 8 8 crashes")
    assert lines(run("urls", "Sandbox"))[2] == "8 100.0 % http://example.com/x example.com"
    assert lines(run("domains", "Sandbox"))[2] == "8 100.0 % 1 example.com"
    assert lines(run("hangs", "Sandbox"))[0] == "no hangs with both halves"
    assert "has no counted beta: name a version" in run("null-signatures", "Sandbox").stderr
    assert lines(run("top-crashers", "Sandbox", "--by", "build"))[4] == "8 crashes"


@pytest.mark.parametrize("command", [*READERS, "null-signatures"])
def test_what_is_not_there_is_refused_with_what_is(run: Run, db: Connection, command: str) -> None:
    report(db, NOON)
    count(db)

    product = run(command, "Netscape")
    version = run(command, "Firefox", "12.0")

    assert (product.exit_code, version.exit_code) == (2, 2)
    assert "no product 'Netscape' (products: Firefox, Fenix" in product.stderr
    assert "Firefox has no version '12.0' (counted versions: 140.0" in version.stderr


def test_days_and_filters_that_hold_nothing_say_where_something_is(
    run: Run, db: Connection
) -> None:
    report(db, NOON)
    count(db)

    before = lines(run("top-crashers", "Firefox", "--end", "2026-11-20", "--days", "2"))
    mac = lines(run("top-crashers", "Firefox", "140.0", "--end", str(DAY), "--os", "mac"))
    never = lines(run("top-crashers", "SeaMonkey"))
    later = lines(run("top-crashers", "Firefox", "--days", "1"))

    assert before == [
        "no Firefox crashes: 2026-11-19 to 2026-11-20; the last day with any: --end 2026-11-23"
    ]
    assert mac == ["no matching Firefox 140.0 crashes: 2026-11-17 to 2026-11-23"]
    assert never == ["no SeaMonkey crashes counted yet"]
    assert later[0] == "Top crashers: Firefox, 2026-11-23"


def test_crashes_that_cannot_be_counted_are_told_with_the_reason(run: Run, db: Connection) -> None:
    report(db, NOW, product="", build_id="20261120031153")
    report(db, NOW, signature="")
    count(db)

    shown = lines(run("top-crashers"))

    assert shown[-1] == (
        "2 crashes from the last week cannot be counted: no product (1), no signature (1);"
        " `socorro bad-reports`"
    )


@pytest.mark.parametrize(
    "command", ["top-crashers", "crash-rate", "explosive", "builds", "urls", "domains", "hangs"]
)
def test_bad_reports_are_named_beside_every_total_of_their_product(
    run: Run, db: Connection, database: Database, command: str
) -> None:
    today = f"{NOW:%Y%m%d}031153"
    fields = {"product": "My Game", "build_id": today, "url": "http://example.com/x"}
    for process in ("parent", "plugin"):
        report(db, NOW, process_type=process, hang_id="h", **fields)
    for version in ("", "<1>", "<2>"):
        report(db, NOW, **fields, version=version)
    report(db, NOW, product="Other", version="")
    report(db, NOW - 8 * ONE_DAY, product="My Game", version="")
    installs(db, NOW.date(), 1000, product="My Game")
    count(db)
    query(db, "SELECT update_adi(%s), update_hang_pairs(%s, false)", NOW.date(), NOW.date())
    list(derived.update(database, NOW.date(), UrlsConfig()))

    result = run(command, "My Game")

    assert (
        "3 more My Game crashes are in no count: implausible version (2), no version (1);"
        " `socorro bad-reports 'My Game'`" in lines(result)
    )


@pytest.mark.parametrize(
    "command", ["top-crashers", "crash-rate", "explosive", "builds", "urls", "domains", "hangs"]
)
def test_crashes_without_a_product_can_be_asked_for(run: Run, db: Connection, command: str) -> None:
    for _ in range(3):
        report(db, NOW, product="")
    report(db, NOW)
    count(db)

    result = run(command, "(no product)")

    assert result.exit_code == 0, result.output
    assert any(line.endswith("`socorro bad-reports '(no product)'`") for line in lines(result))
    assert "3 more (no product) crashes are in no count: no product (3)" in result.output


def test_a_channel_of_their_own_is_shown_alone(
    run: Run, db: Connection, database: Database
) -> None:
    for channel, number in (("playtest", 2), ("release", 3), (None, 4)):
        for _ in range(number):
            report(db, NOW, product="MyGame", version="1.0", release_channel=channel)
    count(db)
    list(derived.update(database, NOW.date(), UrlsConfig()))

    def crashes(*words: str) -> str:
        *_, total, running = lines(run("top-crashers", "MyGame", *words))
        assert running == RUNNING
        return total

    assert crashes() == "9 crashes"
    assert crashes("--channel", "playtest") == "2 crashes"
    assert crashes("1.0", "--channel", "Release") == "3 crashes"
    assert crashes("--channel", "unknown") == "4 crashes"
    titles = {name: lines(run(name, "MyGame", "--channel", "playtest"))[0]
              for name in ("top-crashers", "builds", "crash-rate")}  # fmt: skip
    assert titles["top-crashers"].startswith("Top crashers: MyGame playtest, ")
    *_, build, note = lines(run("builds", "MyGame", "--channel", "playtest"))
    assert build.split()[2] == "playtest"
    assert note.startswith("no build can be compared with the one before it: no day with ADI")
    assert "MyGame playtest" in titles["crash-rate"]
    refused = run("top-crashers", "MyGame", "--channel", "beta")
    assert refused.exit_code == 2
    assert "no channel 'beta' (channels: playtest, release, unknown)" in refused.stderr


def test_a_product_without_crashes_names_those_in_other_case(run: Run, db: Connection) -> None:
    report(db, NOW, product="firefox")
    count(db)

    empty = lines(run("top-crashers", "Firefox"))
    exact = lines(run("top-crashers", "firefox"))

    assert empty == ["no Firefox crashes counted yet; products in other case: firefox"]
    assert exact[0].startswith("Top crashers: firefox, ")


def test_an_unknown_product_may_have_bad_reports(run: Run, db: Connection) -> None:
    report(db, NOW, product="<b>")
    count(db)

    refused = run("top-crashers", "<b>")

    assert refused.exit_code == 2
    assert "1 of its crashes cannot be counted: implausible product (1)" in " ".join(
        refused.stderr.split()
    )


def test_bad_reports_are_listed_by_product_version_and_reason(run: Run, db: Connection) -> None:
    for product, version, number in (("Game", "", 2), ("game", "<1>", 1), ("", "1.0", 3)):
        for tick in range(number):
            latest = report(db, NOW + tick * TICK, product=product, version=version)
    report(db, NOW)
    report(db, NOW - 7 * ONE_DAY, product="")
    count(db)

    table = lines(run("bad-reports"))
    assert table[1:-1] == [
        "Crashes Reason Product Version Latest crash",
        f"3 no product 1.0 {latest}",
        *table[3:5],
    ]
    assert table[3].startswith("2 no version Game ")
    assert table[4].startswith("1 implausible version game <1> ")
    assert table[-1] == "6 crashes in no count"
    assert lines(run("bad-reports", "Game"))[-1] == "2 crashes in no count"
    assert lines(run("bad-reports", "GAME"))[-1] == "3 crashes in no count"
    assert lines(run("bad-reports", "(no product)", "--days", "8"))[-1] == "4 crashes in no count"
    assert lines(run("bad-reports", "--limit", "1"))[-1] == (
        "3 crashes in no count, and others (--limit)"
    )
    assert lines(run("bad-reports", "Firefox"))[0].startswith("no bad reports: all Firefox crashes")


def test_top_crashers_for_machines_and_spreadsheets(run: Run, db: Connection) -> None:
    for signature, number in (("=cmd()", 3), ("b, c", 1)):
        for _ in range(number):
            report(db, NOON, signature=signature, throttle_rate=0.5)
    count(db)
    words = ("top-crashers", "Firefox", "140.0", "--end", str(DAY), "--days", "2", "--limit", "1")

    document = json.loads(run(*words, "--json").stdout)
    sheet = run(*words, "--csv").stdout_bytes.decode().split("\r\n")

    row = document.pop("rows")[0]
    assert document == {
        "product": "Firefox", "version": "140.0", "start": "2026-11-22", "end": "2026-11-24",
        "by": "report", "count": "estimated", "crash_count": 4, "estimated_count": 8.0,
        "signature_count": 2, "installs": 4, "percent": 75.0, "total": 2,
        "notes": [
            {"code": "total", "text": "75.0 % of 8 crashes estimated from 4 processed;"
             " 2 signatures (--limit)"}
        ],
    }  # fmt: skip
    assert (row["signature"], row["rank"], row["crash_count"]) == ("=cmd()", 1, 3)
    assert (row["estimated_count"], row["is_new"]) == (6, True)
    assert (row["change"], row["previous_rank"]) == (None, None)
    assert row["versions"] == ["140.0"]
    assert sheet[0].startswith("rank,signature,estimated_count,crash_count,percent,")
    assert sheet[1].startswith("1,'=cmd(),6.0,3,75.0,")
    assert sheet[2:] == [""]


def test_a_rate_is_compared_with_the_last_day_that_has_installs(run: Run, db: Connection) -> None:
    build(db, "140.0", "20261101031153")
    query(db, "SELECT update_product_versions()")
    for back, number in ((0, 1), (1, 6), (2, 1)):
        for _ in range(number):
            report(db, NOON - timedelta(days=back), throttle_rate=0.5, build_id="20261101031153")
        if back:
            installs(db, DAY - timedelta(days=back), 100)
            query(db, "SELECT update_adi(%s)", DAY - timedelta(days=back))
    count(db)

    shown = lines(run("crash-rate", "Firefox", "--end", str(DAY), "--days", "3"))

    assert shown[1:5] == [
        "Day Crashes Processed Installs ADI per 100 ADI Kept",
        "2026-11-23 2 1 1 - - 50%",
        "2026-11-22 12 6 6 100 12.000 50%",
        "2026-11-21 2 1 1 100 2.000 50%",
    ]
    assert shown[5] == "no ADI for 2026-11-23: crash rates cannot be compared"
    assert shown[6] == (
        "Firefox on 2026-11-22: no measurable change (12 crashes per 100 ADI, 2 on 2026-11-21;"
        " ratio 6.000, 95 % interval 0.884 to 139)"
    )


def test_an_explosion_is_drawn(run: Run, db: Connection, database: Database) -> None:
    build(db, "140.0", "20261101031153")
    query(db, "SELECT update_product_versions()")
    for back in range(10):
        installs(db, DAY - timedelta(days=back), 100_000)
        query(db, "SELECT update_adi(%s)", DAY - timedelta(days=back))
    for number in range(70):
        report(db, NOON, signature=f"b{number}" if number < 10 else "boom")
    count(db)
    list(derived.update(database, DAY, UrlsConfig()))

    old = ("explosive", "Firefox", "--formula", "2012")
    shown = lines(run(*old))
    nothing = lines(run(*old, "--least", "9", "--day", str(DAY)))

    # 60 crashes where 30 are the least to explode: 2; in three days a third of it
    assert shown == [
        "Explosive: Firefox, 2026-11-23",
        "1 day Signature Crashes Version 3 days Last days",
        "2.00 boom 60 140.0 0.67 ▁▁▁▁▁▁▁▁▁█",
    ]
    assert nothing == ["nothing explosive: Firefox, 2026-11-23, from 9.0 up"]


def test_betas_are_held_against_one_another(run: Run, db: Connection) -> None:
    for number, build_id in ((1, "20261101031153"), (2, "20261110031153")):
        build(db, "141.0", build_id, "beta", number)
        installs(db, DAY, 1000, "141.0", build_id, "beta")
        for _ in range(2 * number):
            report(db, NOON, version="141.0", release_channel="beta", build_id=build_id,
                   signature="EMPTY: no frame data available")  # fmt: skip
    report(db, NOON, version="")
    query(db, "SELECT update_product_versions()")
    query(db, "SELECT update_adi(%s)", DAY)
    count(db)

    shown = lines(run("null-signatures", "Firefox", "--end", str(DAY), "--days", "2"))

    assert shown == [
        "Firefox 141.0b2 and 141.0b1, 2026-11-22 to 2026-11-23",
        "± Name Ratio from to Old rate New rate New crashes Old crashes",
        "+2.000 EMPTY: no frame data available 2.000 0.204 37.045 2.000 4.000 4 2",
        "share of crashes without a useful signature: no measurable change (100.00 % of 4 in"
        " 141.0b2, 100.00 % of 2 in 141.0b1; ratio 1.000, 99 % interval 0.102 to 18.523)",
        "no ADI for Firefox 141.0b1 on 2026-11-22",
        "no ADI for Firefox 141.0b2 on 2026-11-22",
        "1 more Firefox crash is in no count: no version (1); `socorro bad-reports Firefox`",
    ]


@pytest.mark.parametrize("command", [*READERS, "null-signatures"])
def test_help_ends_with_examples(run: Run, command: str) -> None:
    result = run(command, "--help")

    assert "Examples:\n" in result.stdout
    assert f"  socorro {command}" in result.stdout


@pytest.mark.parametrize(
    ("ago", "last", "is_running"),
    [((1, 0), 1, False), ((7, 0), 1, False), ((8,), 8, False), ((0,), 0, True), ((8, 0), 0, True)],
)
def test_days_that_are_over_are_shown_or_when_they_have_no_crash_the_last_day_that_has(
    run: Run, db: Connection, ago: tuple[int, ...], last: int, is_running: bool
) -> None:
    for days in ago:
        report(db, NOW - days * ONE_DAY, build_id=f"{NOW - days * ONE_DAY:%Y%m%d}031153")
    count(db)

    document = json.loads(run("top-crashers", "Firefox", "--days", "7", "--json").stdout)

    end = NOW.date() - (last - 1) * ONE_DAY
    assert (document["start"], document["end"]) == (str(end - 7 * ONE_DAY), str(end))
    assert (RUNNING in [note["text"] for note in document["notes"]]) == is_running
    rows = [(row["crash_count"], row["today_count"]) for row in document["rows"]]
    assert rows == [(1, int(0 in ago) if last == 1 else None)]


def test_what_is_asked_about_now_includes_the_running_day(run: Run, db: Connection) -> None:
    for days in (0, 1):
        report(db, NOW - days * ONE_DAY, build_id=f"{NOW - days * ONE_DAY:%Y%m%d}031153")
    count(db)

    documents = {
        name: json.loads(run(name, "Firefox", "--json").stdout)
        for name in ("changes", "builds", "bad-reports", "crash-rate", "urls")
    }

    tomorrow = str(NOW.date() + ONE_DAY)
    running = [name for name, document in documents.items() if document["end"] == tomorrow]
    assert running == ["changes", "builds", "bad-reports"]


def test_one_day_begins_and_ends_with_it(run: Run, db: Connection) -> None:
    report(db, NOON)
    count(db)
    words = ("top-crashers", "Firefox", "--days", "1", "--end", str(DAY), "--json")

    document = json.loads(run(*words).stdout)

    assert (document["start"], document["end"]) == (str(DAY), str(DAY + ONE_DAY))
