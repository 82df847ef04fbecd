"""Explosions: signatures with more crashes than their history explains."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from socorro.postgres import Connection
from socorro.queries import crash_rate
from socorro.queries import explosions as query
from socorro.queries.explosions import Explosion
from socorro.questions import columns, explosions_2012, parameters
from socorro.questions.interface import Answer, Note, Parameter, Question
from socorro.questions.notes import bad, explain_empty
from socorro.questions.selection import Selection, select
from socorro.questions.words import plural, today
from socorro.stats.explosion_words import Evidence, by_chance, rounded, sentence

SENTENCES = 10  # explosions that have one in the notes
GREATEST = 1_000_000
FORMULAS = ("current", "2012")


def answer(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return what exploded on a day, the greatest rise first."""
    names = [column.name for column in COLUMNS]
    if values["formula"] == "2012":
        return explosions_2012.answer(db, values, names)
    end = today() + timedelta(days=1)
    selection = select(db, {**values, "days": 1, "to": end})
    day = values["day"] or query.last_day(db, selection.versions, end) or today()
    selection = selection._replace(start=day, end=day + timedelta(days=1))
    explosions = query.explosions(
        db,
        selection.versions,
        day,
        day,
        least=values["least"],
        most=values["limit"],
        skip=values["offset"],
    )
    judged = query.judged(db, selection.versions, day)
    return Answer(
        title=f"Exploded: {selection.label}, {day}",
        rows=[row(explosion, names) for explosion in explosions],
        about={**selection.metadata, "day": day, "least": values["least"], "formula": "current"},
        notes=[
            *sentences(explosions, values["why"]),
            *_nothing(db, selection, judged, values, not explosions),
            *_missing(judged, day),
            *bad(db, selection),
        ],
    )


def row(explosion: Explosion, names: Sequence[str]) -> list[Any]:
    """Return the row of an explosion with the columns *names*."""
    values = {
        **explosion._asdict(),
        "series": explosion.counts,
        "expected_series": explosion.expected_counts,
        "sentence": explain(explosion),
    }
    return [values.get(name) for name in names]


def explain(explosion: Explosion) -> str:
    """Return the sentence of an explosion."""
    return sentence(
        Evidence(
            explosion.day,
            explosion.window_days,
            explosion.events,
            explosion.expected,
            explosion.p,
            explosion.tests,
            explosion.history_days,
            explosion.counted,
            explosion.follows_adi,
        )
    )


def sentences(explosions: Sequence[Explosion], explain_more: bool) -> Iterator[Note]:
    """Yield a sentence for each of the first explosions, and on request the numbers behind it."""
    for explosion in explosions[:SENTENCES]:
        yield Note("explosion", f"{explosion.signature}: {explain(explosion)}")
        if explain_more:
            yield Note("why", f"{explosion.signature}: {_reason(explosion)}")
    if explosions:
        text = (
            "a rise of the rate is not a bug by itself; of such alarms at most 5 % should be false"
        )
        yield Note("meaning", text)


def _reason(explosion: Explosion) -> str:
    interval = f"from {rounded(explosion.low)}"
    interval += f" to {rounded(explosion.high)}" if explosion.high else " up"
    ratio = "no crash before" if explosion.ratio is None else f"ratio {rounded(explosion.ratio)}"
    history = sum(explosion.counts[: -explosion.window_days])
    return (
        f"{ratio}, 95 % interval {interval}; {history:,} in the days before these"
        f" {plural(explosion.window_days, 'day')}; variance of a day's count / mean"
        f" {explosion.scatter:.2g}; p {explosion.p:.1e}, times {explosion.tests:,} signatures:"
        f" {by_chance(explosion.chance)} by chance; first alarm on {explosion.first_day}"
    )


def _nothing(
    db: Connection,
    selection: Selection,
    judged: Sequence[query.Judged],
    values: Mapping[str, Any],
    is_empty: bool,
) -> list[Note]:
    if not is_empty or values["offset"]:
        return []
    if judged:
        signatures = plural(sum(item.signatures for item in judged), "signature")
        text = f"nothing exploded: {selection.label}, {selection.start}; {signatures} judged"
        return [Note("nothing_matches", text)]
    if not crash_rate.crash_rate(db, selection.versions, selection.start, selection.end):
        return explain_empty(db, selection)
    text = (
        f"{selection.start} was not judged yet: the scheduled job `explosions` does that each hour"
    )
    return [Note("not_judged_yet", text)]


def _missing(judged: Sequence[query.Judged], day: date) -> Iterator[Note]:
    """Yield what was not there to judge by."""
    for item in judged[:SENTENCES]:
        where = f"{item.product} {item.channel}"
        if not item.follows_adi:
            yield Note("no_adi", f"no ADI for {where}: compared with all crashes of its versions")
        elif item.adi_day is not None and item.adi_day < day:
            yield Note("no_adi", f"no ADI for {where} after {item.adi_day}: those were taken")
        if item.counted == "crashes":
            text = f"{where}: crashes are counted, as installs are not known on each day"
            yield Note("no_installs", text)
    if day == today() and judged:
        yield Note("running", "the day is not over; it is compared with a whole day")


def _least(text: str) -> float:
    try:
        least = float(text)
    except ValueError:
        least = -1.0
    if not 0 <= least <= GREATEST:
        raise ValueError(f"{text[:40]!r} is not a number from 0 to {GREATEST:,}")
    return least


COLUMNS = (
    columns.text("signature", "Signature"),
    columns.text("product", "Product"),
    columns.text("channel", "Release channel; null: formula of 2012", nullable=True),
    columns.day("day", "UTC day"),
    columns.day("first_day", "First day of the explosion, UTC", nullable=True),
    columns.count("window_days", "The numbers are of so many days up to the day", nullable=True),
    columns.count("events", "Crashes, or installs that crashed, of these days", nullable=True),
    columns.text("counted", "What events are: crashes or installs", nullable=True),
    columns.number("expected", "Events that were expected from its history", nullable=True),
    columns.number("ratio", "Rate / the rate before; null: nothing before", nullable=True),
    columns.number("low", "Least that the ratio may be (95 %)", nullable=True),
    columns.number("high", "Most that the ratio may be; null: no limit", nullable=True),
    columns.count("tests", "Signatures that were judged together", nullable=True),
    columns.number("chance", "How many of them would do so by chance", nullable=True),
    columns.text("sentence", "All that in a sentence", nullable=True),
    columns.counts("bugs", "Bugs that name it"),
    columns.numbers("series", "Events of 49 days, or rates of ten (2012); the oldest first"),
    columns.numbers("expected_series", "Expected events of these days"),
    columns.number("oneday", "Formula of 2012: the day / its usual rise", nullable=True),
    columns.number("threeday", "Formula of 2012: three days, likewise", nullable=True),
    columns.count("crash_count", "Formula of 2012: processed crashes", nullable=True),
    columns.text("version", "Formula of 2012: the version", nullable=True),
)
QUESTION = Question(
    name="Explosions",
    command="explosive",
    summary="Signatures with an unexplained rise in crashes",
    description=(
        "The last day, three days or seven days of a signature are compared with 42 days before, "
        "at today's installs; at most 5 % of the alarms should be false. formula=2012 is the "
        "explosiveness of 2012: 1 is a rise as large as the largest of nine days, or of 30 "
        "crashes."
    ),
    parameters=(
        parameters.PRODUCT,
        parameters.VERSION,
        parameters.CHANNEL,
        parameters.day("day", "UTC day; default: the last one that was judged"),
        parameters.choice("formula", "What decides", FORMULAS, "current"),
        Parameter(
            "least",
            "Minimum rise: the ratio, or explosiveness by the formula of 2012",
            _least,
            {"type": "number", "minimum": 0, "maximum": GREATEST, "default": 1.0},
            default="1.0",
        ),
        parameters.EXPLAIN,
        parameters.limit(50, "signatures"),
        parameters.OFFSET,
    ),
    columns=COLUMNS,
    answer=answer,
)
