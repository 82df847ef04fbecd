"""The newest reports of a signature, from Postgres; in any other order, from search."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple
from urllib.parse import quote

from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString

from socorro.crash_id import CrashId
from socorro.no_product import shown, stored
from socorro.postgres import Connection
from socorro.queries import reports
from socorro.questions.words import midnight
from socorro.search.catalog import catalog
from socorro.search.interface import Permitted, Query, Sort
from socorro.search.summary import Of
from webapp.crashstats.paging import place_text
from webapp.crashstats.reading import duration
from webapp.crashstats.templatetags.crash import moment_short
from webapp.frame import cells
from webapp.frame.state import Links
from webapp.frame.tables import Cell, Heading, Table
from webapp.signature.links import Crashes, Hits
from webapp.signature.searches import Search, Searches, hits

NUMBER: Final = 20
MOST_OFFSET: Final = 1_000
ORDER: Final = "order-reports"
NEWEST: Final = "-submitted_timestamp"
COLUMNS: Final = {  # by the field that orders: heading, and whether narrow screens leave it out
    "submitted_timestamp": ("Submitted, UTC", False),
    "version": ("Version", True),
    "os_pretty_version": ("System", True),
    "process_type": ("Process", True),
    "uptime": ("Uptime", True),
    "reason": ("Reason", True),
}
FIELDS: Final = ("crash_id", "product", *COLUMNS)


class Order(NamedTuple):
    """The field that orders, and the number of reports before the first of the page."""

    field: str
    descending: bool
    offset: int

    @property
    def text(self) -> str:
        """The order as the address has it."""
        return f"{'-' * self.descending}{self.field}"

    @property
    def is_newest_first(self) -> bool:
        """Whether Postgres answers it: it knows reports that are in no file of search yet."""
        return self.text == NEWEST


def order_of(links: Links) -> Order:
    """Return the order that an address names; newest first for any other."""
    text, offset = links.value(ORDER), links.value("offset")
    field = text.removeprefix("-")
    skipped = int(offset) if offset.isascii() and offset.isdigit() and len(offset) < 5 else 0
    if field not in COLUMNS or text == NEWEST:
        return Order("submitted_timestamp", True, 0)
    return Order(field, text.startswith("-"), min(skipped, MOST_OFFSET))


def begin(searches: Searches, of: Of, start: date, end: date, order: Order) -> Search | None:
    """Begin the search for the reports of a page; None when Postgres has them."""
    if order.is_newest_first:
        return None
    query = Query(
        midnight(start),
        midnight(end),
        of.filter,
        columns=tuple(catalog()[name] for name in FIELDS),
        sort=(Sort(catalog()[order.field], order.descending),),
        number=NUMBER,
        offset=order.offset,
    )
    return searches.begin(query, Permitted(), hits)


def newest(db: Connection, of: Of, before: reports.Place | None) -> list[Mapping[str, Any]]:
    """Return one report more than a page has, newest first, of any day."""
    version = of.versions[0] if len(of.versions) == 1 else None
    return [
        {**report._asdict(), "submitted_timestamp": report.submitted_at,
         "os_pretty_version": _system(report)}
        for report in reports.latest(
            db, signature=of.signature, product=stored(of.product or None), version=version,
            before=before, most=NUMBER + 1,
        )
    ]  # fmt: skip


def _system(report: reports.Report) -> str:
    return " ".join(filter(None, (report.os_name, report.os_version)))


def newest_table(
    rows: Sequence[Mapping[str, Any]], links: Links, crashes: Crashes, before: reports.Place | None
) -> Table:
    """Return the table of the newest reports; *before* is the place of the address."""
    order = Order("submitted_timestamp", True, 0)
    page = rows[:NUMBER]
    older = ""
    if len(rows) > NUMBER:
        last = page[-1]
        place = reports.Place(last["submitted_at"], CrashId(last["crash_id"]))
        older = f"{links.here(before=place_text(place))}#reports"
    first = f"{links.here(before=None)}#reports" if before else ""
    caption = "Older reports" if before else "Newest reports, of any day"
    since = page[-1]["submitted_at"] if page else datetime.now(UTC)
    hits = crashes.since(since, before.submitted_at if before else None)
    return _table(caption, page, links, hits, order, older, first, None)


def ordered_table(search: Search, order: Order, links: Links, crashes: Crashes) -> Table:
    """Return the table in another order. Raises Missing."""
    rows, total = search.answer()
    end = order.offset + len(rows)
    older = links.here(offset=end) if rows and end < min(total, MOST_OFFSET) else ""
    first = links.here(offset=None) if order.offset else ""
    return _table("Reports", rows, links, crashes.on_days(), order, older, first, total)


def _table(
    caption: str,
    rows: Sequence[Mapping[str, Any]],
    links: Links,
    searches: Hits,
    order: Order,
    older: str,
    first: str,
    total: int | None,
) -> Table:
    sort = order.text.replace("submitted_timestamp", "date")
    return Table(
        caption=caption,
        as_of=None,
        headings=[_heading(name, links, order) for name in COLUMNS],
        rows=[_cells(row) for row in rows],
        csv=searches.rest(sort, NUMBER, order.offset, "csv"),
        api=searches.rest(sort, NUMBER, order.offset),
        command=searches.command(sort, NUMBER),
        older=older,
        first=first,
        total=total,
    )


def _heading(name: str, links: Links, order: Order) -> Heading:
    text, folds = COLUMNS[name]
    is_current = order.field == name
    # Times and uptimes begin with the greatest, names with A.
    descending = not order.descending if is_current else name in ("submitted_timestamp", "uptime")
    target = f"{'-' * descending}{name}"
    order_text = ("descending" if order.descending else "ascending") if is_current else ""
    changes = {ORDER: None if target == NEWEST else target, "offset": None, "before": None}
    return Heading(text, "", _css(name, folds), f"{links.here(**changes)}#reports", order_text)


def _css(name: str, folds: bool) -> str:
    kind = {"uptime": "number", "reason": "mono"}.get(name, "")
    return " ".join(filter(None, (kind, "fold" if folds else "")))


def _cells(row: Mapping[str, Any]) -> list[Cell]:
    return [Cell(_cell(name, row), _css(name, folds)) for name, (_, folds) in COLUMNS.items()]


def _cell(name: str, row: Mapping[str, Any]) -> SafeString | str:
    value = row[name]
    if name == "submitted_timestamp":
        address = reverse("report", args=[quote(str(row["crash_id"]), safe="")])
        below = (_version(row), row["os_pretty_version"], row["reason"])
        return format_html(
            "{}{}",
            cells.link(moment_short(value), address),
            cells.under(*(cells.text(str(item)) for item in below if item)),
        )
    if name == "version":
        return cells.text(_version(row))
    if name == "uptime":
        return "" if value is None else duration(max(0, int(value)))
    return cells.text(str(value)) if value else ""


def _version(row: Mapping[str, Any]) -> str:
    return f"{shown(row['product'] or '')} {row['version'] or ''}".strip()
