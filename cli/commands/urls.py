"""`socorro urls` and `socorro domains`: pages on which the browser crashed."""

from collections.abc import Sequence
from datetime import date

import click

from cli.commands import arguments, connections, tables
from cli.commands.group import Command
from cli.commands.tables import Answer, Column, Form, decimal, number
from socorro.postgres import Connection
from socorro.queries import urls as query
from socorro.questions.selection import Selection

URLS = (
    Column("crash_count", "Crashes", number),
    Column("percent", "Share", decimal(1, " %")),
    Column("url", "Page"),
    Column("domain", "Domain"),
)
DOMAINS = (
    Column("crash_count", "Crashes", number),
    Column("percent", "Share", decimal(1, " %")),
    Column("pages", "Pages", number),
    Column("domain", "Domain"),
)
_limit = arguments.limit_option(20)
EPILOG = """
Pages are shown without query, fragment, user and port, and only when several installs crashed on
them in a day (SOCORRO_URLS_FEWEST_INSTALLS); rarer ones are counted as "(rare)". A domain is the
sum of its pages. Counts are updated once an hour.
"""


@click.command(
    "urls",
    cls=Command,
    epilog=f"""{EPILOG}
Examples:
  socorro urls Firefox
  socorro urls Firefox 140.0 --domain apps.example.com --days 14
""",
)
@arguments.arguments()
@click.option("--domain", help="Pages of one domain only.")
@_limit
@tables.forms
def urls(
    product: str | None,
    version: str | None,
    days: int,
    end: date | None,
    domain: str | None,
    limit: int,
    form: Form,
) -> None:
    """Print the pages with the most crashes."""
    with connections.postgres() as database, database.transaction() as db:
        selection = arguments.select(db, product, version, days, end)
        pages = query.by_url(
            db, selection.versions, selection.start, selection.end, domain=domain, most=limit
        )
        answer = _answer(db, selection, f"Pages: {selection.label}", URLS, pages)
    tables.show(answer, form)


@click.command(
    "domains",
    cls=Command,
    epilog=f"""{EPILOG}
Examples:
  socorro domains Firefox
  socorro domains Firefox 140.0 --days 14 --csv
""",
)
@arguments.arguments()
@_limit
@tables.forms
def domains(
    product: str | None, version: str | None, days: int, end: date | None, limit: int, form: Form
) -> None:
    """Print the domains with the most crashes."""
    with connections.postgres() as database, database.transaction() as db:
        selection = arguments.select(db, product, version, days, end)
        counts = query.by_domain(db, selection.versions, selection.start, selection.end, most=limit)
        answer = _answer(db, selection, f"Domains: {selection.label}", DOMAINS, counts)
    tables.show(answer, form)


def _answer(
    db: Connection,
    selection: Selection,
    title: str,
    columns: Sequence[Column],
    counts: Sequence[query.UrlCount | query.DomainCount],
) -> Answer:
    return Answer(
        title=f"{title}, {selection.days}",
        columns=columns,
        rows=[[getattr(row, column.name) for column in columns] for row in counts],
        about=selection.metadata,
        notes=arguments.notes(db, selection),
        empty=[] if counts else ["no crashes with a URL", *arguments.explain_empty(db, selection)],
    )
