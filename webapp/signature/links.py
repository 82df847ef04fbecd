"""Addresses that the page of a signature leads to: its own tables, and searches for its crashes."""

import shlex
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

from django.http import HttpRequest

from webapp.frame.state import Links

SEARCH: Final = "/search/"
FEED: Final = "/search/feed.atom"
REST: Final = "/api/SuperSearch/"
SUMMARY: Final = "/api/SignatureSummary/"
LONGEST: Final = 500  # characters of a value that is searched for
COLUMNS: Final = (
    *("uuid", "date", "product", "version", "os_pretty_version", "process_type"),
    *("uptime", "reason"),
)


Pairs = Sequence[tuple[str, str]]


class SectionLinks(Links):
    """The links of a page with several tables, one of which reads some parameters otherwise.

    What a table reads otherwise stays as it is in the addresses.
    """

    def __init__(
        self,
        path: str,
        parameters: Mapping[str, Sequence[str]],
        own: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        super().__init__(path, parameters)
        self._own = own or {}

    @classmethod
    def of_page(cls, request: HttpRequest) -> "SectionLinks":
        """Return the links of a request."""
        links = cls.of(request)
        assert isinstance(links, cls)  # noqa: S101
        return links

    def reading(self, own: Mapping[str, Sequence[str]]) -> "SectionLinks":
        """Return the same links, which read *own* parameters instead of those of the page."""
        return SectionLinks(self._path, self._all, own)

    def value(self, name: str) -> str:
        """Return the first value of a parameter; "" without one."""
        return next(iter(self.values(name)), "")

    def values(self, name: str) -> list[str]:
        """Return all values of a parameter."""
        return list(self._own[name]) if name in self._own else super().values(name)


class Crashes:
    """Searches for the crashes that the page counts: a signature, a product, versions, days."""

    def __init__(self, links: Links, start: date, end: date) -> None:
        filters = {
            "signature": links.value("signature"),
            "product": links.value("product"),
            "release_channel": links.value("channel").lower(),
        }
        self._filters = [(name, f"={value}") for name, value in filters.items() if value]
        self._filters += [("version", f"={version}") for version in links.values("version")]
        self._summary = [
            *((name, links.value(name)) for name in ("signature", "product") if links.value(name)),
            *(("version", version) for version in links.values("version")),
            *([("channel", links.value("channel"))] if links.value("channel") else []),
            *(("from", f"{start}"), ("to", f"{end}")),
        ]
        self._days = _dates(f"{start}", f"{end}")

    def page(self, **filters: Any) -> str:
        """Return the search page with further filters; "" for a value that is too long for one."""
        more = [(name, _exactly(value)) for name, value in filters.items()]
        return _address(SEARCH, [*self._filters, *self._days, *more])

    def on_days(self) -> "Hits":
        """Return the searches for reports of the days of the page."""
        return Hits(self._filters, self._days)

    def since(self, first: datetime, before: datetime | None) -> "Hits":
        """Return the searches for reports from the day of *first* on, to a moment or to now."""
        until = before and before.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return Hits(self._filters, _dates(f"{first.astimezone(UTC):%Y-%m-%d}", until or ""))

    def summary(self) -> str:
        """Return the REST call for the shares of the page."""
        return _address(SUMMARY, self._summary)

    def feed(self) -> str:
        """Return the feed of the newest reports, on any day."""
        return _address(FEED, self._filters)


class Hits(NamedTuple):
    """Searches for the reports that a table shows: as a REST call, and as a command."""

    filters: Pairs
    dates: Pairs

    def rest(self, sort: str, number: int, offset: int = 0, form: str = "json") -> str:
        """Return the REST call."""
        pairs = [*self.filters, *self.dates, *(("_columns", name) for name in COLUMNS)]
        pairs += [("_facets", ""), ("_sort", sort), ("_results_number", str(number))]
        pairs += [("_results_offset", str(offset))] if offset else []
        pairs += [("format", form)] if form != "json" else []
        return _address(REST, pairs)

    def command(self, sort: str, number: int) -> str:
        """Return the command that prints the reports, from the first on."""
        words = [f"{name}={value}" for name, value in (*self.filters, *self.dates)]
        options = ["--columns", ",".join(COLUMNS), f"--sort={sort}", "--limit", str(number)]
        return shlex.join(["socorro", "search", *words, *options])


def _dates(start: str, end: str) -> list[tuple[str, str]]:
    return [("date", f">={start}"), *([("date", f"<{end}")] if end else [])]


def _address(path: str, pairs: Pairs) -> str:
    is_too_long = any(len(value) > LONGEST for _, value in pairs)
    return "" if is_too_long else f"{path}?{urlencode(pairs)}"


def _exactly(value: Any) -> str:
    return f"={value}" if isinstance(value, str) else str(value)
