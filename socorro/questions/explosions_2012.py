"""Explosions by the formula of 2012, which is kept for comparison."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from socorro.postgres import Connection
from socorro.queries import crash_rate
from socorro.queries import explosive as query
from socorro.questions.interface import Answer, Note
from socorro.questions.notes import bad, explain_empty
from socorro.questions.selection import Selection, select
from socorro.questions.words import plural, today

SHOWN = 5  # versions without ADI that are named


def answer(db: Connection, values: Mapping[str, Any], names: Sequence[str]) -> Answer:
    """Return explosive signatures of a day, the greatest rise first; *names* are the columns."""
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
        rows=[_row(row, names) for row in signatures],
        about={**selection.metadata, "day": day, "least": values["least"], "formula": "2012"},
        notes=[*without_adi, *bad(db, selection)]
        if signatures or values["offset"]
        else _nothing(db, selection, values["least"], without_adi),
    )


def _row(row: query.Explosive, names: Sequence[str]) -> list[Any]:
    values = {**row._asdict(), "series": row.rates, "expected_series": [], "bugs": []}
    return [values.get(name) for name in names]


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
