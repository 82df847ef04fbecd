"""Asks the question of a declared page: the page, its CSV and its links say the same."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from socorro.postgres import Connection
from socorro.questions import calls
from socorro.questions.interface import Answer, Unknown
from socorro.questions.reading import BadParameters, read
from socorro.questions.written import as_csv
from webapp.accounts.access import has_permission
from webapp.context import context_of
from webapp.frame import tables
from webapp.frame.answers import kept
from webapp.frame.declared import Page, Row
from webapp.frame.filters import Filter, filters
from webapp.frame.state import Links

CSV = "text/csv; charset=utf-8"


@dataclass(frozen=True)
class Content:
    """The answer to a page's question. With *problems* (by parameter) it has no rows."""

    page: Page
    links: Links
    values: Mapping[str, Any]
    answer: Answer
    rows: list[Row]
    table: tables.Table
    filters: list[Filter]
    problems: Mapping[str, str] = field(default_factory=dict)

    @property
    def product(self) -> str:
        """The product that the answer is about; "" for all."""
        return str(self.answer.about.get("product") or self.links.value("product"))

    @property
    def hidden_fields(self) -> list[tuple[str, str]]:
        """What the form of the filters keeps: parameters that are not among them."""
        own = [one.name for one in self.filters]
        return self.links.fields(*own, "offset", "format", "table")

    def render(self, request: HttpRequest, template: str, **more: Any) -> HttpResponse:
        """Render the page; it is a 400 with the nearest names where a parameter is wrong."""
        names = {
            "content": self,
            "table": self.table,
            "links": self.links,
            "notes": self.answer.notes,
            "current": self.page.route,
            "product": self.product,
        }
        return render(request, template, {**names, **more}, status=400 if self.problems else 200)


def ask(
    request: HttpRequest, page: Page, fixed: Mapping[str, str] | None = None
) -> Content | HttpResponse:
    """Ask the question of *page* with the parameters of a request; a response for format=csv.

    *fixed* parameters come from elsewhere, e.g. the path. Bad and unknown values become problems.
    """
    links = Links.of(request, **(fixed or {}))
    with context_of(request).database.transaction() as db:
        content = ask_in(request, db, page, links)
    wants_csv = links.value("format") == "csv" and links.value("table") == page.key
    return csv(content) if wants_csv and not content.problems else content


def ask_in(
    request: HttpRequest,
    db: Connection,
    page: Page,
    links: Links,
    first: Content | None = None,
    draws: bool = True,
) -> Content:
    """Ask within a transaction; for pages with several tables.

    Those after the *first* have its filters: what they offer is read once. *draws*: the rows are
    drawn as they are; a view that adds to them draws them itself.
    """
    values, problems = _values(page, links)
    if links.value("format") not in ("", "csv"):
        name, rest = links.value("format"), calls.path(page.question, values)
        problems["format"] = f"{name!r} is not csv; JSON is at {rest}"
    needed = page.question.permission
    if needed and not has_permission(request, needed):
        problems = {"permission": f"{page.question.name} needs the permission {needed}"}
    answers = None if needed else context_of(request).answers
    answer = Answer("", ())
    if not problems:
        try:
            key = f"{page.question.name} {sorted(values.items())}"
            answer = kept(answers, db, key, lambda: page.question.answer(db, values))
        except Unknown as error:
            problems = {error.parameter: str(error)}
    names = [column.name for column in page.question.columns]
    rows: list[Row] = [dict(zip(names, row, strict=True)) for row in answer.rows]
    rows = tables.ordered(rows, *tables.order_of(links, page))
    return Content(
        page=page,
        links=links,
        values=values,
        answer=answer,
        rows=rows,
        table=_table(page, links, values, answer, rows, draws),
        filters=first.filters if first else filters(db, page.question, values, answer.about),
        problems=problems,
    )


def csv(content: Content) -> HttpResponse:
    """Return the rows as CSV: the bytes of REST, unless the page orders them otherwise."""
    columns = content.page.question.columns
    rows = [[row[column.name] for column in columns] for row in content.rows]
    answer = Answer(content.answer.title, rows)
    response = HttpResponse(as_csv(columns, answer), content_type=CSV)
    name = content.page.question.name
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def _values(page: Page, links: Links) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the values of the parameters; those of bad ones are as if they were absent."""
    parameters = page.question.parameters
    sent = {parameter.name: links.values(parameter.name) for parameter in parameters}
    texts = {name: values or _default(page, name) for name, values in sent.items()}
    try:
        return read(parameters, texts), {}
    except BadParameters as error:
        good = [parameter for parameter in parameters if parameter.name not in error.errors]
        nothing = dict.fromkeys((parameter.name for parameter in parameters), None)
        return {**nothing, **read(good, texts)}, dict(error.errors)


def _default(page: Page, name: str) -> list[str]:
    return [page.defaults[name]] if name in page.defaults else []


def _table(
    page: Page,
    links: Links,
    values: Mapping[str, Any],
    answer: Answer,
    rows: list[Row],
    draws: bool,
) -> tables.Table:
    question = page.question
    called = dict(values)
    if values.get("version") and not values.get("product"):  # a command has it before versions
        called["product"] = answer.about.get("product")
    named = {"table": page.key} if page.key else {}
    end = (values.get("offset") or 0) + len(rows)
    has_more = "offset" in values and answer.total is not None and end < answer.total
    return tables.Table(
        caption=page.caption or answer.title,
        as_of=datetime.now(UTC),
        headings=tables.headings(page, links),
        rows=tables.cells_of(page, rows, links) if draws else [],
        csv=links.here(format="csv", **named),
        api=calls.path(question, called),
        command=calls.command(question, called),
        older=links.here(offset=end) if has_more and rows else "",
        first=links.here(offset=None) if values.get("offset") else "",
        total=answer.total,
    )
