"""Mixed builds and suspicious modules: sentences, what is said without a scan, names and pages."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from socorro.postgres import Connection, Database
from socorro.queries.stack_modules import Channel
from socorro.questions import frankeninstalls, reading, suspicious_modules
from socorro.questions.interface import Answer, Question, Unknown
from tests.sql.rows import DAY, query

MIXES, SUSPECTS = frankeninstalls.QUESTION, suspicious_modules.QUESTION


@pytest.fixture
def counted(sample_dsn: str) -> Iterator[Database]:
    database = Database(sample_dsn, size=2, name="tests")
    yield database
    database.close()


def ask(database: Database, question: Question, **texts: str) -> Answer:
    with database.transaction() as db:
        values = reading.read(question.parameters, {name: [text] for name, text in texts.items()})
        return question.answer(db, values)


def texts(answer: Answer) -> list[str]:
    return [note.text for note in answer.notes]


def test_mixed_installs_are_told_with_interval_and_base(counted: Database) -> None:
    answer = ask(counted, MIXES)

    assert answer.title == "Mixed builds: all products, 2026-11-17 to 2026-11-23"
    assert texts(answer) == [
        "Firefox release: 12.5 % of the installs that crashed mix modules of two builds"
        " (5 of 40, 95 % interval 5.5 to 26.1 %)",
        "10.0 % of the installs of boom are mixed (4 of 40)",
        "1 in 3 crashes was read (90); shares refer to those",
        "1 module was left out",
    ]
    assert [row[0] for row in answer.rows] == [4, 1]


def test_why_prints_the_evidence_of_each(counted: Database) -> None:
    reasons = [note.text for note in ask(counted, MIXES, why="1").notes if note.code == "why"]
    points = [note.text for note in ask(counted, SUSPECTS, why="1").notes if note.code == "why"]

    assert reasons == [
        "boom: core.dll A1 in Firefox build 20261118031153, Windows NT: 2.0 % of the build's"
        " installs with this file, 5 installs; build 20261101 has it in 100.0 %. Rule: another"
        " build has it at least five times as often; 3 of 5 are of the distribution vendor.",
        "=cmd()|' /C calc'!A0: core.dll A1 in Firefox build 20261118031153, Windows NT: 2.0 % of"
        " the build's installs with this file, 5 installs; no crash shows the build that it is of."
        " Rule: the build's own module has symbols, and is another one.",
    ]
    assert points[1] == (
        "qzkvwxjp.dll: 8.5 points: the same file under 3 names (3); no certificate where crashes"
        " say which modules have one (2); spelled unlike usual names (1.5); first seen on"
        " 2026-11-23 (1.5); 15 of 20 installs crash as boom (75 %, 95 % interval 53 to 89 %) (2);"
        " certificates unknown"
    )


def test_suspicious_modules_say_that_they_are_no_verdict(counted: Database) -> None:
    assert texts(ask(counted, SUSPECTS))[0] == suspicious_modules.TRIAGE


@pytest.mark.parametrize(
    ("question", "parameters", "parameter"),
    [
        (MIXES, {"channel": "sideways"}, "channel"),
        (MIXES, {"product": "Netscape"}, "product"),
        (SUSPECTS, {"product": "Netscape"}, "product"),
    ],
)
def test_a_name_that_does_not_exist_is_refused(
    counted: Database, question: Question, parameters: dict[str, str], parameter: str
) -> None:
    with pytest.raises(Unknown) as refused:
        ask(counted, question, **parameters)

    assert refused.value.parameter == parameter


def test_a_product_is_found_in_any_letters_and_a_signature_by_its_name(counted: Database) -> None:
    assert len(ask(counted, SUSPECTS, product="firefox").rows) == 2
    assert len(ask(counted, MIXES, product="FIREFOX", signature="boom").rows) == 1
    assert ask(counted, MIXES, product="Firefox", signature="nothing").rows == []


@pytest.mark.parametrize("question", [MIXES, SUSPECTS], ids=lambda question: question.name)
def test_pages_make_up_the_whole(counted: Database, question: Question) -> None:
    whole = ask(counted, question).rows
    pages = [row for at in "01" for row in ask(counted, question, limit="1", offset=at).rows]

    assert pages == whole
    assert ask(counted, question, offset="2").rows == []


@pytest.mark.parametrize("question", [MIXES, SUSPECTS], ids=lambda question: question.name)
def test_without_a_scan_the_answer_says_what_to_do(
    counted: Database, database: Database, question: Question
) -> None:
    [nothing] = ask(database, question).notes
    [other] = ask(counted, question, day="2026-11-01").notes

    assert nothing.code == "not_counted_yet"
    assert f"the scheduled job `{question.command}`" in nothing.text
    assert other == ("nothing_matches", "no scan that ends on 2026-11-01; the last one: 2026-11-23")


def scan(db: Connection, *channels: tuple[str, int]) -> None:
    for kind in ("frankeninstalls", "suspicious-modules"):
        statement = "INSERT INTO module_scans VALUES (%s, %s, %s, 90, 1, '{}')"
        query(db, statement, DAY, kind, DAY - timedelta(days=6))
    for name, mixed in channels:
        statement = "INSERT INTO mixed_installs VALUES (%s, 'Firefox', %s, '', 9, 9, %s, %s, NULL)"
        query(db, statement, DAY, name, mixed, mixed)


@pytest.mark.parametrize(
    ("channels", "sentence"),
    [
        ((), "no crashes with modules on their stacks"),
        ((("release", 0), ("beta", 0)), "no mixed builds in 18 installs that crashed"),
    ],
)
def test_where_nothing_is_mixed_the_answer_says_so(
    database: Database, channels: tuple[tuple[str, int], ...], sentence: str
) -> None:
    with database.transaction() as db:
        scan(db, *channels)

    assert texts(ask(database, MIXES)) == [sentence]
    assert texts(ask(database, SUSPECTS)) == [
        "no module has 5 points or more in 90 crashes with modules on their stacks"
    ]


@pytest.mark.parametrize(("count", "last"), [(5, ""), (6, "and on 1 more channel")])
def test_five_channels_have_a_sentence(count: int, last: str) -> None:
    channels: list[Any] = [Channel("Firefox", str(number), 9, 9, 1, 1) for number in range(count)]

    sentences = list(frankeninstalls._sentences(channels, []))

    assert len(sentences) == min(count, 5) + (count > 5)
    assert sentences[-1].endswith(last)
