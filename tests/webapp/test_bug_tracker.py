"""The links to a form for a new bug, and to source code, by URL template."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from pydantic import ValidationError

from socorro.crash_id import CrashId
from webapp.config import WebappConfig
from webapp.crashstats import bug_tracker
from webapp.crashstats.sources import Links, source
from webapp.crashstats.stack import Thread, thread_of

CRASH = CrashId("0bba929f-8721-460c-8e70-a43c00261123")
REPORT = f"https://crashes.example/report/index/{CRASH}"
PUBLIC = {
    "signature": "a::b | c&d=e#f",
    "product": "Firefox",
    "version": "140.0",
    "os_name": "Windows NT",
    "cpu_arch": "amd64",
    "reason": "SIGSEGV",
}


def config(**settings: Any) -> WebappConfig:
    return WebappConfig(secret_key_file=Path("key"), **settings)


def thread(*functions: str) -> Thread:
    frames = [{"frame": place, "function": name} for place, name in enumerate(functions)]
    return thread_of(0, {"frames": frames}, Links())


def new_bug(public: dict[str, Any], stack: Thread | None = None, **settings: Any) -> str:
    link = bug_tracker.new_bug(config(**settings), CRASH, REPORT, public, stack)
    assert link is not None
    return link.url


@pytest.mark.parametrize(
    ("settings", "place", "title", "body"),
    [
        ({}, "https://bugzilla.mozilla.org/enter_bug.cgi", "short_desc", "comment"),
        ({"bug_tracker": "github", "bug_tracker_url": "https://github.com/a/b/"},
         "https://github.com/a/b/issues/new", "title", "body"),
        ({"bug_tracker": "gitlab", "bug_tracker_url": "https://gitlab.com/a/b"},
         "https://gitlab.com/a/b/-/issues/new", "issue[title]", "issue[description]"),
        ({"bug_tracker": "jira", "bug_tracker_url": "https://jira.example", "bug_project": "10"},
         "https://jira.example/secure/CreateIssueDetails!init.jspa", "summary", "description"),
        ({"bug_template": "https://bugs.example/new?s={title}&t={body}&v={version}"},
         "https://bugs.example/new", "s", "t"),
    ],
)  # fmt: skip
def test_the_form_for_a_new_bug_is_filled_in(
    settings: dict[str, Any], place: str, title: str, body: str
) -> None:
    address = urlsplit(new_bug(PUBLIC, thread("top", "main"), **settings))

    fields = dict(parse_qsl(address.query))
    assert f"{address.scheme}://{address.netloc}{address.path}" == place
    assert fields[title] == "Crash in [@ a::b | c&d=e#f ]"
    assert fields[body].startswith(f"Crash report: {REPORT}\n")
    assert "0  ?  top\n1  ?  main\n" in fields[body]
    assert not address.fragment


def test_bugzilla_gets_product_system_and_signature() -> None:
    fields = dict(parse_qsl(urlsplit(new_bug(PUBLIC)).query))

    assert fields["product"] == "Firefox"
    assert (fields["op_sys"], fields["rep_platform"]) == ("Windows", "x86_64")
    assert fields["cf_crash_signature"] == "[@ a::b | c&d=e#f ]"


HOSTILE = "```\n{noformat}\n@everyone <img src=x>\u202e\0{title}\x1b[31m\ud800"


@pytest.mark.parametrize("tracker", ["bugzilla", "github", "gitlab", "jira"])
def test_hostile_values_stay_values(tracker: str) -> None:
    public = dict.fromkeys(PUBLIC, HOSTILE)

    url = new_bug(public, thread(HOSTILE, "x" * 10_000), bug_tracker=tracker)

    fields = parse_qsl(urlsplit(url).query, errors="strict", strict_parsing=True)
    body = fields[-1][1]
    fence = "{noformat}" if tracker == "jira" else "````"
    assert url.isascii()
    assert len(url) <= bug_tracker.LONGEST_URL
    assert len(fields) == len(parse_qsl(urlsplit(new_bug(PUBLIC, bug_tracker=tracker)).query))
    assert not set("\u202e\0\x1b") & set("".join(value for _, value in fields))
    assert body.count(fence) == 2
    assert body.splitlines()[1].startswith(fence)
    assert body.rstrip().endswith(fence)


def test_very_long_signatures_leave_a_link() -> None:
    url = new_bug({**PUBLIC, "signature": "é::" * 3000, "reason": "x" * 9000})

    assert len(url) <= bug_tracker.LONGEST_URL
    assert dict(parse_qsl(urlsplit(url).query))["comment"] == REPORT


def test_bugs_have_an_address_in_their_tracker() -> None:
    assert bug_tracker.bug_url(config(), 7) == "https://bugzilla.mozilla.org/show_bug.cgi?id=7"
    assert bug_tracker.bug_url(config(bug_tracker="none"), 7) == ""
    assert bug_tracker.new_bug(config(bug_tracker="none"), CRASH, REPORT, PUBLIC, None) is None


@pytest.mark.parametrize(
    "settings",
    [
        {"bug_template": "javascript:alert({title})"},
        {"bug_template": "https://{title}/new"},
        {"bug_template": "https://bugs.example/{titel}"},
        {"bug_template": "//bugs.example/"},
        {"bug_tracker_url": "https://bugs.example/{title}"},
        {"bug_tracker_url": "bugs.example"},
        {"bug_tracker": "mantis"},
        {"source_links": {"Firefox": "https://x.example/{file}"}},
        {"source_links": {"Firefox": "javascript:{path}"}},
    ],
)
def test_settings_that_are_no_addresses_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        config(**settings)


PLAIN = "https://code.example/{path}#{line}"
EXACT = "https://code.example/{repository}/{revision}/{path}#{line}"
INDEXED = "hg:hg.mozilla.org/central:dom/a b.cpp:2f2a"


@pytest.mark.parametrize(
    ("templates", "file", "url"),
    [
        ({"Firefox": PLAIN}, "dom/a b.cpp", "https://code.example/dom/a%20b.cpp#7"),
        ({"Firefox": PLAIN}, "/builds/gecko/dom/a.cpp", "https://code.example/dom/a.cpp#7"),
        ({"Firefox": PLAIN}, "c:\\gecko\\dom\\a.cpp", "https://code.example/dom/a.cpp#7"),
        ({"Firefox": PLAIN}, "/usr/src/a.cpp", ""),
        ({"Firefox": PLAIN}, "c:\\other\\a.cpp", ""),
        ({"Firefox": PLAIN}, "javascript:alert(1)", ""),
        ({"Firefox": PLAIN}, "../../x", ""),
        ({"Firefox": PLAIN}, "a?b=c&d#e", "https://code.example/a%3Fb%3Dc%26d%23e#7"),
        ({"Thunderbird": PLAIN}, "dom/a.cpp", ""),
        ({"Firefox": EXACT}, INDEXED, "https://code.example/central/2f2a/dom/a%20b.cpp#7"),
        ({"Firefox": EXACT}, "dom/a.cpp", ""),  # of no known revision
        ({"Firefox": EXACT}, "hg:hg.mozilla.org/../x:a.cpp:2f2a", ""),
        ({"hg.mozilla.org/central": PLAIN}, INDEXED, "https://code.example/dom/a%20b.cpp#7"),
        # Without {repository} it would send libraries to the program's own source.
        ({"Firefox": PLAIN}, INDEXED, "https://hg.mozilla.org/central/annotate/2f2a/dom/a%20b.cpp#l7"),
    ],
)  # fmt: skip
def test_frames_link_to_source_by_the_template_of_their_product(
    templates: dict[str, str], file: str, url: str
) -> None:
    roots = ["/builds/gecko/", "c:\\gecko"]

    place = source(file, 7, Links(["hg.mozilla.org"], templates, roots, "Firefox"))

    assert place.url == url
