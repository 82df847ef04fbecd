"""Quick search: one box that takes what people have at hand.

bp-0bba929f-…-a43c00261123, or an address with it   the report
0bba929f                                             the report of the last days that begins so
1234567, bug 1234567, an address with show_bug.cgi   the signatures of the bug
Firefox, Firefox 158.0.1                             the product
a signature                                          that signature
anything else                                        signatures that contain the words
"""

import re
from datetime import UTC, datetime, timedelta
from typing import Final, NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_safe

from socorro import crash_id as ids
from socorro.crash_id import CrashId
from socorro.no_product import NO_PRODUCT
from socorro.postgres import Connection
from socorro.queries import bugs, products, reports, signatures
from socorro.search.catalog import catalog
from socorro.search.interface import Aggregation, All, Condition, Permitted, Query
from socorro.signature.normalize import printable
from socorro.signature.stack import LONGEST as LONGEST_SIGNATURE
from socorro.visible import HIDDEN
from webapp.context import context_of
from webapp.search import address
from webapp.search.search import REFUSALS, Failure, ask, failure

LONGEST_QUERY: Final = 1_000  # characters; pasted addresses are longer than signatures
PREFIX_DAYS: Final = 60
MOST_CRASHES: Final = 20
MOST_SIGNATURES: Final = 50
MOST_WORDS: Final = 10
DAYS: Final = 7
TOO_MANY: Final = Failure(
    400, {"Stopped": ("Too many signatures contain this. Write longer words, or more of them.",)}
)

_INVISIBLE: Final = re.compile(f"[{HIDDEN}\u200c\u200d]")
_CRASH_ID: Final = re.compile(r"(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?!\w)")
_PREFIX: Final = re.compile(r"(?:bp-)?([0-9a-f]{8}(?:-[0-9a-f-]{0,27})?)")
_BUG: Final = re.compile(r"(?:bug[ #:-]*|#|https?://\S+/show_bug\.cgi\?id=)?([0-9]{1,9})(?:#\S*)?")


class Match(NamedTuple):
    """A signature, its reports in the last days, and the crashes that they stand for."""

    signature: str
    address: str
    report_count: int = 0
    crashes: int = 0


class Findings(NamedTuple):
    """What the page shows: which signatures or crashes, why these, and what it lacks."""

    heading: str
    matches: list[Match]
    crashes: list[reports.Report]
    problem: Failure | None = None
    search: str = ""  # address of the search page for the same words


@require_safe
def quick(request: HttpRequest) -> HttpResponse:
    """Redirect to the one thing that the text names, else list what it may mean."""
    text = _INVISIBLE.sub("", request.GET.get("query", "")[:LONGEST_QUERY]).strip()
    query = printable(text)
    if not query:
        return HttpResponseRedirect(reverse("home"))
    crash_id = crash_id_in(text)
    if crash_id:
        return HttpResponseRedirect(reverse("report", args=[crash_id]))
    with context_of(request).database.transaction() as db:
        response = _by_database(db, request, query)
    return response or _page(request, query, _by_words(request, query))


def crash_id_in(text: str) -> CrashId | None:
    """Return the crash id that a text is, or that is in it, e.g. in the address of a report."""
    for match in _CRASH_ID.finditer(text.lower()):
        try:
            return ids.parse(match[0])
        except ids.BadCrashId:
            continue
    return None


def _by_database(db: Connection, request: HttpRequest, query: str) -> HttpResponse | None:
    """Return the answer for a bug, the beginning of a crash id, a product or a signature."""
    bug = _BUG.fullmatch(query.lower())
    if bug and (response := _bug(db, request, query, int(bug[1]))):
        return response
    prefix = _PREFIX.fullmatch(query.lower())
    if prefix and (response := _prefix(db, request, query, prefix[1])):
        return response
    place = _product(db, query)
    if place:
        return HttpResponseRedirect(place)
    signature = query[:LONGEST_SIGNATURE]
    if signatures.exists(db, signature):
        return HttpResponseRedirect(signature_address(signature))
    return None


def _bug(db: Connection, request: HttpRequest, query: str, number: int) -> HttpResponse | None:
    rows = bugs.of_bugs(db, [number], MOST_SIGNATURES)
    if len(rows) == 1:
        return HttpResponseRedirect(signature_address(rows[0].signature))
    if not rows:
        if query.isdigit() and len(query) >= 8:
            return None
        return _page(request, query, Findings(f"No signature has bug {number}.", [], []))
    matches = [Match(row.signature, signature_address(row.signature)) for row in rows]
    return _page(request, query, Findings(f"Signatures of bug {number}", matches, []))


def _prefix(db: Connection, request: HttpRequest, query: str, prefix: str) -> HttpResponse | None:
    since = datetime.now(UTC) - timedelta(days=PREFIX_DAYS)
    crashes = reports.by_prefix(db, prefix, since, MOST_CRASHES)
    if len(crashes) == 1:
        return HttpResponseRedirect(reverse("report", args=[crashes[0].crash_id]))
    if not crashes:
        return None
    return _page(request, query, Findings(f"Crashes that begin with {prefix}", [], crashes))


def _product(db: Connection, query: str) -> str:
    """Return the address of a product, and of a version behind its name; "" when it is none."""
    names = {product.product.lower(): product.product for product in products.products(db)}
    names[NO_PRODUCT] = NO_PRODUCT
    name, _, version = query.rpartition(" ")
    if query.lower() in names:
        return _product_address(names[query.lower()])
    if name.lower() in names and version[:1].isdigit():
        return _product_address(names[name.lower()], version=version)
    return ""


def _product_address(product: str, **version: str) -> str:
    try:
        return address.url(reverse("product_home", args=[product]), [*version.items()])
    except NoReverseMatch:  # a name with a slash
        return address.url(reverse("home"), [("product", product), *version.items()])


def _by_words(request: HttpRequest, query: str) -> Findings:
    """Return the signatures that contain every word, most crashes of the last days first.

    Daily counts answer at once. What they do not know yet, search may: crashes of this hour.
    """
    words = list(dict.fromkeys(query.split()))[:MOST_WORDS]
    now = datetime.now(UTC)
    link = _search_address(words, now)
    since = (now - timedelta(days=DAYS)).date()
    try:
        with context_of(request).database.transaction() as db:
            counted = signatures.with_words(db, words, since, MOST_SIGNATURES)
    except signatures.TooManySignatures:
        return Findings("", [], [], TOO_MANY, link)
    if not counted:
        return _by_search(request, words, now, link)
    return Findings("", [_match(*row) for row in counted], [], None, link)


def _by_search(request: HttpRequest, words: list[str], now: datetime, link: str) -> Findings:
    """Return the same of the search engine."""
    field = catalog()["signature"]
    due = Query(
        now - timedelta(days=DAYS),
        now,
        All(tuple(Condition(field, "~", word) for word in words)),
        number=0,
        aggregations=(Aggregation("terms", "signature", field, size=MOST_SIGNATURES),),
    )
    try:
        terms = ask(context_of(request).search, due, Permitted()).counts["signature"]
    except REFUSALS as error:
        return Findings("", [], [], failure(error), link)
    counted = [] if isinstance(terms, int) else terms
    matches = [_match(str(term.value), term.count, term.estimated) for term in counted]
    return Findings("", sorted(matches, key=lambda match: -match.crashes), [], None, link)


def _match(name: str, report_count: int, estimated: float) -> Match:
    return Match(name, signature_address(name), report_count, round(estimated))


def _search_address(words: list[str], now: datetime) -> str:
    start = ("date", f">={(now - timedelta(days=DAYS)).date()}")
    if len(words) == 1:
        pairs = [("signature", f"~{words[0]}"), start]
    else:
        quoted = (word.replace("\\", "\\\\").replace('"', '\\"') for word in words)
        pairs = [("q", " AND ".join(f'signature:~"{word}"' for word in quoted)), start]
    return address.url(reverse("search"), pairs)


def signature_address(signature: str) -> str:
    """Return the address of the page of a signature."""
    return f"{reverse('signature')}?{urlencode({'signature': signature})}"


def _page(request: HttpRequest, query: str, findings: Findings) -> HttpResponse:
    context = {
        "searched": query,
        "findings": findings,
        "is_sampled": any(match.crashes != match.report_count for match in findings.matches),
        "days": DAYS,
        "anyway": signature_address(query[:LONGEST_SIGNATURE]),
        "most": MOST_SIGNATURES,
    }
    problem = findings.problem
    response = render(
        request, "crashstats/quick.html", context, status=problem.status if problem else 200
    )
    if problem and problem.retry_seconds:
        response["Retry-After"] = str(problem.retry_seconds)
    return response
