"""A table as templates draw it, from a declared page and the rows of its answer."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from django.utils.safestring import SafeString

from webapp.crashstats.about import SECTIONS, section_of
from webapp.frame import cells
from webapp.frame.declared import Look, Page, Row
from webapp.frame.state import Links

TEXT = {"type": "string"}
PERCENT_DECIMALS = 1
TITLES = dict(SECTIONS)


class Heading(NamedTuple):
    """A heading; *order_address* orders the rows by it, *order* is "ascending" once they are.

    *section* of the page about numbers, called *meaning* there, explains the column.
    """

    text: str
    title: str
    css: str
    order_address: str
    order: str
    section: str = ""
    meaning: str = ""


class Cell(NamedTuple):
    """A cell; *css* are its classes."""

    html: SafeString | str
    css: str


class Table(NamedTuple):
    """A table with its links: the same rows as CSV, JSON (REST) and by command."""

    caption: str
    as_of: datetime | None
    headings: list[Heading]
    rows: list[list[Cell]]
    csv: str
    api: str
    command: str
    older: str  # address of the next rows
    first: str  # address of the first ones; "" there
    total: int | None


def order_of(links: Links, page: Page) -> tuple[Look | None, bool]:
    """Return the column that rows are ordered by, if any, and whether the largest come first."""
    text = links.value(order_parameter(page))
    name, descending = text.removeprefix("-"), text.startswith("-")
    look = next((look for look in page.looks if look.name == name and look.orders), None)
    return look, descending


def order_parameter(page: Page) -> str:
    """Return the parameter that says so; a page with several tables has one for each."""
    return f"order-{page.key}" if page.key else "order"


def ordered(rows: Sequence[Row], look: Look | None, descending: bool) -> list[Row]:
    """Return rows ordered by a column; those without a value come last."""
    if look is None:
        return list(rows)
    with_value = [row for row in rows if row[look.name] is not None]
    without = [row for row in rows if row[look.name] is None]
    return [*sorted(with_value, key=lambda row: _key(row[look.name]), reverse=descending), *without]


def headings(page: Page, links: Links) -> list[Heading]:
    """Return the headings: a click orders by numbers from the largest on, by names from A on."""
    current, descending = order_of(links, page)
    parameter = order_parameter(page)
    schemas = _schemas(page)
    result = []
    for look in page.looks:
        numeric = cells.is_numeric(schemas.get(look.name, TEXT))
        is_current = current is look
        largest_first = not descending if is_current else numeric
        changes = {parameter: f"{'-' * largest_first}{look.name}", "offset": None}
        order = ("descending" if descending else "ascending") if is_current else ""
        address = links.here(**changes) if look.orders else ""
        section = section_of(look.name, look.heading)
        meaning = TITLES.get(section, "")
        classes = css(look, schemas)
        result.append(Heading(look.heading, look.title, classes, address, order, section, meaning))
    return result


def cells_of(page: Page, rows: Sequence[Row], links: Links) -> list[list[Cell]]:
    """Return the cells of each row."""
    schemas = _schemas(page)
    classes = [css(look, schemas) for look in page.looks]
    return [
        [
            Cell(_cell(look, row, links, schemas), name)
            for look, name in zip(page.looks, classes, strict=True)
        ]
        for row in rows
    ]


def css(look: Look, schemas: Mapping[str, Mapping[str, Any]]) -> str:
    """Return the classes of a column."""
    kind = look.kind
    if kind is None:
        kind = "number" if cells.is_numeric(schemas.get(look.name, TEXT)) else ""
    return " ".join(filter(None, (kind, "fold" if look.folds else "")))


def _cell(
    look: Look, row: Row, links: Links, schemas: Mapping[str, Mapping[str, Any]]
) -> SafeString | str:
    if look.cell is not None:
        return look.cell(row, links)
    decimals = PERCENT_DECIMALS if "percent" in look.name else None
    return cells.default(row.get(look.name), schemas.get(look.name, TEXT), decimals)


def _schemas(page: Page) -> dict[str, Mapping[str, Any]]:
    return {column.name: column.schema for column in page.question.columns}


def _key(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return len(value)
    return value.lower() if isinstance(value, str) else value
