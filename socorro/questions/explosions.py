"""Explosions: signatures with more crashes than their history explains."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from socorro.postgres import Connection
from socorro.queries import crash_rate
from socorro.queries import explosive as query
from socorro.questions import columns, parameters
from socorro.questions.interface import Answer, Note, Parameter, Question
from socorro.questions.notes import bad, explain_empty
from socorro.questions.selection import Selection, select
from socorro.questions.words import plural, today

SHOWN = 5  # versions without ADI that are named
GREATEST = 1_000_000


def answer(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return explosive signatures of a day, the greatest rise first."""
    tomorrow = today() + timedelta(days=1)
    day = values["day"] or query.last_day(db, tomorrow) or today()
    period = {"days": 1, "to": day + timedelta(days=1)}
    selection = select(db, {**values, **period})
    signatures = query.explosive(
        db,
        selection.versions,
        day,
        least=values["least"],
        most=values["limit"],
        skip=values["offset"],
    )
    without_adi = _without_adi(query.without_adi(db, selection.versions, day))
    return Answer(
        title=f"Explosive: {selection.label}, {day}",
        rows=[[getattr(row, column.name) for column in COLUMNS] for row in signatures],
        about={**selection.metadata, "day": day, "least": values["least"]},
        notes=[*without_adi, *bad(db, selection)]
        if signatures or values["offset"]
        else _nothing(db, selection, values["least"], without_adi),
    )


def _without_adi(versions: Sequence[query.WithoutAdi]) -> list[Note]:
    texts = [
        f"no ADI for {row.product} {row.version} on {_days(row.days)}: explosiveness unknown"
        for row in versions[:SHOWN]
    ]
    if len(versions) > SHOWN:
        texts.append(f"and for {plural(len(versions) - SHOWN, 'more version')}")
    return [Note("no_adi", text) for text in texts]


def _days(days: Sequence[date]) -> str:
    if len(days) <= 2:
        return " and ".join(map(str, days))
    return f"{days[0]} and {plural(len(days) - 1, 'more day')}"


def _nothing(
    db: Connection, selection: Selection, least: float, without_adi: list[Note]
) -> list[Note]:
    if without_adi:
        text = "the scheduled job `adi` reads installs (`socorro cron list`)"
        return [*without_adi, Note("no_adi", text)]
    if crash_rate.crash_rate(db, selection.versions, selection.start, selection.end):
        text = f"nothing explosive: {selection.label}, {selection.start}, from {least} up"
        return [Note("nothing_matches", text), *bad(db, selection)]
    return explain_empty(db, selection)


def _least(text: str) -> float:
    try:
        least = float(text)
    except ValueError:
        least = -1.0
    if not 0 <= least <= GREATEST:
        raise ValueError(f"{text[:40]!r} is not a number from 0 to {GREATEST:,}")
    return least


COLUMNS = (
    columns.number("oneday", "Rise of the day as a multiple of its usual rise", nullable=True),
    columns.number("threeday", "Rise of three days, likewise", nullable=True),
    columns.count("crash_count", "Processed crashes of the day"),
    columns.numbers("rates", "Crashes per million ADI of ten days, oldest first"),
    columns.text("version", "Version"),
    columns.text("signature", "Signature"),
    columns.day("day", "UTC day"),
    columns.text("product", "Product"),
)
QUESTION = Question(
    name="Explosions",
    command="explosive",
    summary="Signatures with an unexplained rise in crashes",
    description=(
        "Explosiveness 1 is a rise as large as the largest of the nine days before, or of 30 "
        "crashes. Without ADI (active daily installs) nothing is explosive: more crashes may only "
        "mean more users."
    ),
    parameters=(
        parameters.PRODUCT,
        parameters.VERSION,
        parameters.CHANNEL,
        parameters.day("day", "UTC day; default: the last day with explosive signatures"),
        Parameter(
            "least",
            "Minimum explosiveness",
            _least,
            {"type": "number", "minimum": 0, "maximum": GREATEST, "default": query.LEAST},
            default=str(query.LEAST),
        ),
        parameters.limit(50, "signatures"),
        parameters.OFFSET,
    ),
    columns=COLUMNS,
    answer=answer,
)
