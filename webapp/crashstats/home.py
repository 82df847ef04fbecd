"""The home page: crash rates, what to look at first, latest crashes, how to post a crash."""

from datetime import UTC, datetime
from typing import Any, NamedTuple
from urllib.parse import urlencode

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socorro import jobs
from socorro.crash_id import CrashId
from socorro.no_product import NO_PRODUCT, shown, stored
from socorro.queries import activity, bad_reports, reports
from webapp.context import context_of
from webapp.crashstats import chart, errors
from webapp.crashstats.overview import IN_LEAD, Overview, overview
from webapp.crashstats.paging import BadPlace, place_from, place_text
from webapp.frame.asked import csv

PAGE = 50
SHOWN = 10  # the other latest crashes are folded
COUNTS_SECONDS = 10  # counts of a whole day may be this old
MOST_CHARACTERS = 200  # of a filter
MOST_REASONS = 3  # that are named


class Choices(NamedTuple):
    """What the filter offers."""

    products: list[str]
    versions: list[str]


class Counts(NamedTuple):
    """What is counted of a day; *bad* is why crashes of it are in no other count."""

    hours: list[activity.Hour]
    versions: list[activity.VersionCount]
    bad: list[bad_reports.Reason]


def home(request: HttpRequest, product: str | None = None) -> HttpResponse:
    """Rates of all products or of one; latest crashes, crashes by hour, the queue."""
    context = context_of(request)
    is_of_path = product is not None
    product, version = product or _filter(request, "product"), _filter(request, "version")
    try:
        before = place_from(request.GET.get("before", ""))
    except BadPlace:
        return errors.bad_request(request)
    start, end = chart.window(datetime.now(UTC))
    with context.database.transaction() as db:
        latest = reports.latest(
            db, product=stored(product), version=version, before=before, most=PAGE + 1
        )
        depths = {depth.state: depth for depth in jobs.depths(db)}
        viewed = activity.requested(db, jobs.VIEWED)
        counts = _counts(db, start, end, product, version)
        rates = None
        if not before and product != NO_PRODUCT:
            rates = overview(request, db, product or "")
    if rates and request.GET.get("format") == "csv" and not rates.content.problems:
        return csv(rates.content)
    problems = set(rates.content.problems) if rates else set()
    is_wrong = bool(problems - {"product", "version"})  # these may be of crashes not counted yet
    is_unknown = bool(problems) and (is_wrong or not latest)
    page = {
        **_rates(rates, is_unknown),
        "latest": latest[:SHOWN],
        "folded": latest[SHOWN:PAGE],
        "older": _older(request, latest[PAGE - 1]) if len(latest) > PAGE else "",
        "newest": f"?{urlencode(_state(request))}",
        "chart": chart.chart(counts.hours, start),
        "bad": bad_reports.total(counts.bad),
        "bad_reasons": bad_reports.named(counts.bad, MOST_REASONS),
        "depths": depths,
        "viewed": viewed,
        "product": product,
        "no_product": NO_PRODUCT,
        "version": version,
        "choices": _choices(counts.versions, product, version),
        "before": before,
        "collector": context.config.collector_url.rstrip("/"),
    }
    status = 400 if is_wrong or (is_unknown and is_of_path) else 200
    return render(request, "crashstats/home.html", page, status=status)


def _rates(rates: Overview | None, is_unknown: bool) -> dict[str, Any]:
    """Return what the template shows of the counts; a product that is not counted yet has none."""
    if rates is None or (rates.content.problems and not is_unknown):
        return {}
    notes = [note for note in rates.content.answer.notes if note.code not in IN_LEAD]
    return {
        "overview": rates,
        "content": rates.content,
        "table": rates.content.table,
        "notes": notes if rates.content.rows else [],
    }


def _filter(request: HttpRequest, name: str) -> str | None:
    return request.GET.get(name, "").replace("\0", "")[:MOST_CHARACTERS] or None


def _counts(
    db: Any, start: datetime, end: datetime, product: str | None, version: str | None
) -> Counts:
    """Count a day, or return counts of some seconds ago; those of an empty day are not cached."""
    key = f"counts-{hash((start, product, version))}"
    counts: Counts | None = cache.get(key)
    if counts is None:
        counts = Counts(
            activity.hours(db, start, end, product=stored(product), version=version),
            activity.versions(db, start, end),
            bad_reports.reasons(db, start, end, product, version),
        )
        if counts.hours:
            cache.set(key, counts, COUNTS_SECONDS)
    return counts


def _choices(
    versions: list[activity.VersionCount], product: str | None, version: str | None
) -> Choices:
    products = {shown(entry.product) for entry in versions} | ({product} if product else set())
    matching = {
        entry.version: entry.sort_key
        for entry in versions
        if entry.version and product in (None, shown(entry.product))
    }
    newest_first = sorted(matching, key=lambda name: (matching[name], name), reverse=True)
    if version and version not in matching:
        newest_first.append(version)
    return Choices(sorted(products, key=lambda name: (name == NO_PRODUCT, name)), newest_first)


def _state(request: HttpRequest) -> dict[str, str]:
    """Return the filter's part of the query."""
    return {key: request.GET[key] for key in ("product", "version") if request.GET.get(key)}


def _older(request: HttpRequest, last: reports.Report) -> str:
    place = reports.Place(last.submitted_at, CrashId(last.crash_id))
    return f"?{urlencode({**_state(request), 'before': place_text(place)})}"
