"""The line of impact of a report: how much its signature crashes, in words."""

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlencode

from django.urls import reverse

from socorro.queries.impact import DAYS, Bug, Counts, Impact
from webapp.config import WebappConfig
from webapp.crashstats import bug_tracker, searchable


class BugLink(NamedTuple):
    """A bug, and its address."""

    bug_id: int
    url: str
    is_open: bool
    title: str


class Line(NamedTuple):
    """The words of the line, and its links."""

    crashes: str
    is_estimated: bool
    change: str
    direction: str  # worse, better or ""
    rank: int | None
    rank_link: str
    program: str
    build: str
    build_link: str
    bugs: Sequence[BugLink]
    bugs_text: str
    is_counted: bool
    days: str
    all_crashes: str
    all_link: str
    today: str


def line(config: WebappConfig, impact: Impact, signature: str, product: str, version: str) -> Line:
    """Put an impact into words."""
    counts, build = impact.counts, impact.first_build or ""
    search = {"signature": f"={signature}", "product": product}
    program = {"product": product, "version": version}
    days = {"date": [f">={impact.start}", f"<{impact.end}"]}
    return Line(
        _crashes(round(counts.estimated_count)),
        round(counts.estimated_count) != counts.crash_count,
        _change(counts),
        _direction(counts),
        impact.rank,
        f"{reverse('top_crashers')}?{urlencode(program, errors='replace')}",
        f"{product} {version}",
        build,
        searchable.address("build", build),
        [_bug(config, bug) for bug in impact.bugs],
        _bugs_text(impact.bugs),
        impact.first_report is not None,
        _days(impact),
        _all(counts),
        f"{searchable.PAGE}?{urlencode({**search, **days}, doseq=True, errors='replace')}",
        f"{today:,}" if (today := round(counts.today_estimated)) else "",
    )


def signature_link(signature: str, product: str) -> str:
    """Return the page of a signature, seen from a product."""
    state = {"signature": signature, "product": product}
    query = urlencode({name: text for name, text in state.items() if text}, errors="replace")
    return f"{reverse('signature')}?{query}"


def _days(impact: Impact) -> str:
    last = impact.end.fromordinal(impact.end.toordinal() - 1)
    month = "" if impact.start.month == last.month else f"\N{NO-BREAK SPACE}{impact.start:%b}"
    return f"{DAYS} days, {impact.start.day}{month} to {last.day}\N{NO-BREAK SPACE}{last:%b}"


def _crashes(count: int) -> str:
    return f"{count:,} crash{'es' * (count != 1)}"


def _all(counts: Counts) -> str:
    if not counts.crash_count:
        return "All crashes"
    if round(counts.estimated_count) != counts.crash_count:
        return f"All {counts.crash_count:,} processed crashes"
    return f"All {_crashes(counts.crash_count)}" if counts.crash_count > 1 else "All crashes"


def _change(counts: Counts) -> str:
    before = round(counts.previous_estimated)
    now = round(counts.estimated_count)
    if not before:
        return "none in the 7 days before" if now else ""
    if now == before:
        return "as many as in the 7 days before"
    return f"from {before:,}"


def _direction(counts: Counts) -> str:
    change = round(counts.estimated_count) - round(counts.previous_estimated)
    if not counts.previous_count or not change:
        return ""
    return "worse" if change > 0 else "better"


def _bugs_text(bugs: Sequence[Bug]) -> str:
    if not bugs:
        return "no bug"
    count = sum(bug.is_open for bug in bugs)
    return f"{len(bugs)} bug{'s' * (len(bugs) > 1)} ({count or 'none'} open)"


def _bug(config: WebappConfig, bug: Bug) -> BugLink:
    title = ", ".join(filter(None, (f"{bug.status} {bug.resolution}".strip(), bug.summary)))
    return BugLink(bug.bug_id, bug_tracker.bug_url(config, bug.bug_id), bug.is_open, title[:300])
