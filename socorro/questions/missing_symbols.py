"""MissingSymbols: the modules whose missing symbols affect most crashes, and how to add them."""

from collections.abc import Mapping
from datetime import date, timedelta
from itertools import islice
from typing import Any, Final

from socorro.postgres import Connection
from socorro.queries import symbols as query
from socorro.queries.symbols import AffectedCrashes, Missing
from socorro.questions import columns, parameters
from socorro.questions.interface import Answer, Note, Question
from socorro.questions.selection import days_of
from socorro.questions.words import midnight, plural
from socorro.symbols.system_libraries import is_system_library

MOST_READ: Final = 20_000  # modules among which those of one kind are looked for
KINDS: Final = ("all", "own", "system")


def answer(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return modules without symbols, those first that most signatures are affected by."""
    start, end = days_of(values, running=True)
    modules = _modules(db, values, start, end)
    crashes = query.affected_crashes(db, midnight(start), midnight(end))
    last = end - timedelta(days=1)
    period = f"{start}" if last == start else f"{start} to {last}"
    return Answer(
        title=f"Missing symbols, {period}",
        rows=[_row(module) for module in modules],
        about={"start": start, "end": end, **crashes._asdict()},
        notes=[_affected(crashes, period)],
    )


def _modules(db: Connection, values: Mapping[str, Any], start: date, end: date) -> list[Missing]:
    """Return the requested rows; a kind of modules is picked out of the worst ones."""
    first, count, kind = values["offset"], values["limit"], values["modules"]
    period = midnight(start), midnight(end)
    if kind == "all":
        return query.missing(db, *period, count, first)
    of_kind = (
        module
        for module in query.missing(db, *period, MOST_READ)
        if is_system_library(module.filename or module.debug_file) == (kind == "system")
    )
    return list(islice(of_kind, first, first + count))


def _affected(crashes: AffectedCrashes, period: str) -> Note:
    if not crashes.crash_count:
        text = f"no crash lacks symbols on its crashing thread, {period}"
        return Note("nothing_matches", text)
    lacks = "lacks" if crashes.crash_count == 1 else "lack"
    return Note(
        "affected",
        f"{plural(crashes.crash_count, 'crash')} {lacks} symbols on the crashing thread,"
        f" {crashes.naming_count:,} of them in the signature",
    )


def _row(module: Missing) -> list[Any]:
    values = module._asdict() | {
        "fix": module.fix,
        "is_system": is_system_library(module.filename or module.debug_file),
    }
    return [values[column.name] for column in COLUMNS]


COLUMNS = (
    columns.count("naming_count", "Crashes whose signature names a frame of the module"),
    columns.count("crash_count", "Crashes with frames of the module on their crashing thread"),
    columns.text("debug_file", "File with its debug information"),
    columns.text("debug_id", "Its debug id"),
    columns.text("filename", "File of the module"),
    columns.text("version", "Its version"),
    columns.boolean("is_system", "Whether it is a library of the operating system, by its name"),
    columns.moment("last_submitted", "When the newest of these crashes was submitted"),
    columns.text("fix", "The command that adds the symbols, once its path is right"),
)
QUESTION = Question(
    name="MissingSymbols",
    command="missing-symbols",
    summary="Modules without symbols, most needed first",
    description=(
        "Counts processed crashes with frames of the module on their crashing thread, those first "
        "whose signature names such a frame: symbols would change it. The vendor of the system has "
        "the symbols of its libraries; they are recognised by their names."
    ),
    parameters=(
        parameters.days(),
        parameters.FROM,
        parameters.TO_RUNNING,
        parameters.choice(
            "modules", "Your own modules, libraries of the system, or all", KINDS, "all"
        ),
        parameters.limit(100, "modules"),
        parameters.OFFSET,
    ),
    columns=COLUMNS,
    answer=answer,
)
