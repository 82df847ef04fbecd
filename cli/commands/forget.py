"""`socorro forget`: removes a person's crashes from everywhere, and proves it."""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import IO, Final, NamedTuple

import click
from rich.progress import TextColumn

from cli.commands import connections
from cli.commands.group import Command, CrashIdText, echo, plural, printer, screen, today
from cli.commands.progress import progress_bar
from cli.commands.tables import plain_table
from socorro.cache import CacheConfig, open_cache
from socorro.config import load
from socorro.counts.config import UrlsConfig
from socorro.crash_id import CrashId
from socorro.extracts.config import ExtractsConfig
from socorro.forget.cache import CachePlace
from socorro.forget.database import DatabasePlace
from socorro.forget.extracts import ExtractsPlace
from socorro.forget.identify import Described, Person, Sources, crashes_of, described, same_crashes
from socorro.forget.place import Place
from socorro.forget.search import ElasticsearchPlace, SegmentsPlace
from socorro.forget.spool import AcceptedPlace, SpoolPlace
from socorro.forget.store import StorePlace
from socorro.forget.work import Outcome, count, going
from socorro.forget.work import forget as forget_crashes
from socorro.retention import RetentionConfig
from socorro.search.config import SearchConfig
from socorro.search.segments.follow import ENGINE

SHOWN: Final = 20  # crashes named on the screen; --json names all
_HASH: Final = re.compile(r"[0-9a-f]{64}")


class Moment(click.ParamType[int]):
    """A moment: seconds since 1970, or a date and time, UTC."""

    name = "time"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Return the moment in seconds since 1970."""
        text = str(value)
        if re.fullmatch(r"[0-9]{1,12}", text):
            return int(text)
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            expected = "expected e.g. 1700000000, 2026-11-23T12:00:05"
            self.fail(f"{text!r} is not a time ({expected})", param, ctx)
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())


class EmailHash(click.ParamType[str]):
    """The SHA-256 of an e-mail address, 64 hexadecimal digits."""

    name = "sha256"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Return the digits in small letters."""
        text = str(value).strip().lower()
        if not _HASH.fullmatch(text):
            self.fail("expected 64 hexadecimal digits: the SHA-256 of the address", param, ctx)
        return text


class Chosen(NamedTuple):
    """What the options say: ids, or what the crashes of a person have in common."""

    crash_ids: Sequence[CrashId]
    person: Person | None
    systems: Sequence[str]


@click.command(
    cls=Command,
    epilog="""
Exit code 0: nothing is left. 1: something is left, or a place was away; run it
again. 2: wrong arguments, or nothing chosen. It may be killed and run again.

The address itself stays off the command line: of `a@b.example` the hash is
  printf %s a@b.example | sha256sum      (A to Z in small letters, no blanks)

Examples:
  socorro forget --crash bp-0bba929f-8721-460c-8e70-a43c00261123 --dry-run
  socorro forget --file ids.txt --yes
  socorro forget --install 2026-03-14T09:26:53 --system 'Windows NT'
  socorro forget --email-hash 9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822c…
""",
)
@click.option(
    "--crash", "crash_ids", multiple=True, type=CrashIdText(), metavar="ID",
    help="A crash; repeatable.",
)  # fmt: skip
@click.option("--file", "list_", type=click.File("r"), help="A file of crash ids, one a line.")
@click.option("--install", type=Moment(), help="All crashes of an install: its InstallTime.")
@click.option(
    "--system", "systems", multiple=True, metavar="NAME",
    help="With --install: only crashes on this system (os_name); repeatable.",
)  # fmt: skip
@click.option("--email-hash", type=EmailHash(), help="All crashes with an e-mail address.")
@click.option(
    "--extracts", "folders", multiple=True, metavar="FOLDER",
    type=click.Path(file_okay=False, exists=True, path_type=Path),
    help="Another folder that `socorro export --to` wrote to; repeatable.",
)  # fmt: skip
@click.option(
    "--wait", default=120.0, show_default=True, metavar="SECONDS",
    help="Wait for crashes being processed; then their jobs are cancelled.",
)  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Only show what each place has of them.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON, with every id.")
def forget(
    crash_ids: tuple[CrashId, ...], list_: IO[str] | None, install: int | None,
    systems: tuple[str, ...], email_hash: str | None, folders: tuple[Path, ...], wait: float,
    dry_run: bool, yes: bool, as_json: bool,
) -> None:  # fmt: skip
    """Remove a person's crashes for good, and prove it.

    They go from spool, crash store, database, search, extracts and caches, and are not taken back
    when a client posts them again. Then every place is searched again.
    """
    chosen = _chosen([*crash_ids, *_ids(list_)], install, systems, email_hash)
    if as_json and not (yes or dry_run):
        raise click.UsageError("--json needs --yes, or --dry-run")
    with _everything(folders) as (sources, places):
        crashes = _identified(chosen, sources)
        if not crashes:
            raise click.ClickException("no crash fits: nothing was removed")
        _check_systems(crashes, chosen)
        if not as_json:
            _describe(crashes)
        all_of_them = going(sources.database, [one.crash_id for one in crashes])
        if dry_run:
            _report(crashes, list(count(places, all_of_them)), as_json, is_dry=True)
            return
        if not yes:
            click.confirm(f"Remove {plural(len(crashes), 'crash')} for good?", abort=True, err=True)
        with progress_bar(TextColumn("")) as bar:
            task = bar.add_task("", total=None)
            outcomes = forget_crashes(
                sources.database, places, all_of_them, wait,
                lambda step: bar.update(task, description=step),
            )  # fmt: skip
    _report(crashes, outcomes, as_json, is_dry=False)


def _chosen(
    crash_ids: Sequence[CrashId],
    install: int | None,
    systems: Sequence[str],
    email_hash: str | None,
) -> Chosen:
    if bool(crash_ids) + (install is not None) + (email_hash is not None) != 1:
        raise click.UsageError(
            "expected one of: crash ids (--crash, --file), --install, --email-hash"
        )
    if systems and install is None:
        raise click.UsageError("--system goes with --install")
    person = None if crash_ids else Person(email_hash, install)
    return Chosen(crash_ids, person, systems)


def _ids(list_: IO[str] | None) -> Iterator[CrashId]:
    for text in list_ or ():
        if text.strip():
            yield CrashIdText().convert(text.strip(), None, None)


@contextmanager
def _everything(folders: Sequence[Path]) -> Iterator[tuple[Sources, list[Place]]]:
    """Open all places, in the order in which they are to be cleaned."""
    spool, search = connections.spool(), load(SearchConfig)
    # A machine without a collector has none; one that was seen is away, and not searched.
    here = spool if spool.root.is_dir() or spool.was_seen else None
    config = load(ExtractsConfig)
    extracts = {config.folder: bool(config.products), **dict.fromkeys(folders, True)}
    with ExitStack() as stack:
        store = stack.enter_context(connections.crash_store())
        database = stack.enter_context(connections.postgres())
        places: list[Place] = [ExtractsPlace(*one) for one in extracts.items()]
        places += [SpoolPlace(here)] if here else []
        places += [
            DatabasePlace(database, load(UrlsConfig)),
            SegmentsPlace(search.folder, database, search.engine == ENGINE),
        ]
        if search.engine == "elasticsearch":
            places.append(ElasticsearchPlace(search.elasticsearch))
        places += [AcceptedPlace(here)] if here else []
        if cache := open_cache(load(CacheConfig)):
            stack.callback(cache.close)
            places.append(CachePlace(cache))
        places.append(StorePlace(store))
        yield Sources(here, store, database), places


def _identified(chosen: Chosen, sources: Sources) -> list[Described]:
    """Return the crashes that the options say, and the same crashes sent again."""
    weeks = load(RetentionConfig).crash_weeks
    days = [today() - timedelta(days=back) for back in range(-1, 7 * weeks + 7)]
    crash_ids = set(chosen.crash_ids)
    if chosen.person:
        with progress_bar() as bar:
            task = bar.add_task("reading crashes", total=len(days))

            def show(day: date, matching: int) -> None:
                bar.update(task, advance=1, description=f"{day}: {matching:,} so far")

            crash_ids = crashes_of(chosen.person, sources, days, show)
    crashes = described(sources.database, crash_ids)
    if chosen.systems:  # a crash without a report does not say its system: it goes as well
        crashes = [one for one in crashes if one.system in ("", *chosen.systems)]
    again = same_crashes([one.crash_id for one in crashes], sources, days) if crashes else set()
    return described(sources.database, again)


def _check_systems(crashes: Iterable[Described], chosen: Chosen) -> None:
    """Refuse crashes of several systems: an install has one, so these are of several people."""
    systems = sorted({one.system for one in crashes if one.system})
    if chosen.person and chosen.person.install and len(systems) > 1 and not chosen.systems:
        raise click.ClickException(
            f"this install time has crashes on {', '.join(systems)}: that is more than one"
            " install; name the system with --system"
        )


def _describe(crashes: Sequence[Described]) -> None:
    programs = Counter(
        " ".join(filter(None, (one.product or "without a report", one.version, one.system)))
        for one in crashes
    )
    days = sorted(datetime.strptime(one.crash_id[-6:], "%y%m%d").date() for one in crashes)  # noqa: DTZ007
    echo(f"{plural(len(crashes), 'crash')}, submitted from {days[0]} to {days[-1]}:")
    for program, number in programs.most_common(SHOWN):
        echo(f"  {number:,}  {program}")


def _report(
    crashes: Sequence[Described], outcomes: Sequence[Outcome], as_json: bool, *, is_dry: bool
) -> None:
    """Print what came of it; exit 1 unless nothing is left."""
    is_clean = all(outcome.is_clean for outcome in outcomes)
    if as_json:
        document = {
            "crashes": [one.crash_id for one in crashes],
            "dry_run": is_dry,
            "clean": is_clean,
            "places": [
                {
                    "place": one.place, "present": one.before,
                    "left": one.left, "problem": one.problem or None,
                }
                for one in outcomes
            ],
        }  # fmt: skip
        echo(json.dumps(document, indent=2))
    else:
        _show(outcomes, is_dry)
        if is_dry:
            _name(crashes)
    if is_dry:
        return
    if not is_clean:
        screen().print("Something is left, or was not searched: run it again.", style="bold red")
        raise SystemExit(1)
    screen().print(f"Nothing is left of {plural(len(crashes), 'crash')}.")


def _show(outcomes: Sequence[Outcome], is_dry: bool) -> None:
    table = plain_table()
    table.add_column("place")
    table.add_column("present" if is_dry else "removed", justify="right")
    if not is_dry:
        table.add_column("left", justify="right")
    for one in outcomes:
        texts = [one.problem] if one.problem else [f"{one.before - (not is_dry and one.left):,}"]
        if not is_dry:
            texts.append("?" if one.problem else f"{one.left:,}")
        table.add_row(one.place, *texts)
    printer().print(table)


def _name(crashes: Sequence[Described]) -> None:
    for one in crashes[:SHOWN]:
        echo(one.crash_id)
    if len(crashes) > SHOWN:
        echo(f"and {len(crashes) - SHOWN:,} more (--json)")
