"""`socorro bad-reports`: crashes that are in no count, and why."""

from datetime import date, timedelta

import click

from cli.commands import connections, tables
from cli.commands.arguments import limit_option
from cli.commands.group import Command, Day, midnight, plural, today
from cli.commands.tables import Answer, Column, Form, number
from socorro.no_product import NO_PRODUCT
from socorro.queries import bad_reports as query

COLUMNS = (
    Column("crash_count", "Crashes", number),
    Column("reason", "Reason"),
    Column("product", "Product"),
    Column("version", "Version"),
    Column("latest", "Latest crash"),
    Column("submitted_at"),
)


@click.command(
    "bad-reports",
    cls=Command,
    epilog=f"""
A bad report is shown like any other, but is in no count. The table count_settings bounds how many
products, versions and channels crashes may add, or switches that off; docs/counts.md lists the
reasons.

Examples:
  socorro bad-reports
  socorro bad-reports Firefox --days 28
  socorro bad-reports "{NO_PRODUCT}" --json
""",
)
@click.argument("product", required=False)
@click.option("--end", type=Day(), help="Last day, UTC; default: today.")
@click.option(
    "--days", default=7, show_default=True, type=click.IntRange(1, 400), help="Number of days."
)
@limit_option(100)
@tables.forms
def bad_reports(product: str | None, days: int, end: date | None, limit: int, form: Form) -> None:
    """Print crashes that are in no count, and why.

    Without PRODUCT, those of all products.
    """
    last = end or today()
    first = last - timedelta(days=days - 1)
    start, after = midnight(first), midnight(last) + timedelta(days=1)
    period = f"{first} to {last}" if days > 1 else f"{last}"
    with connections.postgres() as database, database.transaction() as db:
        rows = query.bad_reports(db, start, after, product, limit)
    crashes = sum(row.crash_count for row in rows)
    label = f"{product} crashes" if product else "crashes"
    answer = Answer(
        title=f"Bad reports{f': {product}' if product else ''}, {period}",
        columns=COLUMNS,
        rows=[[getattr(row, column.name) for column in COLUMNS] for row in rows],
        about={"product": product, "start": first, "end": last + timedelta(days=1)},
        notes=[
            f"{plural(crashes, 'crash')} in no count"
            + (", and others (--limit)" if len(rows) == limit else "")
        ],
        empty=[f"no bad reports: all {label} are counted, {period}"],
    )
    tables.show(answer, form)
