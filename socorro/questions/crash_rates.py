"""CrashRates: crashes per 100 installs by day, and today compared with yesterday."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from socorro.postgres import Connection
from socorro.queries import crash_rate as query
from socorro.queries.crash_rate import CrashRate
from socorro.questions import columns, parameters
from socorro.questions.day_changes import ONE_DAY, REACH, Change, change
from socorro.questions.interface import Answer, Note, Question
from socorro.questions.notes import explain_empty, notes, without_installs
from socorro.questions.selection import Selection, select
from socorro.questions.words import plural, today

SYSTEMS = ("win", "mac", "lin", "android", "other")
MANY = 20  # crashes that one install would hardly send on a day
SPLITS = ("all", "version", "channel", "os", "version and os")


def answer(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return a row for each day, or for each version, channel or system of a day."""
    selection = select(db, values)
    by, split = values["by"], values["split"]
    rates = query.crash_rate(
        db,
        selection.versions,
        selection.start,
        selection.end,
        by=by,
        split=split,
        system=values["os"],
        most=values["limit"],
        skip=values["offset"],
    )
    changes = _changes(db, selection, values["os"]) if by == "report" and rates else []
    more = (
        [*without_installs(db, selection), *notes(db, selection)]
        if rates
        else explain_empty(db, selection, by)
    )
    return Answer(
        title=f"Crash rate: {selection.label}, {selection.days}"
        f"{' by build' if by == 'build' else ''}",
        rows=[[getattr(row, column.name) for column in COLUMNS] for row in rates],
        about={
            **selection.metadata,
            "by": by,
            "split": split,
            "os": values["os"],
            "comparison": changes[-1].numbers if changes else None,
        },
        notes=[*_sentences(changes, values["why"]), *_left_out(rates), *_doubts(rates), *more],
    )


def _changes(db: Connection, selection: Selection, system: str | None) -> list[Change]:
    """Compare the last day with the day before; without ADI, the latest days that have it too."""
    rates = {
        rate.day: rate
        for rate in query.crash_rate(
            db, selection.versions, selection.start - REACH, selection.end, system=system
        )
    }
    last = selection.end - ONE_DAY
    what = selection.label + (f" on {system}" if system else "")
    first = change(rates, last, what)
    for back in range(1, (selection.end - selection.start).days) if first.missing else ():
        if all((row := rates.get(last - days * ONE_DAY)) and row.adi for days in (back, back + 1)):
            return [first, change(rates, last - back * ONE_DAY, what)]
    if first.missing and last == today():
        return [first, change(rates, last - ONE_DAY, what)]
    return [first]


def _sentences(changes: Sequence[Change], explain: bool) -> Iterator[Note]:
    for number, compared in enumerate(changes):
        running = " (the day is not over)" if compared.now.day == today() else ""
        if number == 0 or not compared.missing:
            code = "no_adi" if compared.missing else "comparison"
            yield Note(code, compared.sentence + running)
    last = changes[-1:]
    if not (last and last[0].missing and last[0].now.day == today()):  # a day is not its half
        yield from _of_the_last(last, explain)


def _of_the_last(changes: Sequence[Change], explain: bool) -> Iterator[Note]:
    for compared in changes:
        if compared.sentence_of_crashes:
            yield Note("comparison", compared.sentence_of_crashes)
        if explain:
            yield from (Note("why", reason) for reason in compared.reasons)


def _left_out(rates: Sequence[CrashRate]) -> list[Note]:
    without = sum(row.without_adi for row in rates if row.adi)
    if not without:
        return []
    text = f"{plural(without, 'crash')} of versions without ADI left out of the rates"
    return [Note("without_adi", text)]


def _doubts(rates: Sequence[CrashRate]) -> Iterator[Note]:
    """Say where installs cannot be told apart."""
    total = sum(row.installs or 0 for row in rates)
    if without := sum(row.without_time for row in rates):
        text = f"{without:,} of {plural(total, 'install')} that crashed have no install time: one "
        yield Note("no_install_time", f"{text}for each crash")
    same = [row for row in rates if row.installs == 1 and row.crash_count >= MANY]
    for row in same[:1]:
        days = f" (and on {plural(len(same) - 1, 'more day')})" if len(same) > 1 else ""
        crashes = plural(row.crash_count, "crash")
        yield Note("one_install", f"on {row.day}{days} all {crashes} have the same install time")


COLUMNS = (
    columns.day("day", "UTC day of submission, or of the build"),
    columns.text("version", "Version, when rows are split by version", nullable=True),
    columns.text("channel", "Release channel, when rows are split by channel", nullable=True),
    columns.text("os", "System, when rows are split by system", nullable=True),
    columns.number("estimated_count", "Crashes, corrected for sampling; a hang pair counts once"),
    columns.count("crash_count", "Processed crashes; a hang pair counts once"),
    columns.count(
        "installs", "Different installs that crashed, once a day; null: not counted", nullable=True
    ),
    columns.count("adi", "Active daily installs; null: missing", nullable=True),
    columns.number("rate", "Estimated crashes per 100 ADI; null: no ADI", nullable=True),
    columns.number("throttle", "Share of crashes that was processed", nullable=True),
    columns.count("without_adi", "Processed crashes of versions without ADI: not in the rate"),
)
QUESTION = Question(
    name="CrashRates",
    command="crash-rate",
    summary="Crashes per 100 installs, day by day",
    description=(
        "ADI are active daily installs. Rates are corrected for sampling: where 10 % of them "
        "are processed, each counts ten times. A hang pair counts once. Missing ADI is null, never "
        "0. A note compares the last day with the day before and with the same weekday of the week "
        "before; the interval takes the scatter of the last six weeks into account."
    ),
    parameters=(
        *parameters.period(),
        parameters.BY,
        parameters.choice("os", "Crashes on one system only", SYSTEMS),
        parameters.choice(
            "split", "One row per day, or per version, channel or system of a day", SPLITS, "all"
        ),
        parameters.EXPLAIN,
        parameters.limit(parameters.MOST_ROWS),
        parameters.OFFSET,
    ),
    columns=COLUMNS,
    answer=answer,
)
