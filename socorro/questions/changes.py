"""Changes: what exploded, is new, came back or is gone."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from socorro.postgres import Connection
from socorro.queries import changes as query
from socorro.queries import explosions as explosions_query
from socorro.queries.changes import BEFORE, Change
from socorro.queries.explosions import Explosion
from socorro.questions import columns, parameters
from socorro.questions.explosions import explain, sentences
from socorro.questions.interface import Answer, Note, Question
from socorro.questions.notes import explain_empty, notes
from socorro.questions.selection import ONE_DAY, Selection, select
from socorro.questions.words import plural
from socorro.stats.explosion_words import by_chance, rounded

DAYS = 2  # yesterday and the running day, which alone is nearly empty after midnight UTC
MOST_EXPLOSIONS = 1000  # of a period; they come first
MOST_CHANGES = 10_000  # that are new, back or gone; all are counted
KINDS = ("exploded", "new", "back", "gone")
SYSTEMS = ("win", "mac", "lin", "android")
NO_SERIES: Mapping[str, Any] = {"versions": [], "series": [], "expected_series": []}
NONE = {
    "exploded": "nothing exploded",
    "new": "no signature is new",
    "back": "no signature came back",
    "gone": "no signature is gone",
}


class Changes(NamedTuple):
    """All changes of a period: what exploded first, then *counts* of each kind in all."""

    selection: Selection
    exploded: Sequence[Explosion]
    others: Sequence[Change]
    counts: Mapping[str, int]
    notes: Sequence[Note]


def answer(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return one page: what exploded first, then what is new, back and gone."""
    return page(every(db, values), values)


def every(db: Connection, values: Mapping[str, Any]) -> Changes:
    """Return all changes; what page() makes pages of. Raises Unknown."""
    selection = select(db, values, DAYS, running=True)
    last = selection.end - ONE_DAY
    exploded = _latest(
        explosions_query.explosions(
            db, selection.versions, selection.start, last, most=MOST_EXPLOSIONS
        )
    )
    others = query.changes(
        db,
        selection.product,
        selection.versions,
        selection.start,
        selection.end,
        most=MOST_CHANGES,
    )
    counts = {"exploded": len(exploded), **(others[0].kinds if others else {})}
    has_any = bool(exploded or others)
    more = notes(db, selection) if has_any else explain_empty(db, selection)
    return Changes(selection, exploded, others, counts, more)


def page(changes: Changes, values: Mapping[str, Any]) -> Answer:
    """Return the rows from *offset* on, at most *limit*, of one *kind* or of all."""
    kinds = [values["kind"]] if values["kind"] else KINDS
    exploded = changes.exploded if "exploded" in kinds else ()
    others = [item for item in changes.others if item.kind in kinds]
    alarms = exploded[values["offset"] :][: values["limit"]]
    skipped = max(0, values["offset"] - len(exploded))
    shown = others[skipped:][: values["limit"] - len(alarms)]
    total = sum(changes.counts.get(kind, 0) for kind in kinds)
    nothing = [] if total or not any(changes.counts.values()) else [_nothing(changes, kinds[0])]
    summary = [_summary(changes.counts), *sentences(alarms, values["why"])]
    return Answer(
        title=f"Changes: {changes.selection.label}, {changes.selection.days}",
        rows=[*map(_exploded, alarms), *(_changed(item, values["why"]) for item in shown)],
        about={
            **changes.selection.metadata,
            **{kind: changes.counts.get(kind, 0) for kind in KINDS},
        },
        notes=[*(summary if any(changes.counts.values()) else ()), *nothing, *changes.notes],
        total=total,
    )


def _latest(explosions: Sequence[Explosion]) -> list[Explosion]:
    """Return the last alarm of each signature and channel, the greatest rise first."""
    latest: dict[tuple[str, str], Explosion] = {}
    for explosion in explosions:
        key = (explosion.channel, explosion.signature)
        if key not in latest or latest[key].day < explosion.day:
            latest[key] = explosion
    return sorted(latest.values(), key=lambda item: (-(item.ratio or item.low), item.signature))


def _summary(counts: Mapping[str, int]) -> Note:
    words = {"exploded": "exploded", "new": "new", "back": "came back", "gone": "gone"}
    text = ", ".join(f"{counts.get(kind, 0):,} {word}" for kind, word in words.items())
    return Note("summary", f"{text}; expected false alarms: under 5 %")


def _nothing(changes: Changes, kind: str) -> Note:
    text = f"{NONE[kind]}: {changes.selection.label}, {changes.selection.days}"
    return Note("nothing_matches", text)


def _exploded(item: Explosion) -> list[Any]:
    values = {
        "kind": "exploded",
        "signature": item.signature,
        "channel": item.channel,
        "count": item.events,
        "counted": item.counted,
        "window_days": item.window_days,
        "expected": item.expected,
        "ratio": item.ratio,
        "low": item.low,
        "high": item.high,
        "since": item.first_day,
        "chance": item.chance,
        "bugs": item.bugs,
        "versions": item.versions,
        **dict(zip(SYSTEMS, item.systems, strict=True)),
        "sentence": explain(item),
        "day": item.day,
        "series": item.counts,
        "expected_series": item.expected_counts,
    }
    return [values.get(column.name) for column in COLUMNS]


def _changed(item: Change, explain_more: bool) -> list[Any]:
    values = {
        **NO_SERIES,
        **item._asdict(),
        "count": item.crash_count,
        "counted": "crashes",
        "sentence": _sentence(item) + (_reason(item) if explain_more else ""),
    }
    return [values.get(column.name) for column in COLUMNS]


def _sentence(item: Change) -> str:
    crashes = plural(item.crash_count, "crash")
    if item.kind == "new":
        build = f", first in build {item.first_build}" if item.first_build else ""
        return f"{crashes} since {item.since}, none before{build}"
    if item.kind == "back":
        return f"{crashes} since {item.since}, none in the {BEFORE} days before, but earlier"
    expected = rounded(item.expected or 0.0)
    return f"no crash since {item.since}, where {expected} were expected"


def _reason(item: Change) -> str:
    if item.chance is None:
        return ""
    return (
        f"; of all signatures of the {BEFORE} days before {by_chance(item.chance)} would be gone by"
        " chance, at as many crashes as the versions have now"
    )


COLUMNS = (
    columns.text("kind", "exploded, new, back or gone"),
    columns.text("signature", "Signature"),
    columns.text("channel", "Release channel in which it exploded", nullable=True),
    columns.count("count", "Crashes; exploded: crashes or installs of the days of the alarm"),
    columns.number("expected", "As many as were expected from its history", nullable=True),
    columns.number("ratio", "Rate / the rate before, exploded", nullable=True),
    columns.number("low", "Least that the ratio may be (95 %)", nullable=True),
    columns.number("high", "Most that the ratio may be; null: no limit", nullable=True),
    columns.day("since", "First day of the change, UTC"),
    columns.number("chance", "How many signatures would do so by chance", nullable=True),
    columns.text("first_build", "First build of a new one", nullable=True),
    columns.counts("bugs", "Bugs that name it"),
    columns.text("sentence", "All that in a sentence"),
    columns.text("counted", "What count is: crashes or installs"),
    columns.count(
        "installs", "Installs, new and back, once a day; null: not counted", nullable=True
    ),
    columns.count("window_days", "Exploded: count is of so many days up to the day", nullable=True),
    columns.day("day", "Exploded: the day of the last alarm, UTC", nullable=True),
    columns.texts("versions", "Exploded: versions that crashed then; most crashes first"),
    *(
        columns.count(system, f"Exploded: its processed crashes on {name} then", nullable=True)
        for system, name in zip(SYSTEMS, ("Windows", "macOS", "Linux", "Android"), strict=True)
    ),
    columns.numbers("series", "Exploded: events of 49 days, oldest first"),
    columns.numbers("expected_series", "Exploded: expected events of these days"),
)
QUESTION = Question(
    name="Changes",
    command="changes",
    summary="Signatures that exploded, are new, back or gone",
    description=(
        "exploded: its rate rose beyond what its history explains (docs/statistics.md). new: no "
        "version of the product had it before. back: at least 3 crashes, none in the 28 days "
        "before but earlier. gone: no crash, though so many were expected that chance does not "
        "explain it."
    ),
    parameters=(
        *parameters.period(DAYS, running=True),
        parameters.choice("kind", "One kind of change only", KINDS),
        parameters.EXPLAIN,
        parameters.limit(50, "signatures"),
        parameters.OFFSET,
    ),
    columns=COLUMNS,
    answer=answer,
)
