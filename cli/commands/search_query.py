"""`socorro search 'QUERY'`: crashes, and counts of them, by a search.

It is the SuperSearch of REST: the same fields and operators, and --json and --csv print the same.
"""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

import click

from cli.commands import connections, tables
from cli.commands.group import Command, Group, echo, plural
from cli.commands.tables import Answer, Column, Form, decimal, number
from socorro.config import load
from socorro.search.config import SearchConfig
from socorro.search.document import result_csv, result_document
from socorro.search.errors import InvalidSearch
from socorro.search.interface import (
    Aggregation,
    Engine,
    Permitted,
    Result,
    SearchUnavailable,
    Term,
    TooManySearches,
    TooSlow,
)
from socorro.search.open import open_engine
from socorro.search.parameters import COLUMNS, Limits, Request, parse
from socorro.visible import visible_json

OPERATOR: Final = Permitted(protected=True)  # who may run this may read the files
_FILTER = re.compile(r"([a-z_][a-z0-9_.]*)=(.*)", re.DOTALL)  # or another parameter of REST
_OPTIONS: Final = {  # where a parameter of the grammar comes from
    "_columns": "--columns",
    "_facets": "--facets",
    "_facets_size": "--facets-size",
    "_sort": "--sort",
    "_results_number": "--limit",
    "date": "--days",
}


class SearchGroup(Group):
    """A group whose first word is a query when it is none of its commands."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that *args* begin with, or that of queries."""
        if self.get_command(ctx, args[0]) is None:
            return query.name, query, args
        return super().resolve_command(ctx, args)

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Let the options of a query come before it."""
        if args and args[0] != "--help" and self.get_command(ctx, args[0]) is None:
            args = [str(query.name), *args]
        return super().parse_args(ctx, args)


@click.command(
    "query",
    cls=Command,
    epilog="""
QUERY: a boolean expression, or filters as in REST (field=value), which must all match. Operators
before a value: = equal, ~ contains, ^ begins, $ ends, @ regular expression, > >= < <=, ! not;
__null__ is no value. docs/search.md has more.

Examples:
  socorro search 'product:=Firefox AND NOT signature:~OOM'
  socorro search product=Firefox version=159.0b --facets signature,os_name
  socorro search 'reason:^EXCEPTION_STACK date:>=2026-11-01' --columns uuid,reason --limit 20
  socorro search product=Fenix --facets _histogram.date --facets _cardinality.install_age
  socorro search product=Firefox --facets version.release_channel
  socorro search 'uptime:<60' --sort -uptime --columns uuid,uptime,signature --csv > startup.csv
""",
)
@click.argument("query", nargs=-1, metavar="QUERY...")
@click.option("--facets", multiple=True, metavar="FIELDS", help="Count crashes by these fields.")
@click.option(
    "--facets-size",
    type=click.IntRange(0, 10_000),
    default=20,
    show_default=True,
    help="Maximum number of values of each facet.",
)
@click.option(
    "--columns",
    multiple=True,
    metavar="FIELDS",
    help=f"Fields of each crash.  [default: {','.join(COLUMNS)}]",
)
@click.option(
    "--sort",
    multiple=True,
    metavar="FIELDS",
    help="Order of the crashes; - in front: descending.  [default: -date]",
)
@click.option(
    "--limit",
    type=click.IntRange(0, 1_000),
    help="Maximum number of crashes.  [default: 20; 0 with --facets]",
)
@click.option(
    "--days",
    type=click.IntRange(1, 365),
    default=7,
    show_default=True,
    help="Days to search, up to now, unless the query has a date.",
)
@tables.forms
def query(
    query: tuple[str, ...],
    facets: tuple[str, ...],
    facets_size: int,
    columns: tuple[str, ...],
    sort: tuple[str, ...],
    limit: int | None,
    days: int,
    form: Form,
) -> None:
    """Print the crashes that match a query, or counts of them."""
    if limit is None:
        limit = 0 if facets and not columns else 20
    pairs = [
        *_filters(query),
        *(("_columns", name) for name in _names(columns)),
        *(("_sort", name) for name in _names(sort)),
        *(_facet(name) for name in _names(facets)),
        *([] if facets else [("_facets", "")]),
        ("_facets_size", str(facets_size)),
        ("_results_number", str(limit)),
    ]
    request = _parse(pairs, days)
    with _engine() as engine:
        result = engine.search(request.query, OPERATOR)
    _show(request, result, form)


def _filters(words: Sequence[str]) -> list[tuple[str, str]]:
    """Return the parameters of the words: filters, and one expression of all others."""
    filters, expression = [], []
    for word in words:
        match = _FILTER.fullmatch(word)
        if match:
            filters.append((match[1], match[2]))
        else:
            expression.append(word)
    return [*filters, *([("q", " ".join(expression))] if expression else [])]


def _names(texts: Sequence[str]) -> list[str]:
    return [name.strip() for text in texts for name in text.split(",") if name.strip()]


def _facet(name: str) -> tuple[str, str]:
    """Return the parameter of a facet; `a.b` counts by b within each a."""
    outer, dot, inner = name.removeprefix("_histogram.").rpartition(".")
    if name.startswith("_cardinality.") or not dot:
        return ("_facets", name)
    if name.startswith("_histogram."):
        return (f"_histogram.{outer}", inner)
    return (f"_aggs.{outer}", inner)


def _parse(pairs: Sequence[tuple[str, str]], days: int) -> Request:
    try:
        return parse(pairs, datetime.now(UTC), OPERATOR, Limits(default_days=days))
    except InvalidSearch as error:
        _usage_error(error.errors)


def _usage_error(errors: Mapping[str, Sequence[str]]) -> NoReturn:
    lines = [
        f"{_OPTIONS.get(name, name)}: {text}" for name, texts in errors.items() for text in texts
    ]
    raise click.UsageError("\n".join(lines))


@contextmanager
def _engine() -> Iterator[Engine]:
    """Open the engine; its errors are those of the command."""
    with connections.postgres() as database:
        engine = open_engine(load(SearchConfig), database)
        try:
            yield engine
        except TooSlow as error:
            raise click.UsageError(str(error)) from None
        except (TooManySearches, SearchUnavailable) as error:
            text = f"search is unavailable ({error}): `socorro search status` shows its state"
            raise click.ClickException(text) from None
        finally:
            engine.close()


def _show(request: Request, result: Result, form: Form) -> None:
    if form == "json":
        text = json.dumps(result_document(request, result), indent=2, ensure_ascii=False)
        echo(visible_json(text))
    elif form == "csv":
        echo(result_csv(request, result).decode(), nl=False)
        _warn(result)
    else:
        for answer in _answers(request, result):
            tables.show(answer, "table")
            echo("")
        echo(_total(result))
        _warn(result)


def _answers(request: Request, result: Result) -> Iterator[Answer]:
    """Return a table for each count, and one of the crashes."""
    for aggregation in request.query.aggregations:
        counts = result.counts[aggregation.name]
        if isinstance(counts, int):
            columns = [Column("value", "Different values", number)]
            yield Answer(aggregation.name, columns, [[counts]])
        else:
            yield _counts(aggregation, counts, result.total)
    if request.query.number and result.hits:
        columns = [Column(name, name) for name, _ in request.columns]
        rows = [[hit[field.name] for _, field in request.columns] for hit in result.hits]
        yield Answer("", columns, rows)


def _counts(aggregation: Aggregation, terms: Sequence[Term], total: int) -> Answer:
    rows = [
        [
            count,
            None if estimated is None else round(estimated),
            None if not total or estimated is None else 100 * count / total,
            value,
        ]
        for value, count, estimated in _rows(terms)
    ]
    is_estimated = any(row[1] not in (None, row[0]) for row in rows)
    columns = [
        Column("count", "Crashes", number),
        Column("estimated", "Estimated" if is_estimated else "", number),
        Column("share", "Share", decimal(1, " %")),
        Column("term", aggregation.name),
    ]
    return Answer("", columns, rows, empty=[f"{aggregation.name}: no values"])


def _rows(terms: Sequence[Term], indent: str = "") -> Iterator[tuple[str, int, float | None]]:
    """Return text, crashes and estimate of each term, those within it below."""
    for term in terms:
        yield f"{indent}{_text(term.value)}", term.count, term.estimated
        for name, inner in term.inner.items():
            if isinstance(inner, int):
                yield f"{indent}    {name}", inner, None
            else:
                yield from _rows(inner, f"{indent}    ")


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M}"
    return json.dumps(value) if isinstance(value, bool) else str(value)


def _total(result: Result) -> str:
    text = plural(result.total, "crash")
    if round(result.estimated) != result.total:
        text += f" (estimated {result.estimated:,.0f})"
    shown = len(result.hits)
    return f"{text}; {shown:,} shown" if 0 < shown < result.total else text


def _warn(result: Result) -> None:
    for problem in result.problems:
        echo(problem.text, err=True)
