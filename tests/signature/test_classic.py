"""Signatures as in 2012."""

from typing import Any

import pytest

from socorro.signature.crash_data import CrashData
from socorro.signature.generate import IN_2012, generate
from socorro.signature.lists import Lists

BY = Lists.of({"irrelevant.txt": "WaitFor\n", "prefix.txt": "free\n", "with_line.txt": "js_I\n"})


def signature_of(*functions: Any, thread: int | None = 0, **more: Any) -> str:
    frames = [
        {"function": function} if isinstance(function, str) else function for function in functions
    ]
    return generate(CrashData(frames, thread, **more), IN_2012, BY).signature


@pytest.mark.parametrize(
    ("frame", "name"),
    [
        ("void Foo<int>::bar(char const *, int)", "void Foo<int>::bar(char const*, int)"),
        ("a(b,c)", "a(b, c)"),
        ("a(b , c)", "a(b, c)"),
        ("A<3>::b", "A<int>::b"),
        ("A<3,-4, 5>::b", "A<int, int, int>::b"),
        ("A<3x>::b", "A<3x>::b"),
        ("f'g", "f'g"),
        ({"function": "js_I", "line": 7}, "js_I:7"),
        ({"file": "c:\\a\\b.cpp", "line": 7}, "b.cpp#7"),
        ({"module": "A.so", "module_offset": "0x0010"}, "A.so@0x10"),
        ({"offset": "0x0010"}, "@0x10"),
        ({"module": "A.so", "module_offset": "zz"}, "A.so"),
    ],
)
def test_names_keep_parameters_and_templates_but_numbers(frame: Any, name: str) -> None:
    assert signature_of(frame, os_name="Linux") == name


def test_modules_are_in_lower_case_on_windows_and_where_the_system_is_unknown() -> None:
    frame = {"module": "A.dll", "module_offset": "0x10"}

    assert [signature_of(frame, os_name=name) for name in ("Windows NT", "", "Linux")] == [
        "a.dll@0x10", "a.dll@0x10", "A.dll@0x10",
    ]  # fmt: skip


def test_the_same_lists_skip_join_and_end() -> None:
    assert signature_of("WaitForX", "free(void*)", "boom()", "main") == "free(void*) | boom()"
    assert signature_of("WaitForX") == "WaitForX"


@pytest.mark.parametrize(
    ("crash", "signature"),
    [
        ({"hang_type": -1}, "hang | boom"),
        ({"hang_type": 1, "first_thread": [{"function": "ui"}]}, "chromehang | ui"),
        ({"hang_type": 1, "first_thread": [{"function": "ui"}], "thread": None}, "chromehang | ui"),
        ({"thread": None}, "EMPTY: no crashing thread identified"),
        (
            {"thread": None, "status": "Timeout"},
            "EMPTY: no crashing thread identified; corrupt dump",
        ),
        ({"oom_allocation_size": 5}, "boom"),
    ],
)  # fmt: skip
def test_hangs_are_named_first_and_corrupt_dumps_last(
    crash: dict[str, Any], signature: str
) -> None:
    assert signature_of("boom", **crash) == signature


def test_guesses_are_believed_and_inlined_functions_are_not_seen() -> None:
    frame = {"function": "guess", "trust": "scan", "inlines": [{"function": "inlined"}]}

    assert signature_of(frame, "boom") == "guess"


def test_more_than_255_characters_are_cut() -> None:
    signature = signature_of("f" * 300)

    assert signature == f"{'f' * 252}..."
