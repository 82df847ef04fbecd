"""Gate: is a new build worse than an old one? It may be asked every hour."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from socorro.postgres import Connection
from socorro.queries.by_build import BuildDay
from socorro.questions import columns, parameters
from socorro.questions.build_sides import (
    ALL,
    Pair,
    Paired,
    Side,
    days_in_words,
    pair,
    read,
    resolve,
)
from socorro.questions.interface import Answer, Column, Note, Question, Unknown
from socorro.questions.notes import notes
from socorro.questions.selection import ONE_DAY, Selection, select
from socorro.questions.words import percent, plural, three_digits

if TYPE_CHECKING:
    from socorro.stats.gate import Cells, Verdict

DAYS: Final = 14
WEEK: Final = 7 * ONE_DAY  # of use, for which the installs of a build are known
MARGIN: Final = 1.1
RISE: Final = 1.5


class Compared(NamedTuple):
    """Both sides, what of them can be compared, and the verdict."""

    old: Side
    new: Side
    paired: Paired
    verdict: "Verdict"


def answer(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return the verdict on the new build as a note, and a row for each system."""
    selection = select(db, {**values, "version": ()}, DAYS, running=True)
    old, new = sides(db, selection, values)
    if not (values["from"] or values["to"] or values["days"]):
        selection = days_of_use(selection, old, new)
    compared = compare(db, selection, old, new, values["compare"])
    pairs, verdict = compared.paired.pairs, compared.verdict
    systems = list(dict.fromkeys(cell.os for cell in pairs))
    by_system = [[cell for cell in pairs if cell.os == system] for system in systems]
    rows = [_row(ALL, compared.paired, pairs, verdict)] if pairs else []
    if len(systems) > 1:
        rows += [
            _row(of[0].os, compared.paired, of, judge(compared.paired, of)) for of in by_system
        ]
    return Answer(
        title=f"{selection.product} {compared.new.label} against {compared.old.label},"
        f" {_period(selection, values)}",
        rows=rows,
        about={**selection.metadata, **_about(compared), "compare": values["compare"]},
        notes=[
            Note("verdict", sentence(selection.product, compared)),
            *_limits(compared, values["compare"]),
            *([_explained(compared)] if values["why"] else []),
            *notes(db, selection),
        ],
    )


def sides(db: Connection, selection: Selection, values: Mapping[str, Any]) -> tuple[Side, Side]:
    """Return what `old_build` and `new_build` name. Raises Unknown."""
    old, new = (resolve(db, selection, values, name) for name in ("old_build", "new_build"))
    if (old.versions, old.build_day) == (new.versions, new.build_day):
        raise Unknown("new_build", f"{values['new_build']} is the same as {values['old_build']}")
    return old, new


def compare(db: Connection, selection: Selection, old: Side, new: Side, by: str) -> Compared:
    """Compare two sides, by the days of the selection ("days") or their first days ("ages")."""
    if by == "ages":
        length = (selection.end - selection.start).days * ONE_DAY
        days = [read(db, side, side.first, side.first + length) for side in (old, new)]
        paired = pair(days[0], days[1], new.first - old.first)
    else:
        days = [read(db, side, selection.start, selection.end) for side in (old, new)]
        paired = pair(days[0], days[1])
    return Compared(old, new, paired, judge(paired, paired.pairs))


def days_of_use(selection: Selection, old: Side, new: Side) -> Selection:
    """Return the week in which the builds of a day have installs, if there are such builds."""
    built = [side.build_day for side in (old, new) if side.build_day]
    if not built:
        return selection
    start = max(old.first, new.first)
    return selection._replace(start=start, end=max(min(built) + WEEK, start + ONE_DAY))


def judge(paired: Paired, pairs: Sequence[Pair]) -> "Verdict":
    """Judge some of the pairs: by installs where they were counted, else by crashes."""
    from socorro.stats import gate

    least = least_dispersion(paired)
    return gate.judge(cells(paired, pairs), MARGIN, RISE, least_dispersion=least)


def cells(paired: Paired, pairs: Sequence[Pair] | None = None) -> "Cells":
    """Return events and exposures of some of the pairs, else of all."""
    from socorro.stats import gate

    pairs = paired.pairs if pairs is None else pairs
    has_installs = paired.has_installs  # looks at all pairs
    return gate.cells(
        [_events(cell.old, has_installs) for cell in pairs],
        [_events(cell.new, has_installs) for cell in pairs],
        [cell.old_exposure for cell in pairs],
        [cell.new_exposure for cell in pairs],
    )


def least_dispersion(paired: Paired) -> float:
    """Return the dispersion to start from: installs are independent, crashes come in clumps."""
    from socorro.stats import gate

    return 1.0 if paired.has_installs else gate.CLUMPS


def sentence(product: str, compared: Compared) -> str:
    """Return the verdict in one sentence, with the ratio and its interval."""
    old, new, paired, verdict = compared
    if not paired.pairs:
        return (
            f"{product} {new.label} and {old.label} cannot be compared:"
            " no day with active installs (ADI) of both (--compare ages compares first days)"
        )
    what = "installs that crash" if paired.has_installs else "crashes"
    ratio = f"{interval(verdict)}, per active install, from {verdict.events:,.0f} {what}"
    if verdict.outcome == "worse":
        small = f", by less than {percent(MARGIN - 1, 0)}" if (verdict.high or 9) < MARGIN else ""
        return f"{product} {new.label} is worse than {old.label}{small}: {ratio}"
    if verdict.outcome == "not worse":
        least = f"less than {MARGIN} times as often"
        return f"{product} {new.label} is not worse than {old.label} ({least}): {ratio}"
    return (
        f"not enough data yet to say whether {product} {new.label} is worse than {old.label}:"
        f" {ratio}; {_until(verdict, what)}"
    )


def interval(verdict: "Verdict") -> str:
    """Return the ratio and its interval in words."""
    low = three_digits(verdict.low)
    if verdict.high is None:
        return f"ratio at least {low} (95 %, at all times)"
    ratio = "unknown" if verdict.ratio is None else three_digits(verdict.ratio)
    return f"ratio {ratio}, 95 % interval {low} to {three_digits(verdict.high)} (at all times)"


def _until(verdict: "Verdict", what: str) -> str:
    possible = verdict.high is None or verdict.high > RISE
    rise = f"about {verdict.until_worse:,} more {what} would show a ratio of {RISE}, "
    rest = f"about {verdict.until_not_worse:,} more would rule out {MARGIN}"
    return f"{rise if possible else ''}{rest}"


def _limits(compared: Compared, by: str) -> list[Note]:
    """Return what the verdict could not look at, and what it cannot see."""
    old, new, paired, verdict = compared
    limits = [
        Note("no_adi", f"no ADI for {side.label} on {days_in_words(days)}: left out")
        for side, days in ((old, paired.missing["old"]), (new, paired.missing["new"]))
        if days
    ]
    if not paired.pairs:
        return limits
    if paired.has_too_few:
        text = (
            "crashes are compared, over their dispersion: install times do not tell installs apart"
        )
        limits.append(Note("few_installs", text))
    elif not paired.has_installs:
        text = "crashes are compared, over their dispersion: installs were not counted on all days"
        limits.append(Note("no_installs", text))
    if old.channel != new.channel:
        limits.append(
            Note("other_channel", f"{old.channel} and {new.channel} have different users")
        )
    if verdict.outcome == "worse" and by == "days":
        text = "early users of a build differ from later ones: see also compare=ages"
        limits.append(Note("early_users", text))
    return limits


def _explained(compared: Compared) -> Note:
    verdict, cells = compared.verdict, plural(len(compared.paired.pairs), "cell")
    text = (
        f"evidence for worse: e^{verdict.log_worse:.2f}, for less than {MARGIN} times:"
        f" e^{verdict.log_not_worse:.2f} (e^3 = 20 decides); {cells} (day"
        f" and system), dispersion {verdict.dispersion:.2f}; ratios are weighted by a normal"
        " distribution of their logarithm, deviation 0.7"
    )
    return Note("why", text)


def _about(compared: Compared) -> dict[str, object]:
    verdict = compared.verdict._asdict()
    return {"old": compared.old.label, "new": compared.new.label, "margin": MARGIN, **verdict}


def _period(selection: Selection, values: Mapping[str, Any]) -> str:
    if values["compare"] == "days":
        return selection.days
    return f"first {plural((selection.end - selection.start).days, 'day')} of each"


def _events(day: BuildDay, has_installs: bool) -> int:
    return (day.installs or 0) if has_installs else day.crash_count


def _row(system: str, paired: Paired, pairs: Sequence[Pair], verdict: "Verdict") -> list[Any]:
    has_installs = paired.has_installs

    def side(days: Sequence[BuildDay], exposures: Sequence[float]) -> list[Any]:
        events = sum(_events(day, has_installs) for day in days)
        return [
            events * 1000 / sum(exposures),
            sum(day.installs or 0 for day in days) if has_installs else None,
            sum(day.crash_count for day in days),
            sum(day.adi or 0 for day in days),
        ]

    return [
        system,
        verdict.ratio,
        verdict.low,
        verdict.high,
        *side([cell.old for cell in pairs], [cell.old_exposure for cell in pairs]),
        *side([cell.new for cell in pairs], [cell.new_exposure for cell in pairs]),
        len({cell.new.day for cell in pairs}),
    ]


def _columns(side: str) -> tuple[Column, ...]:
    return (
        columns.number(
            f"{side}_rate",
            f"Installs that crash per 1,000 active installs and day, {side} build (crashes where "
            "they were not counted)",
        ),
        columns.count(f"{side}_installs", f"Installs that crashed, {side} build", nullable=True),
        columns.count(f"{side}_crashes", f"Processed crashes, {side} build"),
        columns.count(f"{side}_adi", f"Active daily installs, summed, {side} build"),
    )


COLUMNS = (
    columns.text("os", "System; all: each compared with itself, then together"),
    columns.number("ratio", "New rate over old rate; null: infinite or unknown", nullable=True),
    columns.number("low", "Least ratio of the 95 % interval, which holds at all times"),
    columns.number("high", "Greatest ratio of the interval; null: infinite", nullable=True),
    *_columns("old"),
    *_columns("new"),
    columns.count("days", "Days with active installs of both builds"),
)
QUESTION = Question(
    name="Gate",
    command="gate",
    summary="Whether a new build is worse than an old one",
    description=(
        "A build is a version, a build id, or the day that begins it (20261120). The answer is "
        "worse, not worse (less than 1.1 times) or not enough data, and may be asked again every "
        "hour: equal builds are ever called worse in at most 5 % of cases. Installs that crash are "
        "compared per active install, day by day and system by system; an install counts once a "
        "day. Days without ADI (active daily installs) are left out."
    ),
    parameters=(
        parameters.text("old_build", "The old build: version or build id", required=True),
        parameters.text("new_build", "The new build: version or build id", required=True),
        parameters.PRODUCT,
        parameters.CHANNEL,
        parameters.choice(
            "compare", "Compare the same days, or the first days of each build", ("days", "ages"),
            "days",
        ),
        parameters.days(DAYS),
        parameters.FROM,
        parameters.TO_RUNNING,
        parameters.EXPLAIN,
    ),
    columns=COLUMNS,
    answer=answer,
)  # fmt: skip
