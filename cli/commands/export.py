"""`socorro export`: the extracts of a day as files."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import click
from rich.progress import TextColumn

from cli.commands import connections
from cli.commands.group import Command, Day, echo, screen, today
from cli.commands.progress import progress_bar
from socorro import folders_seen
from socorro.config import load
from socorro.extracts.config import ExtractsConfig
from socorro.extracts.folder import Audience
from socorro.extracts.write import Written, products, write
from socorro.no_product import NO_PRODUCT
from socorro.postgres import Database
from socorro.queries import freshness
from socorro.questions.notes import COUNT


@click.command(
    cls=Command,
    epilog="""
Two gzip files per product, with 30 tab-separated columns: private/YYYYMMDD-crashdata.csv.gz, and
public/YYYYMMDD-pub-crashdata.csv.gz without what users wrote or visited. Each comes with its
checksum (sha256sum -c), a description of its columns, and the same rows as a .parquet file.

Examples:
  socorro export
  socorro export --day 2026-11-23 --product Thunderbird --public --to /srv/extracts
  zcat var/extracts/public/20261123-pub-crashdata.csv.gz | head
""",
)
@click.option("--day", type=Day(), help="Day of submission, UTC; default: yesterday.")
@click.option(
    "--product",
    "requested",
    multiple=True,
    help="Product; repeatable; default: SOCORRO_EXTRACTS_PRODUCTS.",
)
@click.option("--public", "audience", flag_value="public", help="Only the public file.")
@click.option("--private", "audience", flag_value="private", help="Only the private file.")
@click.option("--both", "audience", flag_value="both", default=True, help="Both files (default).")
@click.option(
    "--to", type=click.Path(file_okay=False, path_type=Path),
    help="Folder; default: SOCORRO_EXTRACTS_FOLDER.",
)  # fmt: skip
def export(day: date | None, requested: tuple[str, ...], audience: str, to: Path | None) -> None:
    """Write a day's reports as files for analysts.

    Prints the names of the files. Removes nothing: the job extracts of `socorro cron` does that.
    """
    config = load(ExtractsConfig)
    audiences: tuple[Audience, ...] = ("private", "public")
    audiences = tuple(name for name in audiences if audience in (name, "both"))
    export_day = day or today() - timedelta(days=1)
    if export_day >= today():
        raise click.BadParameter("that day is not over yet", param_hint="--day")
    with connections.postgres() as database:
        with database.transaction() as db:
            is_counted = freshness.is_counted(db, export_day)
        for product in _checked(database, requested or tuple(config.products)):
            with _hours(f"{product} {export_day}") as hour:
                written = write(
                    database, to or config.folder, export_day, product, audiences,
                    config.report_url, config.level, hour,
                )  # fmt: skip
            folders_seen.remember(to or config.folder, "extracts")
            _print_files(written)
    if not is_counted:
        screen().print(
            f"{export_day} is not counted yet: duplicates may be unmarked and installs missing;"
            f" {COUNT}, then export it again"
        )


@contextmanager
def _hours(what: str) -> Iterator[Callable[[int], None]]:
    """Show progress hour by hour; yield what is called after each hour, with all reports so far."""
    with progress_bar(TextColumn("{task.fields[reports]:,}")) as bar:
        task = bar.add_task(what, total=24, reports=0)
        yield lambda reports: bar.update(task, advance=1, reports=reports)


def _checked(database: Database, requested: tuple[str, ...]) -> tuple[str, ...]:
    with database.transaction() as db:
        names = [*products(db), NO_PRODUCT]
    for product in requested:
        if product not in names:
            raise click.BadParameter(
                f"{product!r} is not a product (choose from {', '.join(names)})",
                param_hint="--product",
            )
    return requested


def _print_files(written: list[Written]) -> None:
    for file in written:
        echo(file.path)
        size = f"{file.reports:,} reports, {file.bytes:,} bytes"
        screen().print(f"  {size}", style="dim")
