"""`socorro backup`: what the crash store cannot bring back, saved and restored."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click
from rich.table import Table

from cli.commands import backup_files, backup_home, connections
from cli.commands.group import Group, echo, plural, printer
from cli.commands.progress import progress_bar
from socorro.backup import create as creation
from socorro.backup import manifest as manifests
from socorro.backup import restore
from socorro.backup.manifest import BadBackup, Manifest
from socorro.postgres import Database

FOLDER = click.Path(file_okay=False, path_type=Path)


@contextmanager
def _refusals() -> Iterator[None]:
    """Turn what operators can fix into one line and exit code 1."""
    try:
        yield
    except BadBackup as error:
        raise click.ClickException(str(error)) from None
    except OSError as error:
        raise click.ClickException(f"{error.filename}: {error.strerror}") from None


@click.group(
    cls=Group,
    epilog="""
Examples:
  socorro backup create --to /srv/backup --store --symbols --keep 14
  socorro backup list /srv/backup
  socorro backup verify /srv/backup
  socorro backup restore /srv/backup/20261130T030000Z --dry-run
  socorro backup tables              which table comes back how
""",
)
def backup() -> None:
    """Save what crashes cannot bring back, and restore it."""


@backup.command(
    epilog="""
The backup appears under its name when it is whole. It has passwords (hashed), secrets and
addresses of users: its files are readable by you alone.

Examples:
  socorro backup create --to /srv/backup
  socorro backup create --to /srv/backup --store --delete --symbols --keep 14
  socorro backup create --to /srv/backup --also /etc/socorro
  socorro backup create --to /srv/backup --postgres none      secrets and settings only
"""
)
@click.option("--to", "parent", type=FOLDER, required=True, help="Folder of all backups.")
@click.option(
    "--postgres", type=click.Choice(["dump", "none"]), default="dump", help="Default: dump."
)
@click.option("--store", is_flag=True, help="Copy new crashes of a crash store of files, too.")
@click.option("--symbols", is_flag=True, help="Copy symbols that were added, too.")
@click.option("--delete", is_flag=True, help="Remove copies of what is gone here (at most 30 %).")
@click.option(
    "--also",
    multiple=True,
    type=click.Path(exists=True, path_type=Path),
    help="Another file, or folder of files, such as secrets; repeatable.",
)
@click.option("--keep", type=click.IntRange(min=1), help="Remove all but so many backups.")
def create(
    parent: Path,
    postgres: str,
    store: bool,
    symbols: bool,
    delete: bool,
    also: tuple[Path, ...],
    keep: int | None,
) -> None:
    """Write a new backup, and print its folder.

    Crashes and symbols are copied to one folder beside the backups, which grows by what is new.
    """
    with _refusals(), creation.alone(parent):
        home, missing = backup_home.collect(also)
        store_id = backup_files.copy_store(parent, delete) if store else ""
        if symbols:
            backup_files.copy_symbols(parent, delete)
        database = connections.postgres() if postgres == "dump" else nullcontext()
        with database as opened, progress_bar() as bar:
            task = bar.add_task("tables", total=None)
            folder = creation.create(
                parent, opened, home, missing, store_id,
                lambda table: bar.update(task, advance=1, description=table),
            )  # fmt: skip
        for sentence in missing:
            echo(f"not in the backup: {sentence}", err=True)
        saved = manifests.read(folder)
        echo(f"{folder}: {plural(saved.rows, 'row')}, {saved.size:,} bytes")
        for old in creation.remove_old(parent, keep) if keep else ():
            echo(f"removed {old}")


@backup.command(
    "list",
    epilog="""
Examples:
  socorro backup list /srv/backup
  socorro backup list /srv/backup --max-age 26     for Nagios and its kin
""",
)
@click.argument("parent", type=FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--max-age", type=float, help="Exit 1 if the newest is older, in hours.")
def list_backups(parent: Path, as_json: bool, max_age: float | None) -> None:
    """List the backups in a folder, the newest first; exit 1 if there is none."""
    with _refusals():
        listed = [_listed(folder) for folder in manifests.folders(parent)]
    if as_json:
        echo(json.dumps(listed, indent=1))
    elif listed:
        _show(listed)
    whole = [float(one["age_hours"]) for one in listed if not one["problem"]]
    if not whole:
        raise click.ClickException(f"{parent}: no whole backup in this folder")
    if max_age is not None and whole[0] > max_age:
        raise click.ClickException(f"{parent}: the newest backup is {whole[0]:,.0f} hours old")


def _listed(folder: Path) -> dict[str, Any]:
    try:
        saved = manifests.read(folder)
    except BadBackup as error:
        return {"backup": folder.name, "problem": str(error)}
    return {
        "backup": folder.name,
        "age_hours": round((datetime.now(UTC) - saved.time).total_seconds() / 3600, 2),
        "rows": saved.rows,
        "bytes": saved.size,
        "schema": saved.schema[-1] if saved.schema else "no database",
        "version": saved.version,
        "missing": saved.missing,
        "problem": "",
    }


def _show(listed: list[dict[str, Any]]) -> None:
    table = Table("Backup", "Age", "Rows", "Bytes", "Schema", "Version", box=None)
    for one in listed:
        if one["problem"]:
            table.add_row(one["backup"], "", "", "", "damaged", "")
            continue
        table.add_row(
            one["backup"], f"{one['age_hours']:,.0f} h", f"{one['rows']:,}", f"{one['bytes']:,}",
            one["schema"], one["version"],
        )  # fmt: skip
    printer().print(table)
    for one in listed:
        if one["problem"]:
            echo(one["problem"])


@backup.command()
@click.argument("folder", type=FOLDER)
def verify(folder: Path) -> None:
    """Read a backup, or the newest in a folder, and compare checksums; exit 1 if it is damaged."""
    with _refusals():
        folder, saved = _verified(folder)
    echo(f"{folder}: healthy, {len(saved.files):,} files, {plural(saved.rows, 'row')}")


@backup.command()
def tables() -> None:
    """Print how the rows of each table come back after a loss."""
    from socorro.backup.tables import TABLES

    shown = Table("Table", "Comes back", "What it has, or who makes it", box=None)
    for table in sorted(TABLES):
        shown.add_row(table.name, table.how.value, table.content)
    printer().print(shown)


@backup.command(
    "restore",
    epilog="""
Stop the services first. It may be killed, and run again: it goes on. Then run
`socorro rebuild`, which brings the reports back from the crash store.

Examples:
  socorro backup restore /srv/backup/20261130T030000Z --dry-run
  socorro backup restore /srv/backup/20261130T030000Z
  socorro backup restore /srv/backup --no-store      only Postgres and secrets were lost
""",
)
@click.argument("folder", type=FOLDER)
@click.option("--dry-run", is_flag=True, help="Only check, and say what would be restored.")
@click.option("--no-store", is_flag=True, help="Leave crash store and symbols as they are.")
@click.option("--no-database", is_flag=True, help="Only secrets, settings and files.")
def restore_backup(folder: Path, dry_run: bool, no_store: bool, no_database: bool) -> None:
    """Restore a backup into an empty database and an empty SOCORRO_HOME.

    FOLDER is a backup, or the folder of all: then it is the newest. What is there already, of this
    backup, is left alone.
    """
    with _refusals(), connections.postgres() as database:
        folder, saved = _verified(folder)
        contents = backup_home.to_write(folder, saved)
        is_in = no_database or restore.check(database, saved)
        folders = [] if no_store else backup_files.check_copies(folder.parent, saved)
        if not is_in and str(backup_files.store_folder()) not in folders:
            _check_store()
        if dry_run:
            for target in (*map(str, contents), *folders):
                echo(f"{target} would be restored")
            echo(f"{plural(0 if is_in else saved.rows, 'row')} would be restored")
            return
        backup_home.write(contents)
        for path in contents:
            echo(f"{path}: restored")
        if not no_store:
            backup_files.restore_copies(folder.parent, saved)
        if not is_in:
            _restore_database(folder, saved, database)
    if is_in and not no_database:
        echo(f"the database has backup {folder.name} already")
    echo("next: start the services, and run `socorro rebuild`")


def _check_store() -> None:
    """Check that the crash store is there before anything is restored: counts depend on it."""
    with connections.crash_store() as store:
        store.check()


def _restore_database(folder: Path, saved: Manifest, database: Database) -> None:
    with connections.crash_store() as store:
        dropped = restore.dropped_until(folder, saved)
        first_again = restore.first_counted_again(store, dropped, saved.time)
    with progress_bar() as bar:
        task = bar.add_task("tables", total=len(saved.tables))
        rows = restore.restore(
            folder, saved, database, first_again,
            lambda table: bar.update(task, advance=1, description=table),
        )  # fmt: skip
    echo(f"{plural(rows, 'row')} restored; from {first_again} on, days are counted again")


def _verified(folder: Path) -> tuple[Path, Manifest]:
    """Return a backup that is as it was written, and its manifest. Raises BadBackup."""
    folder = manifests.locate(folder)
    saved = manifests.read(folder)
    with progress_bar() as bar:
        task = bar.add_task("checksums", total=saved.size)
        problems = list(
            manifests.problems(folder, saved, lambda size: bar.update(task, advance=size))
        )
    for problem in problems:
        echo(problem, err=True)
    if problems:
        raise BadBackup(f"{folder} is damaged: use another backup")
    return folder, saved
