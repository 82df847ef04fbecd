"""Bugs of a real server, in Bugzilla's two shapes, into bugs and bug_signatures."""

import csv
import io
import json
import time
from datetime import timedelta
from typing import Any

import pytest

from cron import bugzilla
from cron.bugs import signatures_in
from cron.fetch import SourceFailed
from cron.jobs import bugs
from socorro.postgres import Database
from tests.builders import NOON
from tests.cron.asking import ask
from tests.cron.conftest import MakeRun
from tests.cron.source import Answer, Query, Source

BUGS = "SELECT bug_id, status, resolution, duplicate_of FROM bugs ORDER BY 1"
NOW = "SELECT bug_id, signature FROM bug_signatures WHERE until IS NULL ORDER BY 1, 2"
EVER = "SELECT bug_id, signature, until IS NULL FROM bug_signatures ORDER BY since, 1, 2"
SHOWN = "SELECT signature, bug_id, status, duplicate FROM signature_bugs ORDER BY 1, 2"


class Bugzilla:
    """A Bugzilla with the REST interface of today."""

    def __init__(self, source: Source) -> None:
        self.bugs: dict[int, dict[str, Any]] = {}
        self.queries: list[Query] = []
        self.hidden: set[int] = set()
        self.seconds = 0.0  # that an answer takes
        source.pages["/rest/bug"] = self.answer

    def put(
        self, bug_id: int, signature: str = "", changed: str = "2026-11-23", **fields: Any
    ) -> None:
        self.bugs[bug_id] = {
            "id": bug_id, "status": "NEW", "resolution": "", "summary": f"Bug {bug_id}",
            "dupe_of": None, "cf_crash_signature": signature,
            "last_change_time": f"{changed}T10:00:00Z", **fields,
        }  # fmt: skip

    def answer(self, query: Query) -> Answer:
        self.queries.append(query)
        time.sleep(self.seconds)
        bugs = [self.bugs[bug_id] for bug_id in sorted(self.bugs) if bug_id not in self.hidden]
        if "id" in query:
            bug_ids = {int(bug_id) for bug_id in query["id"][0].split(",")}
            bugs = [bug for bug in bugs if bug["id"] in bug_ids]
        else:
            since = query["chfieldfrom"][0]
            start = int(query["offset"][0])
            bugs = [bug for bug in bugs if bug["last_change_time"][:10] >= since]
            bugs = bugs[start : start + int(query["limit"][0])]
        names = query["include_fields"][0].split(",")
        shown = [{name: bug[name] for name in names} for bug in bugs]
        return Answer(json.dumps({"bugs": shown}).encode())


@pytest.fixture
def tracker(source: Source) -> Bugzilla:
    return Bugzilla(source)


@pytest.fixture
def match(source: Source, make_run: MakeRun) -> Any:
    """Run the job, on the day after its last success unless told."""

    def work(since_days: int | None = 1, days: int = 0) -> int:
        now = NOON + timedelta(days=days)
        since = None if since_days is None else now - timedelta(days=since_days)
        return bugs.work(make_run(bugs.JOB, now, since, bugzilla=f"{source.url}/")).rows

    return work


@pytest.mark.parametrize(
    ("text", "signatures"),
    [
        ("[@ strlen ]", ["strlen"]),
        ("[@strlen]", ["strlen"]),
        ("[@ a ][@ b ]\r\n[@ c]", ["a", "b", "c"]),
        ("[@ a ] and [@ a ]", ["a"]),
        ("[@ core::slice::impl$0<T>[u8]::index ]", ["core::slice::impl$0<T>[u8]::index"]),
        ("[@ hang | ntdll.dll@0x1 | F(int [4]) ]", ["hang | ntdll.dll@0x1 | F(int [4])"]),
        ("[@ foo] (regressed [1])", ["foo"]),
        ("Crash in [@ a::b ] and [@ c[2] | d ] [e]", ["a::b", "c[2] | d"]),
        ("[@ foo |\nbar]", ["foo | bar"]),
        ("[@foo|bar]", ["foo | bar"]),
        ("[@ foo |bar| baz\t  | a  b ]", ["foo | bar | baz | a b"]),
        (
            "[@ A::operator| | B::operator|| | C::operator|= ]",
            ["A::operator| | B::operator|| | C::operator|="],
        ),
        ("[@ x::y\u200b ]", ["x::y"]),
        ("[@ foo |  \r\n  bar | \n baz ]\r\n[@ c]", ["foo | bar | baz", "c"]),
        ("[@ a[u8] |\nb] (see [1])", ["a[u8] | b"]),
        ("[@ operator[] | operator new[]]", ["operator[] | operator new[]"]),
        ("[@ F([Ljava.lang.String;) ]\n[@ b]", ["F([Ljava.lang.String;)", "b"]),
        ("[@ F([Ljava.lang.String;) ] (again)", ["F([Ljava.lang.String;)"]),
        ("[@ cut[ ]\nsee [1]", ["cut["]),
        ("[@ a\n[@ b]", ["b"]),
        ("[@ " + "[" * 9 + "x" + "]" * 10, ["[" * 9 + "x" + "]" * 9]),
        ("[@ unclosed", []),
        ("[@ ]", []),
        ("strlen", []),
        ("", []),
        (f"[@ {'x' * 300} ]", ["x" * 255]),
    ],
)
def test_signatures_are_in_brackets(text: str, signatures: list[str]) -> None:
    assert list(signatures_in(text)) == signatures


@pytest.mark.parametrize("filling", ["[", "]", "[@", " ", "\n", " \n", "]x\n", "[\r\n] ", "x"])
def test_a_hostile_text_is_read_in_linear_time(filling: str) -> None:
    started = time.monotonic()

    signatures_in("[@ a" + filling * (2**20 // len(filling)))

    assert time.monotonic() - started < 5  # 0.4 s; quadratic: hours


def test_bugs_that_name_signatures_are_kept_others_are_not(
    tracker: Bugzilla, match: Any, database: Database
) -> None:
    tracker.put(1, "[@ strlen ]\n[@ malloc ]")
    tracker.put(2)
    tracker.put(3, "[@ strlen ]", status="RESOLVED", resolution="FIXED")

    match(None)

    assert ask(database, BUGS) == [(1, "NEW", "", None), (3, "RESOLVED", "FIXED", None)]
    assert ask(database, NOW) == [(1, "malloc"), (1, "strlen"), (3, "strlen")]


def test_status_and_signatures_follow_the_tracker_and_history_is_kept(
    tracker: Bugzilla, match: Any, database: Database
) -> None:
    tracker.put(1, "[@ strlen ] [@ malloc ]")
    tracker.put(2, "[@ free ]")
    match(None)

    tracker.put(1, "[@ strlen ] [@ realloc ]", status="RESOLVED", resolution="WORKSFORME")
    tracker.put(2, "", summary="No crash at all")
    match()
    again = match()

    assert ask(database, BUGS) == [(1, "RESOLVED", "WORKSFORME", None), (2, "NEW", "", None)]
    assert ask(database, NOW) == [(1, "realloc"), (1, "strlen")]
    assert sorted(ask(database, EVER)) == [
        (1, "malloc", False), (1, "realloc", True), (1, "strlen", True), (2, "free", False),
    ]  # fmt: skip
    assert again == 0


def test_a_signature_that_comes_back_is_there_twice_with_a_gap(
    tracker: Bugzilla, match: Any, database: Database
) -> None:
    for signature in ("[@ strlen ]", "", "[@ strlen ]"):
        tracker.put(1, signature)
        match()

    assert ask(database, EVER) == [(1, "strlen", False), (1, "strlen", True)]


def test_duplicates_are_followed_one_hop_and_the_link_stays_where_it_was_made(
    tracker: Bugzilla, match: Any, database: Database
) -> None:
    tracker.put(1, "[@ strlen ]", status="RESOLVED", resolution="DUPLICATE", dupe_of=2)
    tracker.put(2, "", "2020-01-01", status="RESOLVED", resolution="DUPLICATE", dupe_of=3)
    tracker.put(3, "", "2020-01-01")
    tracker.put(4, "[@ strlen ]", status="RESOLVED", resolution="DUPLICATE", dupe_of=5)
    tracker.put(5, "[@ strlen ]")
    tracker.put(6, "[@ free ]", status="RESOLVED", resolution="DUPLICATE", dupe_of=7)
    tracker.put(7)
    tracker.hidden = {7}

    match(None)

    assert ask(database, NOW) == [(1, "strlen"), (4, "strlen"), (5, "strlen"), (6, "free")]
    assert ask(database, SHOWN) == [
        ("free", 6, "RESOLVED", None),
        ("strlen", 1, "RESOLVED", None),
        ("strlen", 2, "RESOLVED", 1),
        ("strlen", 4, "RESOLVED", None),
        ("strlen", 5, "NEW", None),
    ]

    tracker.put(1, "[@ strlen ]", status="REOPENED")
    match()
    assert (1, "REOPENED", "", None) in ask(database, BUGS)


def test_many_bugs_come_page_by_page(
    tracker: Bugzilla, match: Any, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bugzilla, "PAGE", 3)
    for bug_id in range(1, 8):
        tracker.put(bug_id, "[@ strlen ]")

    match(None)

    assert len(ask(database, BUGS)) == 7
    assert [query["offset"] for query in tracker.queries] == [["0"], ["3"], ["6"]]


def test_what_changed_since_the_last_success_is_asked_for_with_a_day_to_spare(
    tracker: Bugzilla, match: Any
) -> None:
    match(None)
    match(since_days=3, days=4)  # it was down for three days

    assert [query["chfieldfrom"] for query in tracker.queries] == [["2026-10-23"], ["2026-11-23"]]


GARBAGE = [
    "", "<html>", "[]", '{"bugs": 1}', '{"bugs": [1]}', '{"bugs": [{}]}', '{"error": true}',
    '{"bugs": [{"id": "x"}]}', '{"bugs": [{"id": -1}]}', '{"bugs": [{"id": 1, "dupe_of": []}]}',
    '{"bugs": [{"id": 1, "last_change_time": "noon"}]}', '{"bugs": [{"id": 1}',
]  # fmt: skip


def test_garbage_is_one_clear_error_and_changes_nothing(
    source: Source, tracker: Bugzilla, match: Any, database: Database
) -> None:
    tracker.put(1, "[@ strlen ]")
    match(None)

    for body in GARBAGE:
        source.put("/rest/bug", body)
        with pytest.raises(SourceFailed, match="/rest/bug is not a JSON list of bugs"):
            match()

    assert ask(database, NOW) == [(1, "strlen")]


def buglist(*bugs_: tuple[object, ...]) -> str:
    out = io.StringIO()
    writer = csv.writer(out, quoting=csv.QUOTE_NONNUMERIC, lineterminator="\n")
    names = ("bug_id", "bug_status", "resolution", "short_desc", "cf_crash_signature")
    writer.writerows([names, *bugs_])
    return out.getvalue()


def test_the_buglist_of_2012_is_read(source: Source, make_run: MakeRun, database: Database) -> None:
    at = f"{source.url}/buglist.cgi?ctype=csv&chfieldfrom={{since}}"
    source.put(
        "/buglist.cgi",
        buglist(
            (1, "NEW", "---", 'A "quoted", one', "[@ strlen ]\n[@ free ]"), (2, "NEW", "", "", "")
        ),
    )

    run = make_run(bugs.JOB, NOON, NOON, buglist=at)
    bugs.work(run)
    source.put("/buglist.cgi", buglist((1, "RESOLVED", "FIXED", "One", "[@ free ]")))
    bugs.work(run)

    assert source.requests == ["/buglist.cgi?ctype=csv&chfieldfrom=2026-11-22"] * 2
    assert ask(database, BUGS) == [(1, "RESOLVED", "FIXED", None)]
    assert ask(database, NOW) == [(1, "free")]


BAD_BUGLISTS = [
    ("<html><body>Log in</body></html>", "no column bug_id, bug_status"),
    ("", "no column bug_id"),
    (buglist((1, "NEW", "", "One", "[@ strlen ]"))[:-5], "is not CSV, or is cut short"),
    (buglist((1, "NEW", "")), "line 2 is cut short or too long"),
    (buglist((1, "NEW", "", "", "", "more")), "line 2 is cut short or too long"),
    (buglist(("x", "NEW", "", "", "")), "is not CSV, or is cut short"),
]


def test_an_unusable_bug_list_is_one_clear_error_and_changes_nothing(
    source: Source, make_run: MakeRun, database: Database
) -> None:
    for body, message in BAD_BUGLISTS:
        source.put("/buglist.cgi", body)
        with pytest.raises(SourceFailed, match=message):
            bugs.work(make_run(bugs.JOB, buglist=f"{source.url}/buglist.cgi"))

    assert ask(database, BUGS) == []
