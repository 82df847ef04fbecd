"""Urls and Domains: the pages on which programs crashed."""

from collections.abc import Mapping, Sequence
from typing import Any

from socorro.postgres import Connection
from socorro.queries import urls as query
from socorro.questions import columns, parameters
from socorro.questions.interface import Answer, Column, Note, Question
from socorro.questions.notes import explain_empty, notes
from socorro.questions.selection import Selection, select

RULES = (
    "Pages are shown without query, fragment, user and port, and only when several installs "
    "crashed on them in a day (SOCORRO_URLS_FEWEST_INSTALLS); rarer ones are counted as "
    f'"{query.RARE}". A domain is the sum of its pages.'
)


def urls(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return pages, most crashes first."""
    selection = select(db, values)
    pages = query.by_url(
        db,
        selection.versions,
        selection.start,
        selection.end,
        domain=values["domain"],
        most=values["limit"],
        skip=values["offset"],
    )
    return _answer(db, selection, "Pages", URLS, pages, values["offset"])


def domains(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return domains, most crashes first."""
    selection = select(db, values)
    counts = query.by_domain(
        db,
        selection.versions,
        selection.start,
        selection.end,
        most=values["limit"],
        skip=values["offset"],
    )
    return _answer(db, selection, "Domains", DOMAINS, counts, values["offset"])


def _answer(
    db: Connection,
    selection: Selection,
    title: str,
    shown: Sequence[Column],
    counts: Sequence[query.UrlCount | query.DomainCount],
    offset: int,
) -> Answer:
    nothing = Note("nothing_matches", "no crashes with a URL")
    return Answer(
        title=f"{title}: {selection.label}, {selection.days}",
        rows=[[getattr(row, column.name) for column in shown] for row in counts],
        about=selection.metadata,
        notes=notes(db, selection)
        if counts or offset
        else [nothing, *explain_empty(db, selection)],
    )


MORE = (
    columns.count(
        "before_count", "Crashes on as many days before; null: none then has a URL", nullable=True
    ),
    columns.text("signature", "Top signature of those that several people had", nullable=True),
)
URLS = (
    columns.count("crash_count", "Processed crashes"),
    columns.number("percent", "Share of the crashes that came with a URL, percent"),
    columns.text("url", f"Page; {query.RARE}: all pages that few installs crashed on"),
    columns.text("domain", "Domain of the page"),
    *MORE,
)
DOMAINS = (
    columns.count("crash_count", "Processed crashes"),
    columns.number("percent", "Share of the crashes that came with a URL, percent"),
    columns.count("pages", "Number of its pages that are named"),
    columns.text("domain", "Domain"),
    *MORE,
)
URLS_QUESTION = Question(
    name="Urls",
    command="urls",
    summary="The pages with the most crashes",
    description=RULES,
    parameters=(
        *parameters.period(),
        parameters.text("domain", "Pages of one domain only"),
        parameters.limit(20, "pages"),
        parameters.OFFSET,
    ),
    columns=URLS,
    answer=urls,
)
DOMAINS_QUESTION = Question(
    name="Domains",
    command="domains",
    summary="The domains with the most crashes",
    description=RULES,
    parameters=(*parameters.period(), parameters.limit(20, "domains"), parameters.OFFSET),
    columns=DOMAINS,
    answer=domains,
)
