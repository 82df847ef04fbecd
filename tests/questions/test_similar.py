"""Similar: what is like a signature or a crash, and when one bug or two are suspected."""

import json
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from psycopg2.extras import Json

from cron.jobs import similar as job
from socorro.postgres import Connection, Database
from socorro.questions import columns, reading, similar, written
from socorro.questions.interface import Answer, Unknown
from socorro.questions.similar import QUESTION
from socorro.search.segments.stacks import Collected, DistinctStack, number_of
from tests.conftest import copy_of
from tests.sql.rows import DAY, NOON, query, report

TAIL = " | ".join(f"loop{number}" for number in range(4))
INNER = " | ".join(f"inner{number}" for number in range(6))
WINDOWS, LINUX = "Windows NT, EXCEPTION_ACCESS_VIOLATION_READ", "Linux, SIGSEGV"
RARE = "Mac OS X, EXC_BAD_INSTRUCTION"


def stack(signature: str, frames: str, installs: int, system: str, build: str) -> DistinctStack:
    text = f"{signature} | {frames}"
    return DistinctStack(
        number_of(signature, text), signature, text, "0bba929f-8721-460c-8e70-a43c00261123",
        DAY, DAY, installs, {system: installs}, {build: installs},
    )  # fmt: skip


STACKS = [
    *(stack(f"s{n}", f"a{n} | b{n} | {TAIL}", 20, WINDOWS, f"build{n % 3}") for n in range(120)),
    stack("one", INNER, 20, RARE, "build7"),
    stack("other", INNER, 15, RARE, "build7"),
    stack("alike", INNER, 15, LINUX, "build1"),
    replace(stack("short", "", 20, RARE, "build7"), frames="q1 | q2 | short"),
    replace(stack("brief", "", 20, RARE, "build7"), frames="q1 | q2 | brief"),
    stack("usual", INNER.replace("inner", "usual"), 20, WINDOWS, "build0"),
    stack("as usual", INNER.replace("inner", "usual"), 20, WINDOWS, "build0"),
    stack("both", f"x1 | x2 | x3 | {TAIL}", 30, WINDOWS, "build1"),
    stack("both", f"y1 | y2 | y3 | {TAIL}", 20, LINUX, "build1"),
    stack("inlined", f"x5 | x6 | x7 | {TAIL}", 30, WINDOWS, "build1"),
    stack("inlined", f"y5 | y6 | y7 | {TAIL}", 20, WINDOWS, "build1"),
]


def save(db: Connection, stacks: list[DistinctStack], **columns: Any) -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    kept = {one.number: one for one in stacks}
    collected = Collected(kept, noon, noon, 2000, **columns)
    job._save_stacks(db, collected)
    job._save_index(db, collected, job._index(collected))


@pytest.fixture(scope="module")
def indexed(postgres_dsn: str) -> Iterator[Database]:
    with copy_of(postgres_dsn, "template", f"similar_{secrets.token_hex(6)}") as dsn:
        database = Database(dsn, size=2, name="tests")
        with database.transaction() as db:
            save(db, STACKS)
            report(
                db, NOON, crash_id="0bba929f-8721-460c-8e70-a43c00261123", signature="s3",
                fields=Json({"proto_signature": f"s3 | a3 | b3 | {TAIL}"}),
            )  # fmt: skip
            report(db, NOON, crash_id="0bba929f-8721-460c-8e70-a43c10261123", signature="s3")
            query(db, "INSERT INTO bugs (bug_id) VALUES (77)")
            query(
                db,
                "INSERT INTO bug_signatures (bug_id, signature) VALUES (77, 's1'), (77, 's2')",
            )
        yield database
        database.close()


def ask(database: Database, signature: str, **texts: str) -> Answer:
    named = {"signature": [signature], **{name: [text] for name, text in texts.items()}}
    with database.transaction() as db:
        return similar.answer(db, reading.read(QUESTION.parameters, named))


def rows(answer: Answer) -> list[dict[str, Any]]:
    names = [column.name for column in QUESTION.columns]
    return [dict(zip(names, row, strict=True)) for row in answer.rows]


def test_the_likest_signature_comes_first_and_says_why(indexed: Database) -> None:
    first, second, *others = rows(ask(indexed, "one"))

    assert {first["signature"], second["signature"]} == {"other", "alike"}
    assert others == []
    assert first["reason"].startswith("frames 2, 3, 4, 5, 6 and 7 of 7 are the same, above all")
    assert first["frames"] == [f"inner{number}" for number in range(6)]
    assert first["places"][0] == "2=2"
    assert 0.5 < first["likeness"] < 1
    assert first["low"] <= first["probability"] <= first["high"]


def test_one_bug_is_suspected_only_where_systems_and_builds_agree(indexed: Database) -> None:
    by_name = {row["signature"]: row for row in rows(ask(indexed, "one"))}

    assert by_name["other"]["probability"] == pytest.approx(by_name["alike"]["probability"])
    assert by_name["other"]["systems_factor"] > 20
    assert by_name["other"]["advice"].startswith("may be one bug (")
    assert by_name["alike"]["systems_factor"] < 1
    assert by_name["alike"]["advice"] == ""


def test_to_be_where_most_are_is_no_witness(indexed: Database) -> None:
    [row] = rows(ask(indexed, "usual"))

    assert row["signature"] == "as usual"
    assert row["systems_factor"] > 1
    assert row["builds_factor"] > 1
    assert row["advice"] == ""


def test_two_frames_in_common_are_no_stack_in_common(indexed: Database) -> None:
    [row] = [row for row in rows(ask(indexed, "short")) if row["signature"] == "brief"]

    assert row["likeness"] > 0.5
    assert row["systems_factor"] > 20
    assert row["advice"] == ""


def test_a_bug_that_names_both_is_said(indexed: Database) -> None:
    by_name = {row["signature"]: row for row in rows(ask(indexed, "s1", limit="100"))}

    assert by_name["s2"]["bugs"] == [77]
    assert by_name["s2"]["advice"] == "bug 77 names both"
    assert {row["advice"] for name, row in by_name.items() if name != "s2"} == {""}


def test_two_bugs_are_suspected_only_where_systems_differ_like_the_stacks(
    indexed: Database,
) -> None:
    two, one = ask(indexed, "both"), ask(indexed, "inlined", why="true")

    [note] = [note for note in two.notes if note.code == "two_bugs"]
    assert note.text.startswith(
        "may be two bugs: 60 % and 40 % of its crashes have different stacks, and systems differ,"
        f" too ({WINDOWS} against {LINUX}; "
    )
    assert two.about["parts"]["first"]["installs"] == 30
    assert two.about["parts"]["systems_factor"] <= 0.05
    assert one.about["parts"]["advice"] == ""
    assert one.notes[0].text.startswith("cut in two, the parts are 1.")
    assert not [note for note in ask(indexed, "inlined").notes if note.code == "two_bugs"]


def test_a_crash_is_compared_by_its_stack(indexed: Database) -> None:
    answer = ask(indexed, "bp-0BBA929F-8721-460c-8e70-a43c00261123", limit="2")

    first, _ = rows(answer)
    assert first["signature"] == "s3"
    assert first["likeness"] == pytest.approx(1)
    assert first["systems_factor"] is None
    assert first["advice"] == ""
    assert answer.title.startswith("Similar to crash 0bba929f-8721-460c-8e70-a43c00261123: 1 stack")
    assert answer.about["crash_id"] == "0bba929f-8721-460c-8e70-a43c00261123"


def test_a_crash_without_a_stack_says_so(indexed: Database) -> None:
    answer = ask(indexed, "0bba929f-8721-460c-8e70-a43c10261123")

    assert answer.rows == []
    assert answer.notes[0].text.startswith(
        "no stack of crash 0bba929f-8721-460c-8e70-a43c10261123 to compare"
    )


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("INNER", "no signature 'INNER'"),
        ("BoT", "no signature 'BoT' (signatures with it: both)"),
        ("0bba929f-8721-460c-8e70-a43c00261122", "is not processed, or does not exist"),
        ("%' OR 1=1 --", "no signature"),
    ],
)
def test_what_does_not_exist_is_refused(indexed: Database, text: str, error: str) -> None:
    with pytest.raises(Unknown) as refused:
        ask(indexed, text)

    assert error in str(refused.value)
    assert refused.value.parameter == "signature"


def test_the_numbers_behind_the_sentences_are_shown_on_request(indexed: Database) -> None:
    notes = [note.text for note in ask(indexed, "one", why="true").notes if note.code == "why"]

    assert len(notes) == 2
    assert "by module and" in notes[0]
    assert "for one bug, systems and reasons count" in notes[0]
    assert not ask(indexed, "one").notes


def test_rows_are_as_declared(indexed: Database) -> None:
    import jsonschema_rs

    document = json.loads(written.as_json(QUESTION.columns, ask(indexed, "s1", limit="5")))
    validator = jsonschema_rs.Draft202012Validator(columns.schema(QUESTION.columns))

    assert len(document["rows"]) == 5
    assert [error for row in document["rows"] for error in validator.iter_errors(row)] == []
    assert document["index"]["stacks"] == len(STACKS)


@pytest.mark.parametrize(
    ("limit", "fits"), [("1", True), ("100", True), ("101", False), ("0", False)]
)
def test_so_many_signatures_are_listed(limit: str, fits: bool) -> None:
    texts = {"signature": ["s"], "limit": [limit]}
    if fits:
        assert reading.read(QUESTION.parameters, texts)["limit"] == int(limit)
    else:
        with pytest.raises(reading.BadParameters, match="not between 1 and 100"):
            reading.read(QUESTION.parameters, texts)


def test_without_an_index_the_answer_says_what_to_do(database: Database) -> None:
    answer = ask(database, "anything")

    assert answer.rows == []
    assert [note.code for note in answer.notes] == ["not_counted_yet"]
    assert "socorro cron run --job similar" in answer.notes[0].text


def test_a_full_index_says_so_and_an_index_that_is_replaced_is_read_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as db:
        save(db, STACKS[:2], left_out=3, complete=False)
    assert {row["signature"] for row in rows(ask(database, "s0"))} == {"s1"}
    read = similar.query.by_id

    def replace_it(db: Connection, stack_ids: list[int]) -> Any:
        monkeypatch.setattr(similar.query, "by_id", read)
        with database.transaction() as other:
            save(other, [STACKS[0], STACKS[2]], left_out=3, complete=False)
        return read(db, stack_ids)

    monkeypatch.setattr(similar.query, "by_id", replace_it)
    answer = ask(database, "s0")

    assert {row["signature"] for row in rows(answer)} == {"s2"}
    assert [note.text for note in answer.notes] == [
        "the index is full: older hours are not in it",
        "3 crashes of rare stacks of common signatures are not in it",
    ]


def test_an_index_that_never_rests_is_asked_for_again(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as db:
        save(db, STACKS[:2])
    monkeypatch.setattr(similar.query, "index", lambda *_: b"")

    assert "ask again" in ask(database, "s0").notes[0].text
