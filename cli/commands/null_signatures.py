"""`socorro null-signatures`: crashes without a useful signature, one beta and the next."""

from collections.abc import Sequence
from datetime import date

import click

from cli.commands import arguments, connections, tables
from cli.commands.group import Command
from cli.commands.tables import Answer, Column, Form, decimal, number
from socorro.postgres import Connection
from socorro.queries import null_signatures as query
from socorro.queries import versions
from socorro.queries.null_signatures import Pair
from socorro.questions.selection import Selection


def _columns(title: str) -> tuple[Column, ...]:
    return (
        Column("difference", "±", decimal(3, sign=True)),
        Column("old_rate", "Old rate", decimal(3)),
        Column("new_rate", "New rate", decimal(3)),
        Column("old_count", "Old crashes", number),
        Column("new_count", "New crashes", number),
        Column("name", title),
    )


@click.command(
    "null-signatures",
    cls=Command,
    epilog="""
Rates are crashes per 1,000 ADI (active daily installs) and day, corrected for sampling, over days
with ADI. The default VERSION is the newest beta. It is compared with the version before it on its
channel.

Examples:
  socorro null-signatures Firefox
  socorro null-signatures Firefox 141.0b3 --of module
  socorro null-signatures Firefox --of every-signature --csv > betas.csv
""",
)
@arguments.arguments()
@click.option(
    "--of",
    "what",
    type=click.Choice(["signature", "every-signature", "build", "module", "os", "reason"]),
    default="signature",
    show_default=True,
    help="What to compare; every-signature includes useful signatures.",
)
@arguments.limit_option(200)
@tables.forms
def null_signatures(
    product: str | None,
    version: str | None,
    days: int,
    end: date | None,
    what: str,
    limit: int,
    form: Form,
) -> None:
    """Compare crashes without a useful signature across betas."""
    with connections.postgres() as database, database.transaction() as db:
        selection = arguments.select(db, product, version, days, end)
        all_versions = versions.versions(db, selection.product)
        compared = query.pair(all_versions, selection.versions[0] if version else None)
        if compared is None:
            raise click.ClickException(f"{selection.product} has no counted beta: name a VERSION")
        rows = _compare(db, compared, selection, what, limit)
        old = compared.old.version if compared.old else "no earlier version"
        notes = [*_missing(db, compared, selection), *arguments.bad(db, selection)]
        answer = Answer(
            title=f"{selection.product} {compared.new.version} and {old}, {selection.days}",
            columns=_columns(what.replace("every-", "").capitalize()),
            rows=rows,
            about={
                **selection.metadata,
                "version": compared.new.version,
                "old_version": compared.old.version if compared.old else None,
                "of": what,
            },
            notes=notes,
            empty=["no such crashes on days with ADI", *notes],
        )
    tables.show(answer, form)


def _compare(
    db: Connection, compared: Pair, selection: Selection, what: str, limit: int
) -> list[Sequence[object]]:
    period = (selection.start, selection.end)
    if what in ("signature", "every-signature"):
        only_null = what == "signature"
        rows = query.signatures(db, compared, *period, only_null=only_null, most=limit)
    else:
        kind: query.Kind = what  # type: ignore[assignment]
        rows = query.facts(db, compared, *period, kind, limit)
    return [
        (row.difference, row.old_rate, row.new_rate, row.old_count, row.new_count, row.name)
        for row in rows
    ]


def _missing(db: Connection, compared: Pair, selection: Selection) -> list[str]:
    notes = []
    for version in (compared.old, compared.new):
        if version is None:
            continue
        installs = query.installs(db, version, selection.start, selection.end)
        if installs.missing:
            days = ", ".join(map(str, installs.missing))
            notes.append(f"no ADI for {version.product} {version.version} on {days}")
    return notes
