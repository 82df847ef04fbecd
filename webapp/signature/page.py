"""The page of one signature.

Its numbers come from the daily tables, from results of jobs and from segments of search: none scans
weeks of reports. Searches run beside the statements of Postgres; a section without an answer in
time says so.
"""

from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from socorro.accounts.permissions import VIEW_PII
from socorro.postgres import Connection
from socorro.queries import reports
from socorro.questions import signature_counts
from socorro.questions.words import midnight
from socorro.search.interface import Permitted
from socorro.search.summary import UPTIME, Of, Summary, comments_query, summary_of, summary_query
from webapp.accounts.access import has_permission
from webapp.context import context_of
from webapp.crashstats import bug_tracker, errors
from webapp.crashstats.paging import BadPlace, place_from
from webapp.frame import cells
from webapp.frame.asked import Content, ask_in, csv
from webapp.signature import head, sections, tables
from webapp.signature import reports as listed
from webapp.signature.links import Crashes, SectionLinks
from webapp.signature.searches import Missing, Search, Searches, hits
from webapp.signature.shares import KINDS, SHOWN, shares

DAYS: Final = (1, 3, 7, 14, 28)
COMMENTS: Final = 10
ELSEWHERE: Final = (tables.DAYS, tables.BUILDS, tables.CORRELATIONS, tables.SIMILAR, tables.SITES)
LONGEST: Final = 255  # characters of a signature


class Begun(NamedTuple):
    """The searches of the page that are under way; None: not requested."""

    summary: Search
    comments: Search | None
    reports: Search | None


@require_safe
def signature(request: HttpRequest) -> HttpResponse:
    """Show a signature: its sentence, and a section for each question about it."""
    links = SectionLinks.of_page(request)
    if not links.value("signature"):
        return HttpResponseRedirect(reverse("home"))
    try:
        before = place_from(request.GET.get("before", ""))
    except BadPlace:
        return errors.bad_request(request)
    with context_of(request).database.transaction() as db:
        wants_csv = links.value("format") == "csv"
        if wants_csv and (answer := _csv(request, db, links)) is not None:
            return answer
        first = ask_in(request, db, tables.VERSIONS, _of_versions(links))
        if first.problems:
            return _without(request, db, first)
        of_page, page = _page(request, db, links, first, before)
    return render(request, "crashstats/signature.html", {**page, **_searched(of_page, page)})


def _of_versions(links: SectionLinks) -> SectionLinks:
    return links.reading(sections.own_parameters(tables.VERSIONS, 0))


def _csv(request: HttpRequest, db: Connection, links: SectionLinks) -> HttpResponse | None:
    """Return one of the tables as CSV; None for a table that the page does not have."""
    page = next((one for one in tables.TABLES if one.key == links.value("table")), None)
    if page is None:
        return None
    first = ask_in(request, db, tables.VERSIONS, _of_versions(links))
    days = 0 if first.problems else (first.answer.about["end"] - first.answer.about["start"]).days
    content = ask_in(request, db, page, links.reading(sections.own_parameters(page, days)))
    return None if content.problems else csv(content)


def _page(
    request: HttpRequest,
    db: Connection,
    links: SectionLinks,
    first: Content,
    before: reports.Place | None,
) -> tuple[Begun, dict[str, Any]]:
    """Begin the searches, and answer everything else meanwhile."""
    about = first.answer.about
    order = listed.order_of(links)
    crashes = Crashes(links, about["start"], about["end"])
    begun = _begin(request, links, about, order)
    summary = head.head(db, context_of(request).config, first)
    of = _of(links)
    rows = listed.newest(db, of, before)
    content = {
        page.key: sections.ask(request, db, page, links, summary.days, first) for page in ELSEWHERE
    }
    return begun, {
        "head": summary,
        "change": cells.change(summary.change, " %", 0, "worse"),
        "signature": summary.signature,
        "links": links,
        "current": tables.ROUTE,
        "product": links.value("product"),
        "version": links.values("version"),
        "channel": links.value("channel"),
        "ranges": _ranges(links, summary.days),
        "products": _products(links, first),
        "channels": _channels(links, first, content["builds"]),
        "versions": sections.Section(first),
        "sections": content,
        "split": _split(content["similar"]),
        "crashes": crashes,
        "search": crashes.page(),
        "summary": crashes.summary(),
        "feed": crashes.feed(),
        "new_bug": _new_bug(request, rows),
        "order": order,
        "newest": listed.newest_table(rows, links, crashes, before),
        "may_read_comments": begun.comments is not None,
        "is_counted": summary.first_date is not None,
        "seen": None if summary.crash_count else reports.seen(db, summary.signature),
        "whole_signature": links.here(product=None, version=None, channel=None, before=None),
        "empty_reason": _empty_reason(summary.signature),
    }


def _of(links: SectionLinks) -> Of:
    return Of(
        links.value("signature"),
        links.value("product"),
        links.values("version"),
        links.value("channel").lower(),
    )


def _begin(
    request: HttpRequest, links: SectionLinks, about: Mapping[str, Any], order: listed.Order
) -> Begun:
    searches = Searches(context_of(request).search)
    of, days = _of(links), (about["start"], about["end"])
    period = (midnight(days[0]), midnight(days[1]))
    query = summary_query(of, *period, SHOWN, kinds=KINDS, with_installs=False)
    comments = None
    if has_permission(request, VIEW_PII):
        protected = comments_query(of, *period, COMMENTS)
        comments = searches.begin(protected, Permitted(protected=True), hits)
    return Begun(
        searches.begin(query, Permitted(), summary_of),
        comments,
        listed.begin(searches, of, *days, order),
    )


def _searched(begun: Begun, page: Mapping[str, Any]) -> dict[str, Any]:
    """Wait for the searches, and return what they answer, or why they do not."""
    answers: dict[str, Any] = {"shares": {}, "reports": page["newest"]}
    try:
        summary = begun.summary.answer()
        answers["search_notes"] = summary.problems
        answers["uncounted"] = _uncounted(summary, page)
        kinds = {key: shares(summary, key, page["crashes"]) for key in (*KINDS, UPTIME)}
        answers["shares"] = kinds
        answers["systems"] = kinds[
            "os_pretty_version" if kinds["os_pretty_version"].lines else "os_name"
        ]
    except Missing as error:
        answers["search_problem"] = str(error)
    if begun.comments is not None:
        try:
            answers["comments"], answers["comments_total"] = begun.comments.answer()
        except Missing as error:
            answers["comments_problem"] = str(error)
    if begun.reports is not None:
        try:
            answers["reports"] = listed.ordered_table(
                begun.reports, page["order"], page["links"], page["crashes"]
            )
        except Missing as error:
            answers["reports_problem"] = str(error)
    return answers


def _uncounted(summary: Summary, page: Mapping[str, Any]) -> int:
    """Return how many crashes search has that are not counted; 0 when they cannot be compared."""
    if page["version"] or page["channel"]:
        return 0
    counted: int = page["head"].crash_count
    return max(0, summary.crash_count - counted)


def _ranges(links: SectionLinks, days: int) -> list[tuple[int, str, bool]]:
    """Return the lengths of the period: days, address, whether it is this one."""
    changes: dict[str, None] = dict.fromkeys(("from_", "to", "before", "offset"), None)
    return [(choice, links.here(days=str(choice), **changes), choice == days) for choice in DAYS]


def _products(links: SectionLinks, first: Content) -> list[tuple[str, str]]:
    """Return the products of the versions listed, each with the page about it."""
    if links.value("product"):
        return []
    names = list(dict.fromkeys(row["product"] for row in first.rows))
    return [(name, links.here(product=name)) for name in names] if len(names) > 1 else []


def _channels(
    links: SectionLinks, first: Content, builds: sections.Section
) -> list[tuple[str, str]]:
    """Return the other channels of the product whose builds are shown."""
    about = builds.content.answer.about if builds.content else {}
    product = about.get("product")
    names = dict.fromkeys(row["channel"] for row in first.rows if row["product"] == product)
    others = [name for name in names if name and name != about.get("channel")]
    return [(name, f"{links.here(product=product, channel=name)}#builds") for name in others]


def _split(similar: sections.Section) -> Mapping[str, Any] | None:
    """Return the two parts of the signature that its stacks fall into, if they were compared."""
    about = similar.content.answer.about if similar.content else {}
    return about.get("parts") or None


def _new_bug(request: HttpRequest, rows: Sequence[Mapping[str, Any]]) -> Any:
    """Return a link to the form for a new bug, filled in from the newest report."""
    if not rows:
        return None
    newest = rows[0]
    address = request.build_absolute_uri(reverse("report", args=[newest["crash_id"]]))
    config = context_of(request).config
    return bug_tracker.new_bug(config, newest["crash_id"], address, newest, None)


def _empty_reason(name: str) -> str:
    """Return why there is no signature, for one that says so."""
    prefix, _, reason = name.partition("EMPTY: ")
    return reason if not prefix else ""


def _without(request: HttpRequest, db: Connection, content: Content) -> HttpResponse:
    """Answer for a signature that no report has (200, with the nearest), or a bad parameter."""
    is_unknown = "signature" in content.problems
    name = content.links.value("signature")
    nearest = signature_counts.nearest(db, name) if is_unknown else []
    others = {key: text for key, text in content.problems.items() if key != "signature"}
    page = {
        "signature": name,
        "current": tables.ROUTE,
        "nearest": [(one, _address(one)) for one in nearest],
        "is_cut": len(request.GET.get("signature", "")) > LONGEST,
        "longest": LONGEST,
        "problems": others,
        "is_unknown": is_unknown,
    }
    status = 400 if others else 200
    return render(request, "crashstats/signature_unknown.html", page, status=status)


def _address(name: str) -> str:
    return SectionLinks(reverse(tables.ROUTE), {"signature": [name]}).here()
