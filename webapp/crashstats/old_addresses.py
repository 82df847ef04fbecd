"""Addresses of 2012's crash stats and parameters of today's, that lead on to these pages.

    /topcrasher/byversion/Firefox/10.0/7/browser   to   /topcrashers/?product=Firefox&version=10.0&…

Path and parameters are translated, what has no meaning here is dropped. An address without a
successor stays unknown (404).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Final, NamedTuple
from urllib.parse import quote, urlencode

from django.http import HttpRequest, HttpResponse, HttpResponsePermanentRedirect
from django.urls import Resolver404, resolve

MOST_PIECES: Final = 40  # of a path; more lead nowhere
MOST_CHARACTERS: Final = 2_000  # of a value
MOST_DAYS: Final = 400
PAIRS: Final = ("products", "versions")  # from here on a path has pairs
SECTIONS: Final = ("builds", "topchangers", "topcrashers", "hangs")
SYSTEMS: Final = {
    "windows": "win", "windows nt": "win", "win": "win", "mac": "mac", "mac os x": "mac",
    "macos": "mac", "lin": "lin", "linux": "lin", "android": "android",
}  # fmt: skip
HOURS: Final = {"hours": 1, "hour": 1, "days": 24, "day": 24, "weeks": 168, "week": 168,
                "months": 720, "month": 720}  # fmt: skip
MODES: Final = {"contains": "~", "is_exactly": "=", "exact": "=", "starts_with": "^"}
TODAYS: Final = ("_range_type", "_facets_size", "_tcbs_mode", "_report_type", "platform",
                 "process_type")  # fmt: skip

Pairs = list[tuple[str, str]]
View = Callable[[HttpRequest], HttpResponse]


class Successor(NamedTuple):
    """Where paths that begin with *prefix* lead.

    The pieces after it are *names* in this order, then pairs of a name and a value. *fixed* are
    parameters that the old address implies.
    """

    prefix: tuple[str, ...]
    target: str
    names: tuple[str, ...] = ()
    fixed: tuple[tuple[str, str], ...] = ()


PRODUCT: Final = ("product", "version")
SUCCESSORS: Final = (
    Successor(("topcrasher", "byversion"), "/topcrashers/", (*PRODUCT, "days", "type")),
    Successor(("topcrasher", "byos"), "/topcrashers/", (*PRODUCT, "os", "days", "type")),
    Successor(("topcrasher", "bybranch"), "/topcrashers/"),
    Successor(("topcrasher", "byurl"), "/sites/", PRODUCT, (("group", "url"),)),
    Successor(("topcrasher", "bydomain"), "/sites/", PRODUCT),
    Successor(("topcrasher", "bytopsite"), "/sites/", PRODUCT),
    Successor(("topcrasher",), "/topcrashers/"),
    Successor(("topchangers",), "/topcrashers/", (), (("sort", "change"),)),
    Successor(("hangreport", "byversion"), "/hangs/", PRODUCT),
    Successor(("hangreport",), "/hangs/"),
    Successor(("home", "products"), "/home/product/", PRODUCT),
    Successor(("daily",), "/home/product/"),
    Successor(("crashes-per-day",), "/home/product/"),
    Successor(("crash_trends",), "/builds/"),
    Successor(("builds",), "/builds/"),
    Successor(("explosive",), "/changes/"),
    Successor(("exploitability",), "/topcrashers/"),
    Successor(("report", "list"), "/signature/"),
    Successor(("signature", "reports"), "/signature/"),
    Successor(("report", "pending"), "/report/index/", ("crash_id",)),
    Successor(("query",), "/search/"),
    Successor(("status",), "/status/"),
    Successor(("monitoring",), "/status/"),
    Successor(("crontabber-state",), "/status/"),
    Successor(("server_status",), "/status/"),
    Successor(("products_list",), "/"),
    Successor(("permissions",), "/profile/"),
    Successor(("your-crashes",), "/profile/"),
    Successor(("login",), "/login/"),
)


def lead_on(get_response: View) -> View:
    """Redirect addresses that no page has, and today's parameters of top crashers, by 301."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if request.method not in ("GET", "HEAD"):
            return get_response(request)
        if request.path == "/topcrashers/" and any(name in request.GET for name in TODAYS):
            address = _address(request.path, _pairs_of(request))
            return HttpResponsePermanentRedirect(address) if address else get_response(request)
        response = get_response(request)
        if response.status_code != 404 or request.resolver_match is not None:
            return response
        address = successor(request.path, _pairs_of(request))
        return HttpResponsePermanentRedirect(address) if address else response

    return middleware


def _pairs_of(request: HttpRequest) -> Pairs:
    return [
        (name, value)
        for name, values in list(request.GET.lists())[:MOST_PIECES]
        for value in values[:MOST_PIECES]
    ]


def successor(path: str, query: Pairs) -> str | None:
    """Return where a decoded *path* with the parameters *query* leads today; None: nowhere."""
    pieces = [piece for piece in path.split("/") if piece]
    if not pieces or len(pieces) > MOST_PIECES:
        return None
    if pieces[0] == "products":
        return _of_product(pieces[1:], query)
    if pieces[0] == "dumps" and len(pieces) == 2 and pieces[1].endswith(".jsonz"):
        return _existing(f"/rawdumps/{quote(pieces[1][:-6])}/processed.json", [])
    for entry in SUCCESSORS:
        size = len(entry.prefix)
        if tuple(pieces[:size]) == entry.prefix:
            return _translated(entry, pieces[size:], query)
    return None


def _of_product(pieces: Sequence[str], query: Pairs) -> str | None:
    """Return what /products/P[/versions/V][/builds[.rss]|/topchangers[.csv|.rss]] leads to."""
    *rest, last = pieces or [""]
    section, _, form = last.partition(".")
    if section not in SECTIONS or not rest:
        rest, section, form = list(pieces), "", ""
    positional = [("product", piece) for piece in rest[:1]] + _by_twos(rest[1:])
    if form == "rss":
        feed = {"builds": "/feeds/builds.rss", "topchangers": "/feeds/changes.rss"}
        return _existing(feed.get(section, "/feeds/alerts.rss"), positional[:1])
    fixed = [("format", "csv")] if form == "csv" else []
    if section == "topchangers":
        fixed = [("sort", "change"), *fixed]
    target = {"builds": "/builds/", "hangs": "/hangs/"}.get(
        section, "/topcrashers/" if section else "/home/product/"
    )
    return _address(target, [*positional, *query], fixed)


def _translated(entry: Successor, rest: Sequence[str], query: Pairs) -> str | None:
    """Return the address of a successor; names come first in the path, then pairs."""
    pairs_from = next((at for at, piece in enumerate(rest) if piece in PAIRS), len(rest))
    count = min(pairs_from, len(entry.names))
    in_path = [*zip(entry.names, rest[:count], strict=False), *_by_twos(rest[count:])]
    if entry.target == "/search/":
        return _existing("/search/", _search([*in_path, *query]))
    return _address(entry.target, [*in_path, *query], entry.fixed)


def _address(target: str, pairs: Pairs, fixed: Sequence[tuple[str, str]] = ()) -> str | None:
    """Return *target* with translated parameters; pages that end in a name take it from them."""
    named = list(dict.fromkeys([*_named(pairs), *fixed]))
    if target == "/report/index/":
        crash_id = next((value for name, value in pairs if name == "crash_id"), "")
        return _existing(f"/report/index/{quote(crash_id, safe='')}", [])
    if target == "/home/product/":
        product = next((value for name, value in named if name == "product"), "")
        rest = [pair for pair in named if pair[0] != "product"]
        page = f"/home/product/{quote(product, safe='')}"
        if product and (address := _existing(page, rest)):
            return address
        return _existing("/", named)
    return _existing(target, named)


def _existing(path: str, pairs: Pairs) -> str | None:
    try:
        resolve(path)
    except Resolver404:
        return None
    return f"{path}{'?' if pairs else ''}{urlencode(pairs)}"


def _named(pairs: Pairs) -> Pairs:
    """Return today's names and values."""
    result: Pairs = []
    for name, value in pairs:
        translate = NAMES.get(name.removesuffix("[]"))
        if translate and value and len(value) <= MOST_CHARACTERS:
            result += translate(value)
    result += _range(dict(pairs))
    products = [pair for pair in result if pair[0] == "product"]
    return products[:1] + [pair for pair in dict.fromkeys(result) if pair[0] != "product"]


def _range(values: Mapping[str, str]) -> Pairs:
    """Return range_value and range_unit of 2012's queries as days."""
    amount, hours = values.get("range_value", ""), HOURS.get(values.get("range_unit", ""))
    if not (hours and amount.isascii() and amount.isdigit() and len(amount) < 6):
        return []
    return [("days", str(min(max(int(amount) * hours // 24, 1), MOST_DAYS)))]


def _search(pairs: Pairs) -> Pairs:
    """Return the parameters of a search from those of 2012's form."""
    values = dict(pairs)
    text, mode = values.get("query", ""), MODES.get(values.get("query_type", ""), "~")
    result = [("signature", f"{mode}{text}")] if text else []
    if values.get("build_id"):
        result.append(("build_id", values["build_id"]))
    if values.get("reason"):
        result.append(("reason", f"~{values['reason']}"))
    result += [pair for pair in _named(pairs) if pair[0] in ("product", "version")]
    result += [("platform", value) for name, value in pairs if name == "platform" and value]
    return [*result, *_dates(values)]


def _dates(values: Mapping[str, str]) -> Pairs:
    days = dict(_range(values)).get("days")
    end = _moment(values.get("date", ""))
    if end is None or days is None:
        return []
    start = end - timedelta(days=int(days))
    return [("date", f">={start:%Y-%m-%d}"), ("date", f"<{end + timedelta(days=1):%Y-%m-%d}")]


def _moment(text: str) -> datetime | None:
    for form in ("%m/%d/%Y", "%Y-%m-%d"):
        try:
            moment = datetime.strptime(text[:10], form)  # noqa: DTZ007 (only its date is used)
        except ValueError:
            continue
        return moment if 1990 <= moment.year < 2200 else None
    return None


def _by_twos(pieces: Sequence[str]) -> Pairs:
    return list(zip(pieces[::2], pieces[1::2], strict=False))


Translate = Callable[[str], Iterator[tuple[str, str]]]


def _same(name: str) -> Translate:
    def translate(value: str) -> Iterator[tuple[str, str]]:
        yield name, value

    return translate


def _products(value: str) -> Iterator[tuple[str, str]]:
    yield "product", value.split(";")[0]


def _versions(value: str) -> Iterator[tuple[str, str]]:
    """Split 10.0;11.0a2, and Firefox:10.0 of queries; ALL is every version."""
    for item in re.split("[;+ ]", value):
        product, _, version = item.rpartition(":")
        if product and product != "ALL":
            yield "product", product
        if version and version.upper() != "ALL":
            yield "version", version


def _system(value: str) -> Iterator[tuple[str, str]]:
    if code := SYSTEMS.get(value.lower()):
        yield "os", code


def _type(value: str) -> Iterator[tuple[str, str]]:
    if value in ("browser", "plugin", "content"):
        yield "type", value


def _by(value: str) -> Iterator[tuple[str, str]]:
    if value in ("report", "build"):
        yield "by", value


def _number(name: str, most: int, unit: int = 1) -> Translate:
    def translate(value: str) -> Iterator[tuple[str, str]]:
        if value.isascii() and value.isdigit() and len(value) < 8:
            yield name, str(min(max(int(value) // unit, 1), most))

    return translate


def _day(name: str) -> Translate:
    def translate(value: str) -> Iterator[tuple[str, str]]:
        if moment := _moment(value):
            yield name, f"{moment:%Y-%m-%d}"

    return translate


NAMES: Final[Mapping[str, Translate]] = {
    "product": _products, "products": _products, "p": _products,
    "version": _versions, "versions": _versions, "v": _versions,
    "os": _system, "os_name": _system, "platform": _system,
    "type": _type, "crash_type": _type, "process_type": _type,
    "by": _by, "date_range_type": _by, "_range_type": _by,
    "days": _number("days", MOST_DAYS), "duration": _number("days", MOST_DAYS, 24),
    "hours": _number("days", MOST_DAYS, 24),
    "result_count": _number("limit", 1000), "_facets_size": _number("limit", 1000),
    "limit": _number("limit", 1000),
    "date_start": _day("from"), "date_end": _day("to"),
    "signature": _same("signature"), "channel": _same("channel"), "domain": _same("domain"),
}  # fmt: skip
