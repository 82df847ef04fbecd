"""Links into the bug tracker: to a bug, and to a form for a new one with what a bug report wants.

Everything that comes from a crash is shown there as text: in the title, which no tracker reads as
markup, and in a block of preformatted text that no line of a stack can end.
"""

import re
from collections.abc import Mapping
from typing import Final, NamedTuple

from socorro.crash_id import CrashId
from socorro.visible import visible
from webapp import url_templates
from webapp.config import WebappConfig
from webapp.crashstats import plaintext
from webapp.crashstats.reading import Document, text
from webapp.crashstats.stack import Thread

LONGEST_URL: Final = 7000  # characters; servers refuse more than 8,190
LONGEST_TITLE: Final = 250  # what Bugzilla takes
LONGEST_VALUE: Final = 500
FRAMES: Final = (12, 8, 4, 0)  # as many as fit into the address


class Tracker(NamedTuple):
    """URL templates of a kind of tracker; *tracker* is the address that the settings say."""

    name: str
    new: str
    bug: str


TRACKERS: Final[Mapping[str, Tracker]] = {
    "bugzilla": Tracker(
        "Bugzilla",
        "/enter_bug.cgi?product={project}&op_sys={os}&rep_platform={cpu}&bug_type=defect"
        "&keywords=crash&cf_crash_signature={signature}&short_desc={title}&comment={body}",
        "/show_bug.cgi?id={bug}",
    ),
    "github": Tracker("GitHub", "/issues/new?title={title}&body={body}", "/issues/{bug}"),
    "gitlab": Tracker(
        "GitLab",
        "/-/issues/new?issue%5Btitle%5D={title}&issue%5Bdescription%5D={body}",
        "/-/issues/{bug}",
    ),
    "jira": Tracker(
        "Jira",
        "/secure/CreateIssueDetails!init.jspa?pid={project}&issuetype=1&summary={title}"
        "&description={body}",
        "/issues/?jql=id%20%3D%20{bug}",
    ),
}
_SYSTEMS: Final = {"Windows NT": "Windows", "Mac OS X": "macOS", "Linux": "Linux",
                   "Android": "Android"}  # fmt: skip
_CPUS: Final = {"x86": "x86", "amd64": "x86_64", "arm": "ARM", "arm64": "ARM64"}


class NewBug(NamedTuple):
    """A link to a form for a new bug."""

    url: str
    tracker: str


def bug_url(config: WebappConfig, bug_id: int) -> str:
    """Return the address of a bug; "" without a tracker."""
    tracker = TRACKERS.get(config.bug_tracker)
    if tracker is None:
        return ""
    return url_templates.fill(config.bug_tracker_url + tracker.bug, {"bug": bug_id})


def new_bug(
    config: WebappConfig, crash_id: CrashId, report: str, public: Document, thread: Thread | None
) -> NewBug | None:
    """Return a link to the form, filled in; None without a tracker. *report* is its address."""
    tracker = TRACKERS.get(config.bug_tracker)
    if tracker is None:
        return None
    template = config.bug_template or config.bug_tracker_url + tracker.new
    values = _values(config, crash_id, report, public)
    url = ""
    for frames in FRAMES:
        body = plaintext.plaintext(report, public, thread, frames)
        values["body"] = _preformatted(body, config.bug_tracker)
        url = url_templates.fill(template, values)
        if len(url) <= LONGEST_URL:
            break
    else:
        values["body"] = report
        url = url_templates.fill(template, values)
    return NewBug(url, tracker.name)


def _values(
    config: WebappConfig, crash_id: CrashId, report: str, public: Document
) -> dict[str, str]:
    signature = _short(text(public, "signature"))
    product = _short(text(public, "product"))
    return {
        "title": f"Crash in [@ {signature} ]"[:LONGEST_TITLE],
        "signature": f"[@ {signature} ]",
        "product": product,
        "project": config.bug_project or product,
        "version": _short(text(public, "version")),
        "os": _SYSTEMS.get(text(public, "os_name"), "All"),
        "cpu": _CPUS.get(text(public, "cpu_arch"), "All"),
        "reason": _short(text(public, "reason")),
        "report": report,
        "crash_id": crash_id,
    }


def _short(value: str) -> str:
    return visible(value)[:LONGEST_VALUE]


def _preformatted(body: str, tracker: str) -> str:
    """Put a text into a block of code; its first line, the address of the report, stays a link."""
    address, _, rest = visible(body, lines=True).partition("\n")
    if tracker == "jira":
        inner = rest.replace("{noformat}", "{ noformat }")
        return f"{address}\n{{noformat}}\n{inner}{{noformat}}\n"
    longest = max(map(len, re.findall("`+", rest)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{address}\n{fence}\n{rest}{fence}\n"
