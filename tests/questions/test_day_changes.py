"""The last day against the day before in words: rates, crashes without installs, weekdays."""

from datetime import timedelta

import pytest

from socorro.postgres import Connection, Database
from socorro.queries import crash_rate, versions
from socorro.questions import crash_rates, day_changes
from socorro.questions.interface import Answer
from socorro.questions.reading import read
from tests.counted import DAY, crashes, installs, version

ONE_DAY = timedelta(days=1)
Day = tuple[int, int, int | None]


@pytest.fixture
def db(database: Database):
    with database.transaction() as connection:
        yield connection


def fill(db: Connection, days: list[Day]) -> None:
    """Days (so many days ago, reports, installs) of one version of which half is processed."""
    firefox = version(db)
    for back, reports, adi in days:
        if reports:
            crashes(db, firefox, "a", reports, DAY - back * ONE_DAY, throttle=0.5)
        if adi is not None:
            installs(db, firefox, adi, DAY - back * ONE_DAY)


def ask(db: Connection, **texts: str) -> Answer:
    values = {"to": str(DAY + ONE_DAY), "days": "2", **texts}
    named = {name: [text] for name, text in values.items()}
    return crash_rates.answer(db, read(crash_rates.QUESTION.parameters, named))


def test_a_day_is_compared_with_the_day_before_in_words(db: Connection) -> None:
    fill(db, [(0, 1200, 10_000), (1, 1000, 10_000), (2, 1010, 10_000), (3, 1400, 10_000),
              (4, 1300, 10_000), (5, 0, 10_000), (6, 0, 10_000)])  # fmt: skip
    rows = crash_rate.crash_rate(
        db, versions.find(db, "Firefox"), DAY - 50 * ONE_DAY, DAY + 2 * ONE_DAY
    )
    rates = {row.day: row for row in rows}

    sentences = [
        day_changes.change(rates, DAY - back * ONE_DAY, "Firefox").sentence for back in range(-1, 8)
    ]

    assert sentences == [
        "no ADI for 2028-03-01: crash rates cannot be compared",
        "Firefox on 2028-02-29: no measurable change (24 crashes per 100 ADI, 20 on 2028-02-28;"
        " ratio 1.200, 95 % interval 0.676 to 2.130)",
        "Firefox on 2028-02-28: no measurable change (20 crashes per 100 ADI, 20.2 on 2028-02-27;"
        " ratio 0.990, 95 % interval 0.414 to 2.368)",
        "Firefox on 2028-02-27: no measurable change (20.2 crashes per 100 ADI, 28 on 2028-02-26;"
        " ratio 0.721, 95 % interval 0.575 to 0.905; 1 quiet day in 20 differs as much)",
        "Firefox on 2028-02-26: no measurable change (28 crashes per 100 ADI, 26 on 2028-02-25;"
        " ratio 1.077, 95 % interval 0.916 to 1.266)",
        "Firefox on 2028-02-25: crash rate up from 0 (26 crashes per 100 ADI, 0 on 2028-02-24;"
        " ratio at least 350, 95 % interval)",
        "Firefox: no crashes on 2028-02-23 and 2028-02-24",
        "no ADI for 2028-02-22: crash rates cannot be compared",
        "no ADI for 2028-02-21 and 2028-02-22: crash rates cannot be compared",
    ]


def test_a_quiet_past_makes_a_rise_clear_and_the_same_weekday_stands_beside(
    db: Connection,
) -> None:
    fill(db, [(0, 1300, 10_000), *((back, 1000, 10_000) for back in range(1, 45))])

    answer = ask(db)
    [sentence] = [note.text for note in answer.notes if note.code == "comparison"]

    assert sentence == (
        "Firefox on 2028-02-29: crash rate up 30 % (26 crashes per 100 ADI, 20 on 2028-02-28;"
        " ratio 1.300, 95 % interval 1.194 to 1.416; to Tuesday, 2028-02-22: ratio 1.300, 95 %"
        " interval 1.193 to 1.416)"
    )
    assert answer.about["comparison"]["verdict"] == "up"
    assert answer.about["comparison"]["same_weekday"]["day"] == DAY - 7 * ONE_DAY


@pytest.mark.parametrize(
    ("usual", "today", "verdict", "words"),
    [
        (1300, 1050, "below usual", "crash rate 19 % below usual (21 crashes per 100 ADI, 20 on"),
        (800, 950, "above usual", "crash rate 19 % above usual (19 crashes per 100 ADI, 20 on"),
        (1300, 1800, "up", "crash rate up 38 % (36 crashes per 100 ADI, 20 on"),
    ],
)
def test_a_step_other_than_the_usual_one_is_called_up_or_down_only_if_it_is(
    db: Connection, usual: int, today: int, verdict: str, words: str
) -> None:
    past = [(back, usual if back % 7 == 0 else 1000, 10_000) for back in range(1, 50)]
    fill(db, [(0, today, 10_000), *past])

    answer = ask(db)
    [sentence] = [note.text for note in answer.notes if note.code == "comparison"]

    assert answer.about["comparison"]["verdict"] == verdict
    assert sentence.startswith(f"Firefox on {DAY}: {words}")
    assert f"; usual from Monday to Tuesday: {usual / 1000:.3f};" in sentence


def test_why_prints_the_numbers_behind_the_sentence(db: Connection) -> None:
    fill(db, [(back, 1000, 10_000) for back in range(45)])

    reasons = [note.text for note in ask(db, why="true").notes if note.code == "why"]

    assert reasons[:2] == [
        "2028-02-29: 1,000 crashes processed, 50.0 % of all; 10,000 ADI",
        "2028-02-28: 1,000 crashes processed, 50.0 % of all; 10,000 ADI",
    ]
    assert reasons[2].startswith("by 41 pairs of days of the 42 days before, the ratio of two days")
    assert [note for note in ask(db).notes if note.code == "why"] == []


def test_without_any_adi_crashes_are_compared_and_it_says_so(db: Connection) -> None:
    fill(db, [(0, 2000, None), *((back, 1000, None) for back in range(1, 45))])

    answer = ask(db)
    texts = [note.text for note in answer.notes if note.code in ("no_adi", "comparison")]

    assert texts[0] == "no ADI for 2028-02-28 and 2028-02-29: crash rates cannot be compared"
    assert texts[1].startswith(
        "Firefox on 2028-02-29: crashes up 100 % (4,000 crashes, 2,000 on 2028-02-28,"
        " without regard to installs; ratio 2.000, 95 % interval 1.8"
    )
    assert answer.about["comparison"]["of"] == "crashes"


def test_one_day_without_adi_in_the_past_is_left_out_of_the_scatter(db: Connection) -> None:
    fill(db, [(back, 1000, None if back == 5 else 10_000) for back in range(45)])

    assert ask(db).about["comparison"]["pairs"] == 39


def test_a_version_with_two_crashes_is_compared_without_a_claim(db: Connection) -> None:
    fill(db, [(0, 2, 10), (1, 0, 10)])

    [sentence] = [note.text for note in ask(db).notes if note.code == "comparison"]

    assert sentence == (
        "Firefox on 2028-02-29: no measurable change (40 crashes per 100 ADI, 0 on 2028-02-28;"
        " ratio at least 0.232, 95 % interval)"
    )
