"""The tables in `tables/`: functions and their names, stacks and their signatures."""

from pathlib import Path
from typing import Any

import pytest

from socorro.signature.crash_data import CrashData
from socorro.signature.generate import TRUSTING, generate
from socorro.signature.names import GO, JVM, OBJC, SWIFT, function_name

TABLES = Path(__file__).parent / "tables"
ARROW = "  =>  "


def rows(name: str) -> list[Any]:
    """Each line that is no comment: what is given, and what is expected of it."""
    lines = enumerate((TABLES / name).read_text().splitlines(), 1)
    return [
        pytest.param(*line.split(ARROW), id=f"{name}:{number}")
        for number, line in lines
        if line and not line.startswith("# ")
    ]


def frame(text: str) -> dict[str, Any]:
    """Return `function!mark`, `function@module+offset`, `module@offset` or `@offset` as a frame."""
    name, _, mark = text.partition("!")
    values: dict[str, Any] = {"trust": "cfi"}
    if mark.isdigit():
        values["function_offset"] = values["module_offset"] = hex(int(mark))
    elif mark.startswith("line="):
        values |= {"line": int(mark.removeprefix("line=")), "file": "a.c"}
    elif mark:
        values["trust"] = None if mark == "unknown" else mark
    function, plus, offset = name.partition("+0x")
    if plus:
        function, _, module = function.rpartition("@")
        return {**values, "function": function, "module": module, "module_offset": f"0x{offset}"}
    module, at, offset = name.partition("@0x")
    if at and not module:
        return {**values, "offset": f"0x{offset}"}
    if at:
        return {**values, "module": module, "module_offset": f"0x{offset}"}
    return {**values, "function": name, "module": "app"}


def crash(text: str) -> CrashData:
    return CrashData([frame(part) for part in text.split(" / ")], 0)


@pytest.mark.parametrize(("function", "name"), rows("cpp.txt"))
def test_a_function_has_the_same_name_in_every_build(function: str, name: str) -> None:
    assert function_name(function) == name


@pytest.mark.parametrize(("function", "name"), rows("rust.txt"))
def test_a_rust_function_has_the_same_name_in_every_build(function: str, name: str) -> None:
    assert function_name(function, file="a.rs") == name


OTHER_LANGUAGES = {"swift.txt": SWIFT, "go.txt": GO, "objc.txt": OBJC, "jvm.txt": JVM}


@pytest.mark.parametrize(
    ("function", "name"), [row for table in OTHER_LANGUAGES for row in rows(table)]
)
def test_a_function_of_other_languages_has_the_same_name_in_every_build(
    function: str, name: str
) -> None:
    assert function_name(function) == name


NAMES = ("cpp.txt", "rust.txt", *OTHER_LANGUAGES)
# Is (int) what the function takes, or what a function takes to which it returns a pointer? And a
# name with spaces looks like Kotlin's only with its file.
AMBIGUOUS = {"A::operator void (*)(int)", "org.example.Test.plays on and on"}


@pytest.mark.parametrize("table", NAMES)
def test_a_name_that_was_normalized_stays_as_it_is(table: str) -> None:
    file = "a.rs" if table == "rust.txt" else ""
    names = {row.values[1] for row in rows(table)} - AMBIGUOUS

    assert {name: function_name(name, file) for name in names} == {name: name for name in names}


@pytest.mark.parametrize(("stack", "signature"), rows("stacks.txt"))
def test_a_stack_is_named_after_the_first_frame_that_tells(stack: str, signature: str) -> None:
    assert generate(crash(stack)).signature == signature


@pytest.mark.parametrize(("stack", "signature"), rows("nameless.txt"))
def test_a_stack_without_symbols_has_a_name_that_other_crashes_share(
    stack: str, signature: str
) -> None:
    assert generate(crash(stack)).signature == signature


@pytest.mark.parametrize(("stack", "signature"), rows("trust.txt"))
def test_a_guess_is_taken_only_when_there_is_nothing_better(stack: str, signature: str) -> None:
    assert generate(crash(stack)).signature == signature


@pytest.mark.parametrize(
    ("stack", "signature"),
    [
        ("guessed!scan / boom", "guessed"),
        ("public!6016 / boom", "public"),
        ("free / guessed!scan / boom", "free | guessed"),
    ],
)
def test_the_trusting_style_believes_all_frames(stack: str, signature: str) -> None:
    assert generate(crash(stack), TRUSTING).signature == signature


def test_the_tables_have_300_cases_and_none_twice() -> None:
    names = (*NAMES, "stacks.txt", "nameless.txt", "trust.txt")
    cases = {name: [row.values[0] for row in rows(name)] for name in names}

    assert sum(len(stacks) for stacks in cases.values()) >= 300
    assert {name for name, stacks in cases.items() if len(set(stacks)) < len(stacks)} == set()
