"""Addresses of 2012's REST interface that lead on to today's: /bpapi/crashes/daily/product/P/…

Its parameters were pairs in the path, its lists joined by "+"; a slash in a value came encoded
twice.
"""

from collections.abc import Callable, Mapping
from urllib.parse import unquote, urlencode

from middleware.reply import Reply

MOST_PIECES = 60  # of a path; more lead nowhere
Pairs = list[tuple[str, str]]


def lead_on(path: str) -> Reply | None:
    """Return a 308 for a path below /bpapi/ that has a successor, else None."""
    pieces = [unquote(piece) for piece in path.strip("/").split("/")]
    if len(pieces) > MOST_PIECES or pieces[:1] != ["bpapi"]:
        return None
    for prefix, (resource, names) in _SUCCESSORS.items():
        if pieces[1 : 1 + len(prefix)] == list(prefix):
            rest = pieces[1 + len(prefix) :]
            pairs = zip(rest[::2], rest[1::2], strict=False)
            query = urlencode([new for pair in pairs for new in _renamed(*pair, names)])
            address = f"/api/{resource}/{'?' if query else ''}{query}"
            return Reply("308 Permanent Redirect", b"{}", headers=(("Location", address),))
    return None


Rename = Callable[[str], Pairs]


def _renamed(name: str, value: str, names: Mapping[str, Rename]) -> Pairs:
    return names[name](value) if name in names else []


def _first(name: str) -> Rename:
    return lambda value: [(name, value.split("+")[0])] if value else []


def _every(name: str) -> Rename:
    return lambda value: [(name, item) for item in value.split("+") if item]


def _system(value: str) -> Pairs:
    codes = {"windows": "win", "win": "win", "mac": "mac", "mac os x": "mac", "lin": "lin",
             "linux": "lin", "android": "android"}  # fmt: skip
    code = codes.get(value.split("+")[0].lower())
    return [("os", code)] if code else []


def _type(value: str) -> Pairs:
    return [("type", value)] if value in ("browser", "plugin", "content") else []


def _hours(value: str) -> Pairs:
    hours = int(value) if value.isascii() and value.isdigit() and len(value) < 6 else 0
    return [("days", str(min(max(hours // 24, 1), 400)))] if hours else []


def _by(value: str) -> Pairs:
    return [("by", value)] if value in ("report", "build") else []


def _day(name: str) -> Rename:
    return lambda value: [(name, value[:10])]


_COMMON: Mapping[str, Rename] = {
    "product": _first("product"),
    "products": _first("product"),
    "version": _every("version"),
    "versions": _every("version"),
    "os": _system,
    "date_range_type": _by,
}
_SUCCESSORS: Mapping[tuple[str, ...], tuple[str, Mapping[str, Rename]]] = {
    ("crashes", "signatures"): (
        "TopCrashers",
        {
            **_COMMON,
            "crash_type": _type,
            "duration": _hours,
            "limit": _first("limit"),
            "to_date": _day("to"),
            "end_date": _day("to"),
        },
    ),
    ("topcrash",): ("TopCrashers", _COMMON),
    ("crashes", "daily"): (
        "CrashRates",
        {
            **_COMMON,
            "from_date": _day("from"),
            "to_date": _day("to"),
            "separated_by": lambda value: [("split", "os")] if value == "os" else [],
        },
    ),
    ("crashtrends",): (
        "CrashTrends",
        {**_COMMON, "start_date": _day("from"), "end_date": _day("to")},
    ),
    ("signaturesummary",): (
        "SignatureSummary",
        {
            "signature": lambda value: [("signature", value)] if value else [],
            "start_date": _day("from"),
            "end_date": _day("to"),
        },
    ),
    ("crashes", "comments"): (
        "Comments",
        {
            **_COMMON,
            "signature": lambda value: [("signature", value)] if value else [],
            "from": _day("from"),
            "to": _day("to"),
        },
    ),
    ("products", "builds"): ("Builds", {**_COMMON, "from_date": _day("from")}),
    ("products",): ("Products", {}),
    ("platforms",): ("Platforms", {}),
    ("server_status",): ("ServerStatus", {}),
}
