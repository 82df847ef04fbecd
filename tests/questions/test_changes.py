"""What `changes` and `explosive` say of counts that were filled by hand."""

from collections.abc import Iterator
from typing import Any

import pytest

from socorro.counts import explosions as judging
from socorro.postgres import Connection, Database, execute
from socorro.questions import changes, explosions, reading, selection, words
from socorro.questions.interface import Answer, Question
from tests.counted import DAY, crashes, version
from tests.sql.test_explosions import ONE_DAY, TOTALS, history

FIRST = """
    INSERT INTO signature_products
    SELECT signature_id, product_version_id, min(day) AT TIME ZONE 'UTC'
    FROM top_crashers GROUP BY signature_id, product_version_id
    """


@pytest.fixture
def db(database: Database) -> Iterator[Connection]:
    """Signatures that explode ("boom"), are new, came back after a month, and are gone."""
    with database.transaction() as db:
        version_id = version(db)
        history(db, version_id, [40])
    list(judging.judge_days(database, [DAY]))
    with database.transaction() as db:
        for text, back, count in (
            ("new", 0, 2), ("rare", 45, 1), ("rare", 0, 2), ("returned", 45, 1), ("returned", 0, 3),
            *(("vanished", back, 400) for back in range(1, 49)),
            *(("one machine", back, 400) for back in range(20, 22)),
        ):  # fmt: skip
            crashes(db, version_id, text, count, DAY - back * ONE_DAY)
        execute(db, TOTALS)
        execute(db, FIRST)
        yield db


def ask(db: Connection, question: Question, **texts: str) -> Answer:
    texts = {"product": "Firefox", **texts}
    named = {name.strip("_"): [text] for name, text in texts.items()}
    return question.answer(db, reading.read(question.parameters, named))


def rows(question: Question, answer: Answer) -> list[dict[str, Any]]:
    names = [column.name for column in question.columns]
    return [dict(zip(names, row, strict=True)) for row in answer.rows]


def test_what_exploded_is_new_came_back_or_is_gone_is_told_apart(db: Connection) -> None:
    answer = ask(db, changes.QUESTION, days="1", to=str(DAY + ONE_DAY))

    listed = rows(changes.QUESTION, answer)
    assert [(row["kind"], row["signature"]) for row in listed] == [
        ("exploded", "boom"), ("new", "new"), ("back", "returned"), ("gone", "vanished"),
    ]  # fmt: skip
    assert answer.notes[0].text == (
        "1 exploded, 1 new, 1 came back, 1 gone; expected false alarms: under 5 %"
    )
    assert answer.total == 4
    assert listed[0]["sentence"].startswith("40 crashes on Tuesday, 29 February, where 2.0 were")
    assert listed[1]["sentence"] == f"2 crashes since {DAY}, none before"
    assert listed[2]["sentence"].startswith(f"3 crashes since {DAY}, none in the 28 days before")
    assert listed[3]["sentence"].startswith(f"no crash since {DAY}, where ")
    assert listed[3]["chance"] < 0.05


def test_by_default_yesterday_is_shown_beside_the_running_day(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (selection, words):
        monkeypatch.setattr(module, "today", lambda: DAY + ONE_DAY)  # just after midnight

    answer = ask(db, changes.QUESTION)

    assert (answer.about["start"], answer.about["end"]) == (DAY, DAY + 2 * ONE_DAY)
    assert answer.title == f"Changes: Firefox, {DAY} to {DAY + ONE_DAY} (so far)"
    listed = [(row["kind"], row["signature"]) for row in rows(changes.QUESTION, answer)]
    assert listed[:3] == [("exploded", "boom"), ("new", "new"), ("back", "returned")]


def test_pages_make_up_the_whole(db: Connection) -> None:
    day = str(DAY + ONE_DAY)
    whole = ask(db, changes.QUESTION, days="1", to=day).rows
    pages = [
        ask(db, changes.QUESTION, days="1", to=day, limit="1", offset=str(n)).rows for n in range(5)
    ]

    assert [row for page in pages for row in page] == whole
    assert pages[4] == []


def test_one_kind_is_a_page_of_its_own_with_the_counts_of_all(db: Connection) -> None:
    day = str(DAY + ONE_DAY)
    whole = rows(changes.QUESTION, ask(db, changes.QUESTION, days="1", to=day))
    for kind in changes.KINDS:
        answer = ask(db, changes.QUESTION, days="1", to=day, kind=kind)

        assert rows(changes.QUESTION, answer) == [row for row in whole if row["kind"] == kind]
        assert answer.total == 1
        assert [answer.about[name] for name in changes.KINDS] == [1, 1, 1, 1]

    execute(db, "DELETE FROM explosions")
    notes = ask(db, changes.QUESTION, days="1", to=day, kind="exploded").notes
    assert [note.text for note in notes][:2] == [
        "0 exploded, 1 new, 1 came back, 1 gone; expected false alarms: under 5 %",
        f"nothing exploded: Firefox, {DAY}",
    ]


def test_an_exploded_signature_has_its_days_versions_and_systems(db: Connection) -> None:
    execute(db, "UPDATE top_crashers SET win = reports - 1, lin = 1")

    row = rows(changes.QUESTION, ask(db, changes.QUESTION, days="1", to=str(DAY + ONE_DAY)))[0]

    assert (row["versions"], row["window_days"], row["day"]) == (["140.0"], 1, DAY)
    assert (row["win"], row["mac"], row["lin"], row["android"]) == (39, 0, 1, 0)
    assert (len(row["series"]), row["series"][-1]) == (49, 40)
    assert (row["counted"], row["count"], len(row["expected_series"])) == ("crashes", 40, 49)


def test_a_quiet_day_says_so(db: Connection) -> None:
    execute(db, "DELETE FROM explosions")
    day = str(DAY - ONE_DAY)
    assert ask(db, changes.QUESTION, to=day).rows == []
    notes = ask(db, explosions.QUESTION, day=str(DAY)).notes
    assert notes[0].text == f"nothing exploded: Firefox, {DAY}; 13 signatures judged"
    codes = [note.code for note in ask(db, explosions.QUESTION, day=day).notes]
    assert "not_judged_yet" in codes


def test_the_numbers_behind_the_sentence_are_printed_on_request(db: Connection) -> None:
    plain = ask(db, explosions.QUESTION, day=str(DAY))
    explained = ask(db, explosions.QUESTION, day=str(DAY), why="true")

    (row,) = rows(explosions.QUESTION, plain)
    assert (row["signature"], row["channel"], row["events"]) == ("boom", "release", 40)
    assert row["low"] < row["ratio"] < row["high"]
    assert [note.code for note in plain.notes][:2] == ["explosion", "meaning"]
    reason = next(note.text for note in explained.notes if note.code == "why")
    assert "95 % interval from" in reason
    assert "first alarm on 2028-02-29" in reason


@pytest.mark.parametrize(("least", "count"), [("1", 1), ("1000", 0)])
def test_the_smallest_rise_can_be_chosen(db: Connection, least: str, count: int) -> None:
    assert len(ask(db, explosions.QUESTION, day=str(DAY), least=least).rows) == count


def test_other_versions_and_channels_did_not_explode(db: Connection) -> None:
    version(db, "141.0b3", "beta")
    assert ask(db, explosions.QUESTION, day=str(DAY), channel="beta").rows == []
    assert len(ask(db, explosions.QUESTION, day=str(DAY), channel="release").rows) == 1


def test_the_day_is_the_last_one_that_was_judged(
    db: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explosions, "today", lambda: DAY)
    answer = ask(db, explosions.QUESTION)
    assert answer.about["day"] == DAY
    execute(db, "UPDATE explosions SET day = day - 1")
    execute(db, "INSERT INTO explosion_days SELECT day - 1, product, release_channel, signatures,"
                " judged, counted, exposure, adi_day FROM explosion_days")  # fmt: skip
    assert ask(db, explosions.QUESTION).about["day"] == DAY - ONE_DAY  # it has more to say
    execute(db, "UPDATE explosions SET day = day - 1")
    assert ask(db, explosions.QUESTION).about["day"] == DAY
