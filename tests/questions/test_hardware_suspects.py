"""Suspected machines: the sentence, the evidence, and what is said without a scan."""

import pytest

from socorro.postgres import Connection, Database, execute
from socorro.questions.hardware_suspects import QUESTION
from socorro.questions.interface import Answer
from socorro.questions.reading import read
from tests.counted import DAY


@pytest.fixture
def db(database: Database):
    with database.transaction() as connection:
        yield connection


def ask(db: Connection, **texts: str) -> Answer:
    return QUESTION.answer(
        db, read(QUESTION.parameters, {name: [text] for name, text in texts.items()})
    )


def scan(db: Connection, suspects: int) -> None:
    """A scan of 9,000 crashes with so many suspects."""
    execute(
        db,
        "INSERT INTO hardware_scans VALUES (%(day)s, %(day)s - 6, 9000, 45, 800, 0.005,"
        " '{1 hour is missing}')",
        day=DAY,
    )
    for place in range(suspects):
        execute(
            db,
            "INSERT INTO hardware_suspects VALUES (%(day)s, %(place)s, 'Linux', '6.1', 'x | 8',"
            " '0xbad', '', 8589934592, 40, 20, 12, 1e-20, 'boom')",
            day=DAY,
            place=place,
        )


def test_without_a_scan_it_says_what_computes_one(db: Connection) -> None:
    [note] = ask(db).notes

    assert note.code == "not_counted_yet"
    assert "`hardware-suspects`" in note.text


def test_machines_are_told_with_base_interval_and_caution(db: Connection) -> None:
    scan(db, 2)
    answer = ask(db, why="1", limit="1")
    row = dict(zip((column.name for column in QUESTION.columns), answer.rows[0], strict=True))

    assert answer.title == "Hardware suspects, 2028-02-23 to 2028-02-29"
    assert [note.text for note in answer.notes] == [
        "2 machines crash at one-bit addresses too often, in several signatures, as with broken"
        " memory (800 machines in 9,000 crashes that name theirs)",
        "A suspicion, not a proof: code that computes addresses like 1 << n looks like it.",
        "microcode 0xbad: 20 of 40 crashes at one-bit addresses, where 0.2 are usual (0.50 % of"
        " all), in 12 signatures; by chance on fewer than 1e-20 of 800 machines",
        "1 hour is missing",
    ]
    assert (row["percent"], round(row["low"]), round(row["high"])) == (50.0, 35, 65)


def test_nobody_suspected_a_page_too_far_and_a_day_without_scan_are_said(db: Connection) -> None:
    scan(db, 0)

    assert ask(db).notes[0].text == (
        "no machine crashes at one-bit addresses too often: 800 machines in 9,000 crashes that"
        " name theirs"
    )
    assert ask(db, offset="5").notes[0].code == "beyond_the_end"
    assert ask(db, day="2028-02-01").notes[0].text == (
        "no scan that ends on 2028-02-01; the last one: 2028-02-29"
    )
