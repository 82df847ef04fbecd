"""What `correlations` says: sentences, the base, doubts, and why there is nothing."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from cron.jobs import correlations as job
from socorro.postgres import Connection, Database
from socorro.queries.correlations import Compared, Finding
from socorro.questions import correlations, reading
from socorro.questions.interface import Answer
from tests.sql.rows import DAY


@pytest.fixture
def db(sample_dsn: str) -> Iterator[Connection]:
    database = Database(sample_dsn, size=1, name="tests")
    with database.transaction() as connection:
        yield connection
    database.close()


def ask(db: Connection, signature: str = "malloc | main", **texts: str) -> Answer:
    named = {"signature": [signature], **{name: [text] for name, text in texts.items()}}
    question = correlations.QUESTION
    return question.answer(db, reading.read(question.parameters, named))


def notes(answer: Answer, code: str) -> list[str]:
    return [note.text for note in answer.notes if note.code == code]


def finding(state: str = "kept", size: float = 0.81, **values: Any) -> Finding:
    sign = 1 if size > 0 else -1
    usual = Finding(
        "Firefox", "release", DAY, 1, state, "module", "hook.dll", [], 17, 20, 4, 100, size,
        size - 0.2, size + 0.1, 1e-9, ["os_version"], [sign * 0.02], [-0.1], [0.1], [0.9],
    )  # fmt: skip
    return usual._replace(**values)


def line(**values: Any) -> Compared:
    usual = Compared(
        "Firefox", "release", date(2026, 11, 17), DAY, 3, 20, 30, 400, 1, 2, 3, 0, 100, 1.0, 0, 2,
        120, [],
    )  # fmt: skip
    return usual._replace(**values)


@pytest.mark.parametrize(
    ("state", "size", "ending"),
    [
        ("kept", 0.81, "81 points more (61 to 91), 2 within the same os_version"),
        ("kept", -0.3, "30 points fewer (20 to 50), 2 within the same os_version"),
        (
            "explained", 0.81,
            "81 points more (61 to 91), explained by os_version: 2 within the same os_version",
        ),
        (
            "weak", 0.81,
            "81 points more (61 to 91), partly explained by os_version:"
            " 2 within the same os_version",
        ),
    ],
)  # fmt: skip
def test_a_finding_is_a_sentence_with_its_interval(state: str, size: float, ending: str) -> None:
    start = "module = hook.dll: 85 % of 20 installs with this signature, 4 % of 100 others; "

    assert correlations.sentence(finding(state, size)) == start + ending


def test_without_a_common_cause_nothing_is_said_of_one() -> None:
    text = correlations.sentence(finding(causes=[], lefts=[]))

    assert text.endswith("81 points more (61 to 91)")


def test_the_base_is_named_with_what_is_doubtful(db: Connection) -> None:
    answer = ask(db, channel="release", product="FIREFOX")

    assert notes(answer, "base") == [
        "Firefox release, 2026-11-17 to 2026-11-23: 20 installs with this signature compared with"
        " 100 others, 50 % of all; 400 attributes; 1 finding, 1 weak, 1 explained, 2 smaller ones"
        " not judged"
    ]
    assert notes(answer, "incomplete") == ["Firefox release: an hour is missing"]
    assert notes(answer, "no_install_time") == [
        "Firefox release: 67 % of crashes have no install time; each counts as one install"
    ]
    assert len(notes(answer, "no_cause")) == 1
    assert len(answer.rows) == answer.total == 3


def test_equal_install_times_are_named() -> None:
    [doubt] = correlations._doubts(line(same_time=61))

    assert doubt.text.startswith("Firefox release: 51 % of installs have the same install time")
    assert correlations._doubts(line(same_time=60)) == []


@pytest.mark.parametrize(("explained", "is_cut"), [(50, False), (51, True)])
def test_fifty_findings_of_each_kind_are_kept_and_more_are_counted(
    explained: int, is_cut: bool
) -> None:
    findings = [finding("explained", rank=number) for number in range(explained)]

    text = correlations._about(line(explained=explained))

    assert len(job._saved([finding(), *findings])) == 51
    assert f"{explained} explained" in text
    assert ("the 50 strongest of each kind are kept" in text) == is_cut


@pytest.mark.parametrize(("lines", "shown"), [(5, 5), (6, 6)])
def test_five_bases_are_named(lines: int, shown: int) -> None:
    texts = [note.text for note in correlations._notes([line()] * lines) if note.code == "base"]

    assert len(texts) == shown
    assert texts[-1].startswith("Firefox" if lines == 5 else "and in 1 more product and channel")


def test_the_numbers_behind_a_finding_are_printed_on_request(db: Connection) -> None:
    assert notes(ask(db), "why") == []
    assert notes(ask(db, why="1", channel="beta"), "why")[:2] == [
        "module = =hook1.dll: 17 of 20 against 4 of 100, p 1e-20; left: no common cause could be"
        " judged; the same as debug_id = A",
        "module = =hook2.dll: 17 of 20 against 4 of 100, p 1e-20; left: 10.0 (5.0 to 20.0) within"
        " os_version, 90 % comparable; 10.0 (5.0 to 20.0) within version, 90 % comparable; the same"
        " as debug_id = A",
    ]


@pytest.mark.parametrize(("findings", "shown"), [(20, 20), (21, 21)])
def test_twenty_findings_are_explained(findings: int, shown: int) -> None:
    texts = [note.text for note in correlations._numbers([finding()] * findings)]

    assert len(texts) == shown
    assert texts[-1].startswith("module" if findings == 20 else "and 1 more (--json)")


@pytest.mark.parametrize(
    ("signature", "texts", "reason"),
    [
        ("nobody | has_it", {}, "no signature 'nobody | has_it' in counted crashes"),
        ("boom", {}, "not among the 300 signatures"),
        ("malloc | main", {"day": "2026-11-22"}, "the last day is 2026-11-23"),
        ("malloc | main", {"channel": "nightly"}, "no crashes compared yet of nightly"),
    ],
)
def test_an_empty_answer_says_why(
    db: Connection, signature: str, texts: dict[str, str], reason: str
) -> None:
    answer = ask(db, signature, **texts)

    assert answer.rows == []
    assert answer.total == 0
    [note] = answer.notes
    assert reason in note.text
