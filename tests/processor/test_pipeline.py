"""Rules run in order, see what they declared, and do not stop one another."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from processor.pipeline import (
    MOST_NOTES,
    Change,
    Undeclared,
    View,
    bounded,
    clean_all,
    rule,
    run_rules,
)
from processor.process import process, process_again
from processor.ruleset import INPUTS, RULESETS
from processor.stackwalk import OK, Walk
from socorro.crash import MAIN_DUMP
from socorro.fields import field_of, fields
from tests.builders import make_crash


@rule(reads=("ProductName",), writes=("product",))
def named(crash: View) -> Change:
    return {"product": crash.text("ProductName")}


@rule(reads=("Version",), writes=("product", "version"))
def broken(crash: View) -> Change:
    raise KeyError(f"private {crash.text('Version')}")


@rule(reads=(), writes=("product",))
def reads_undeclared(crash: View) -> Change:
    return {"product": crash.text("ProductName")}


@rule(reads=(), writes=())
def writes_undeclared(crash: View) -> Change:
    return {"product": "x"}


@rule(reads=("product",), writes=("seen",))
def reads_product(crash: View) -> Change:
    return {"seen": crash.text("product")}


def test_a_later_rule_reads_what_an_earlier_one_wrote() -> None:
    outcome = run_rules((named, reads_product), {"ProductName": "Firefox"}, {})

    assert outcome.processed == {"product": "Firefox", "seen": "Firefox"}
    assert (outcome.notes, outcome.failed) == ([], [])


def test_a_rule_that_fails_leaves_a_note_without_private_text_and_the_rest_runs() -> None:
    outcome = run_rules((broken, named), {"ProductName": "Firefox", "Version": "secret"}, {})

    assert outcome.processed == {"product": "Firefox"}
    assert outcome.notes == ["rule broken failed: KeyError"]
    assert outcome.failed == ["broken"]


@pytest.mark.parametrize("wrong", [reads_undeclared, writes_undeclared])
def test_an_undeclared_read_or_write_raises(wrong: object) -> None:
    outcome = run_rules((wrong,), {"ProductName": "Firefox"}, {})

    assert outcome.processed == {}
    assert outcome.notes == [f"rule {wrong.name} failed: Undeclared"]


def test_a_view_raises_undeclared() -> None:
    with pytest.raises(Undeclared):
        View((), {}, {}, frozenset()).text("ProductName")


def test_an_annotation_cannot_stand_in_for_what_a_failed_rule_should_have_written() -> None:
    outcome = run_rules((broken, reads_product), {"product": "forged"}, {})

    assert outcome.processed == {"seen": None}


@pytest.mark.parametrize(
    ("text", "integer", "boolean"),
    [
        ("1", 1, True),
        (" 0 ", 0, False),
        ("-5", -5, None),
        ("TRUE", None, True),
        ("false", None, False),
        ("", None, None),
        ("1.5", None, None),
        ("1e3", None, None),
        ("٣", None, None),
        ("9" * 18, int("9" * 18), None),
        ("9" * 19, None, None),
        ("0x10", None, None),
    ],
)
def test_annotations_come_as_the_type_asked_for(
    text: str, integer: int | None, boolean: bool | None
) -> None:
    view = View(("A",), {"A": text}, {}, frozenset())

    assert (view.integer("A"), view.boolean("A")) == (integer, boolean)


def test_text_comes_without_what_no_database_takes() -> None:
    view = View(("A",), {"A": "a\x00b\ud83d \U0001f600"}, {}, frozenset())

    assert view.text("A") == "ab\ufffd \U0001f600"


def test_notes_are_bounded_and_each_is_kept_once() -> None:
    notes = bounded([*(f"note {number}" for number in range(150)), "note 1"])

    assert len(notes) == MOST_NOTES
    assert notes[-1] == "51 more notes dropped"
    assert bounded(["a", "b", "a"]) == ["a", "b"]


def test_what_is_nested_too_deeply_is_cut() -> None:
    deep: list[object] = []
    for _ in range(500):
        deep = [deep]

    assert str(clean_all(deep)).count("[") == 100


@pytest.mark.parametrize(
    ("value", "cleaned"),
    [
        (
            {"a": [None, 1, True, 0.5, "b", "\u00e9", []]},
            {"a": [None, 1, True, 0.5, "b", "\u00e9", []]},
        ),
        ({"a": ["b\x00"]}, {"a": ["b"]}),
        ({"a": {"b": "\ud83d \U0001f600"}}, {"a": {"b": "\ufffd \U0001f600"}}),
        ({"a": [{"b\x00": 1}]}, {"a": [{"b": 1}]}),
        ({"a": [{1: 2}]}, {"a": [{"1": 2}]}),
    ],
)
def test_a_crash_is_cleaned_wherever_it_is_not(value: object, cleaned: object) -> None:
    assert clean_all(value) == cleaned
    assert (clean_all(value) is value) == (cleaned == value)


@pytest.mark.parametrize("name", RULESETS)
def test_what_a_rule_reads_was_sent_by_the_client_or_written_earlier(name: str) -> None:
    readable = {*INPUTS, *fields("raw_crash")}
    if name != "default":
        readable |= set(fields("processed_crash"))

    for step in RULESETS[name]:
        assert step.reads <= readable, step.name
        readable |= step.writes


def test_what_is_written_is_declared() -> None:
    written = {name for step in RULESETS["default"] for name in step.writes} - {"extra_dumps"}
    processed = process(make_crash(), {MAIN_DUMP: Walk(OK, {})})

    assert all(field_of("processed_crash", name) for name in {*written, *processed})


def test_every_copied_annotation_is_declared() -> None:
    sources = {field.source_annotation for field in fields("processed_crash").values()} - {None}

    assert sources <= set(fields("raw_crash"))


def test_a_protected_annotation_is_not_copied_into_a_public_field() -> None:
    raw = fields("raw_crash")

    for name, field in fields("processed_crash").items():
        if field.source_annotation:
            assert raw[field.source_annotation].public or not field.public, name


def test_a_fixed_rule_makes_the_crash_a_success() -> None:
    raw = make_crash()
    failed = {
        **process(raw, {MAIN_DUMP: Walk(OK, {})}),
        "success": False,
        "processor_notes": ["rule signature failed: KeyError", "kept"],
    }

    again = process_again(raw, failed, "regenerate_signature")
    other = process_again(
        raw, {**failed, "processor_notes": ["rule addons failed: KeyError"]}, "regenerate_signature"
    )

    assert again["success"] is True
    assert "rule signature failed: KeyError" not in again["processor_notes"]
    assert "kept" in again["processor_notes"]
    assert other["success"] is False


ANNOTATIONS = st.dictionaries(
    st.sampled_from(sorted(name for step in RULESETS["default"] for name in step.reads)),
    st.text() | st.from_regex(r"-?\d{1,40}", fullmatch=True) | st.sampled_from(["1", "0", "a:b,c"]),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ANNOTATIONS)
def test_whatever_a_client_sends_no_rule_fails(annotations: dict[str, str]) -> None:
    processed = process(replace(make_crash(), annotations=annotations), {})

    assert not [note for note in processed["processor_notes"] if note.startswith("rule ")]
    assert processed["success"] is True


def test_the_same_crash_twice_gives_the_same() -> None:
    raw = make_crash(Comments="x", CrashTime="5", **{"Add-ons": "a:1,b"})

    assert process(raw, {}) == process(raw, {})


def test_notes_do_not_pile_up_when_signatures_are_made_again() -> None:
    raw = make_crash()
    first = process(raw, {MAIN_DUMP: Walk(OK, {})})

    again = process_again(raw, first, "regenerate_signature")
    third = process_again(raw, again, "regenerate_signature")

    assert third == again
