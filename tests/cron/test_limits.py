"""Limits of the clock's settings, sources and states: each at its edge and one beyond."""

import json
import time
from datetime import date, timedelta
from typing import Any

import psycopg2
import pytest
from pydantic import ValidationError

from cron import adi, alarm, app, bugs, bugzilla, errors, release_tree
from cron.builds import BadBuild, make_build, parse_version
from cron.config import CronConfig
from cron.fetch import Fetcher
from cron.job import Done, Job, JobFailed
from cron.period import hourly
from cron.schedule import Progress, may_try
from socorro.config import Settings
from socorro.counts.config import UrlsConfig
from socorro.postgres import Database
from socorro.queries.cron import GRACE, CronJob
from socorro.retention import RetentionConfig
from socorro.service import Stop
from tests.builders import NOON
from tests.cron.asking import ask
from tests.cron.conftest import MakeRunner
from tests.cron.source import Answer, Query, Source

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("settings", "name", "least"),
    [
        (CronConfig, "at_once", 1),
        (CronConfig, "release_versions", 1),
        (CronConfig, "nightly_days", 1),
        (CronConfig, "bug_days", 1),
        (CronConfig, "http_bytes", 1),
        (UrlsConfig, "fewest_installs", 1),
        (UrlsConfig, "most_a_day", 1),
        (RetentionConfig, "deferred_weeks", 1),
        (RetentionConfig, "personal_weeks", 1),
        (RetentionConfig, "crash_weeks", 1),
    ],
)
def test_a_setting_has_a_least_value(settings: type[Settings], name: str, least: int) -> None:
    assert getattr(settings(**{name: least}), name) == least
    with pytest.raises(ValidationError, match=name):
        settings(**{name: least - 1})


@pytest.mark.parametrize(
    "name", ["tick_seconds", "http_seconds", "http_total_seconds", "patience_seconds"]
)
def test_a_setting_of_seconds_is_above_zero(name: str) -> None:
    assert getattr(CronConfig(**{name: 0.001}), name) == 0.001
    with pytest.raises(ValidationError, match=name):
        CronConfig(**{name: 0})


@pytest.mark.parametrize(
    ("product", "installs", "is_good"),
    [
        ("F" * 100, "1", True),
        ("F" * 101, "1", False),
        ("F", "0", True),
        ("F", "-1", False),
        ("F", str(10**12), True),
        ("F", str(10**12 + 1), False),
        ("F", "1 0", False),
        ("F", "²", False),
        ("F", "٣", False),
        ("F", "", False),
    ],
)
def test_installs_are_a_number_up_to_a_million_millions(
    product: str, installs: str, is_good: bool
) -> None:
    text = f"product,version,adi\n{product},1,{installs}\nFirefox,1,7\n"

    parsed = adi.parse(text, date(2026, 11, 22))

    assert (len(parsed.counts), len(parsed.notes)) == ((2, 0) if is_good else (1, 2))


@pytest.mark.parametrize("bad", [1, 20, 21])
def test_so_many_bad_lines_are_named(bad: int) -> None:
    parsed = adi.parse("product,version,adi\nFirefox,1,7\n" + "F,1,x\n" * bad, NOON.date())

    assert parsed.notes[0] == ("1 bad line" if bad == 1 else f"{bad} bad lines")
    assert len(parsed.notes) == 1 + min(bad, 20)


def make_bug(**fields: Any) -> bugs.Bug:
    return bugs.Bug(**{
        "bug_id": 1, "status": "", "resolution": "", "summary": "", "signatures": ("a",), **fields,
    })  # fmt: skip


@pytest.mark.parametrize("length", [255, 256])
def test_a_signature_of_a_bug_is_cut_where_those_of_reports_are(length: int) -> None:
    assert bugs.signatures_in(f"[@ {'x' * length}]") == ("x" * 255,)


@pytest.mark.parametrize("signatures", [200, 201])
def test_a_bug_has_so_many_signatures(signatures: int) -> None:
    text = "".join(f"[@ s{number}]" for number in range(signatures))

    assert len(bugs.signatures_in(text)) == 200


@pytest.mark.parametrize("name", ["status", "resolution", "summary"])
@pytest.mark.parametrize("length", [1000, 1001])
def test_a_text_of_a_bug_is_cut(database: Database, name: str, length: int) -> None:
    with database.transaction() as db:
        bugs.save(db, [make_bug(**{name: "x" * length})], "bugzilla")

    assert ask(database, f"SELECT length({name}) FROM bugs") == [(1000,)]


@pytest.mark.parametrize(("listed", "pages"), [(499, 1), (500, 2), (501, 2)])
def test_a_full_page_of_bugs_has_a_next_one(source: Source, listed: int, pages: int) -> None:
    all_bugs = [{"id": number + 1} for number in range(listed)]

    def answer(query: Query) -> Answer:
        start = int(query["offset"][0])
        page = all_bugs[start : start + int(query["limit"][0])]
        return Answer(json.dumps({"bugs": page}).encode())

    source.pages["/rest/bug"] = answer

    with Fetcher(CronConfig()) as fetcher:
        assert len([*bugzilla.changed_bugs(fetcher, source.url, NOON.date())]) == listed
    assert len(source.requests) == pages


@pytest.mark.parametrize("pages", [2, 3])
def test_a_list_of_bugs_has_so_many_pages(
    source: Source, monkeypatch: pytest.MonkeyPatch, pages: int
) -> None:
    monkeypatch.setattr(bugzilla, "PAGE", 1)
    monkeypatch.setattr(bugzilla, "_MOST_PAGES", 3)
    source.pages["/rest/bug"] = lambda query: Answer(
        json.dumps({"bugs": [{"id": 1}] if int(query["offset"][0]) < pages else []}).encode()
    )

    with Fetcher(CronConfig()) as fetcher:
        listed = bugzilla.changed_bugs(fetcher, source.url, NOON.date())
        if pages == 2:
            assert len([*listed]) == 2
        else:
            with pytest.raises(JobFailed, match="more than 3 bugs changed"):
                list(listed)


@pytest.mark.parametrize("length", [10 * 2**20, 10 * 2**20 + 1])
def test_a_field_of_a_bug_list_has_a_limit(source: Source, length: int) -> None:
    header = "bug_id,bug_status,resolution,short_desc,cf_crash_signature\n"
    source.put("/list", f"{header}1,NEW,,{'x' * length},[@ a]\n")

    with Fetcher(CronConfig()) as fetcher:
        listed = bugzilla.listed_bugs(fetcher, f"{source.url}/list", NOON.date())
        if length == 10 * 2**20:
            assert [bug.bug_id for bug in listed] == [1]
        else:
            with pytest.raises(JobFailed, match="is not CSV"):
                list(listed)


@pytest.mark.parametrize(
    ("build_id", "is_good"),
    [(9, False), (10, True), (11, False), (13, False), (14, True), (15, False)],
)
def test_a_build_id_has_ten_or_fourteen_digits(build_id: int, is_good: bool) -> None:
    arguments = ("Firefox", "140.0", "2" * build_id, "release", "linux")

    if is_good:
        assert make_build(*arguments).build_id == "2" * build_id
    else:
        with pytest.raises(BadBuild, match="not a build id"):
            make_build(*arguments)


@pytest.mark.parametrize("length", [100, 101])
def test_platform_and_repository_of_a_build_are_cut(length: int) -> None:
    build = make_build("Firefox", "140.0", "2" * 14, "release", "p" * length, "r" * length)

    assert (build.platform, build.repository) == ("p" * 100, "r" * 100)


@pytest.mark.parametrize(
    ("version", "is_good"),
    [
        ("1234.0", True), ("12345.0", False),
        ("1.123456", True), ("1.1234567", False),
        ("1.2.3.4.5", True), ("1.2.3.4.5.6", False),
        ("1", False), ("1.0b999", True), ("1.0b1000", False), ("1.0a2", True), ("1.0a3", False),
    ],
)  # fmt: skip
def test_a_version_has_so_many_digits(version: str, is_good: bool) -> None:
    if is_good:
        parse_version(version)
    else:
        with pytest.raises(BadBuild, match="not a version"):
            parse_version(version)


@pytest.mark.parametrize("links", [5, 6])
def test_so_many_links_of_a_page_are_read(
    source: Source, monkeypatch: pytest.MonkeyPatch, links: int
) -> None:
    monkeypatch.setattr(release_tree, "_MOST_LINKS", 5)
    source.put("/pub/", "".join(f'<a href="{number}/">' for number in range(links)))

    with Fetcher(CronConfig()) as fetcher:
        assert len(release_tree._links(fetcher, f"{source.url}/pub/")) == 5


@pytest.mark.parametrize("length", [500, 501])
def test_the_text_of_an_error_is_cut(length: int) -> None:
    assert errors.keep(JobFailed("x" * length)).text == "x" * 500


HEALTHY = CronJob("bugs", limit_seconds=60, first_run=NOON, next_run=NOON)


@pytest.mark.parametrize(("failures", "severity"), [(2, alarm.WARNING), (3, alarm.CRITICAL)])
def test_a_job_is_critical_after_three_failures(failures: int, severity: int) -> None:
    assert alarm.severity(HEALTHY._replace(errors=failures), NOON) == severity


@pytest.mark.parametrize(
    ("seconds", "severity"), [(0, alarm.OK), (1, 1), (3600, alarm.WARNING), (3601, alarm.CRITICAL)]
)
def test_a_job_is_critical_when_it_is_an_hour_late(seconds: int, severity: int) -> None:
    now = NOON + timedelta(seconds=60) + GRACE + seconds * SECOND

    assert alarm.severity(HEALTHY, now) == severity


@pytest.mark.parametrize("seconds", [60, 61])
def test_a_job_is_ahead_beyond_a_minute(seconds: int) -> None:
    job = HEALTHY._replace(done_until=NOON + seconds * SECOND)

    assert job.state(NOON) == ("ok" if seconds == 60 else "ahead")


@pytest.mark.parametrize(("seconds", "may"), [(0, True), (1, False), (3600, False), (3601, True)])
def test_a_wait_after_a_failure_is_an_hour_at_most(seconds: int, may: bool) -> None:
    progress = Progress(errors=9, next_try=NOON + seconds * SECOND)

    assert may_try(progress, NOON) is may


@pytest.mark.parametrize("notes", [100, 101])
def test_so_many_notes_of_a_run_are_kept(
    make_runner: MakeRunner, database: Database, notes: int
) -> None:
    job = Job("notes", "Notes.", hourly(), lambda _run: Done(0, ["note"] * notes))

    make_runner("tests.cron.jobs.NOTE", [job]).run_all(Stop())

    assert ask(database, "SELECT cardinality(notes) FROM cron_log") == [(100,)]


@pytest.mark.parametrize(("seconds", "stuck"), [(110, False), (130, True)])
def test_the_heartbeat_fails_when_the_clock_is_stuck(seconds: float, stuck: bool) -> None:
    class Clock:
        last_heartbeat = time.monotonic() - seconds

    if stuck:
        with pytest.raises(app.Stuck, match="has not checked what is due for 130 seconds"):
            app.check_clock(Clock(), patience=120)
    else:
        app.check_clock(Clock(), patience=120)


def test_while_postgres_is_away_the_clock_tries_again_after_fifteen_seconds_at_most() -> None:
    waits: list[float] = []

    class Enough(Stop):
        def __bool__(self) -> bool:
            return len(waits) == 6

        def wait(self, seconds: float) -> bool:
            waits.append(seconds)
            return False

    class Away:
        def declare(self) -> None:
            raise psycopg2.OperationalError("no answer")

    app.run(Away(), Enough())

    assert waits == [1, 2, 4, 8, 15, 15]
