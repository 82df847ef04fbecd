"""Null signatures of two betas: ratios with intervals, and the share that needs no ADI."""

from datetime import timedelta

import pytest

from socorro.postgres import Connection, Database
from socorro.questions.comparisons import NULL_QUESTION
from socorro.questions.interface import Answer
from socorro.questions.reading import read
from tests.counted import DAY, crashes, installs, version

EMPTY = "EMPTY: no crashing thread identified"


@pytest.fixture
def db(database: Database):
    with database.transaction() as connection:
        yield connection


def betas(db: Connection, *counts: tuple[int, int], adi: int | None = 10_000) -> None:
    """Two betas with so many crashes, and so many without a signature."""
    for number, (reports, empty) in enumerate(counts, 1):
        beta = version(db, f"141.0b{number}", "beta", beta_number=number)
        for text, count in (("a", reports - empty), (EMPTY, empty)):
            if count:
                crashes(db, beta, text, count)
        if adi is not None:
            installs(db, beta, adi)


def ask(db: Connection, **texts: str) -> Answer:
    values = {"to": str(DAY + timedelta(days=1)), "days": "1", **texts}
    return NULL_QUESTION.answer(
        db, read(NULL_QUESTION.parameters, {name: [text] for name, text in values.items()})
    )


def rows(answer: Answer) -> list[dict[str, object]]:
    names = [column.name for column in NULL_QUESTION.columns]
    return [dict(zip(names, row, strict=True)) for row in answer.rows]


def test_a_shift_is_said_with_shares_and_interval(db: Connection) -> None:
    betas(db, (1000, 20), (900, 81))
    answer = ask(db)
    [row] = rows(answer)

    assert answer.notes[0].text == (
        "share of crashes without a useful signature: up 350 % (9.00 % of 900 in 141.0b2, 2.00 %"
        " of 1,000 in 141.0b1; ratio 4.500, 99 % interval 2.433 to 8.952)"
    )
    assert row["ratio"] == pytest.approx(4.05)
    assert 2 < row["low"] < 4.05 < row["high"] < 9  # type: ignore[operator]


def test_two_betas_alike_have_no_measurable_change(db: Connection) -> None:
    betas(db, (1000, 20), (1000, 25))

    assert "no measurable change (2.50 % of 1,000" in ask(db).notes[0].text


def test_shares_need_no_adi_and_rates_do(db: Connection) -> None:
    betas(db, (1000, 20), (900, 81), adi=None)
    answer = ask(db)

    assert answer.notes[0].text.startswith("share of crashes without a useful signature: up 350 %")
    assert rows(answer) == []
    assert {note.code for note in answer.notes[1:]} == {"nothing_matches", "no_adi"}


def test_nothing_before_and_nothing_at_all_are_no_error(db: Connection) -> None:
    betas(db, (100, 0), (100, 10))
    answer = ask(db)
    [row] = rows(answer)

    assert "up from 0 (10.00 % of 100 in 141.0b2" in answer.notes[0].text
    assert (row["ratio"], row["high"]) == (None, None)
    assert row["low"] > 1  # type: ignore[operator]
    assert "comparison" not in {note.code for note in ask(db, version="141.0b1").notes}
