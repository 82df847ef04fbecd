"""Every limit of signatures, at its edge and one beyond."""

import json
from typing import Any

import pytest

from socorro import quick_json
from socorro.signature import names
from socorro.signature.classic import MOST_FRAMES as MOST_FRAMES_IN_2012
from socorro.signature.crash_data import CrashData, read
from socorro.signature.explain import explain
from socorro.signature.frames import PLAUSIBLE_OFFSET, expand, frame_name, name_doubt
from socorro.signature.generate import IN_2012, Change, generate
from socorro.signature.java import BAD_FORMAT, of_trace, public_exceptions
from socorro.signature.lists import Lists, shipped
from socorro.signature.names import function_name
from socorro.signature.names.cpp import DEEPEST, LONGEST_KEPT
from socorro.signature.names.rust import LONGEST_TYPE
from socorro.signature.normalize import LONGEST, LONGEST_READ, printable
from socorro.signature.quality import quality
from socorro.signature.rules import LONGEST_MESSAGE
from socorro.signature.stack import LONGEST as LONGEST_SIGNATURE
from socorro.signature.stack import MOST_FRAMES, Step
from socorro.signature.what_if import MOST_EXAMPLES, WhatIf

NO_LISTS = Lists.of({})
ALL_PREFIX = Lists.of({"prefix.txt": "f\n"})
NATIVE = [{"function": "native"}]


def frames(count: int) -> list[dict[str, Any]]:
    return [{"frame": number, "function": f"f{number}"} for number in range(count)]


def signature_of(**more: Any) -> str:
    return generate(CrashData(NATIVE, 0, **more), lists=NO_LISTS).signature


@pytest.mark.parametrize("more", [0, 1])
def test_forty_names_count(more: int) -> None:
    generated = generate(CrashData(frames(MOST_FRAMES + more), 0), lists=ALL_PREFIX)

    assert len(generated.trace) == MOST_FRAMES == 40
    assert generated.proto_signature.endswith(" | f39")


@pytest.mark.parametrize("more", [0, 1])
def test_a_thousand_names_counted_in_2012(more: int) -> None:
    crash = CrashData(frames(MOST_FRAMES_IN_2012 + more), 0)

    generated = generate(crash, IN_2012, ALL_PREFIX)

    assert generated.proto_signature.count(" | ") == 999


@pytest.mark.parametrize("more", [0, 1])
def test_a_hundred_inlined_functions_of_a_frame_are_expanded(more: int) -> None:
    frame = {"function": "f", "inlines": [{"function": "inlined"}] * (100 + more)}

    assert len(list(expand([frame]))) == 101


@pytest.mark.parametrize("more", [0, 1])
def test_a_name_has_a_thousand_characters(more: int) -> None:
    assert frame_name({"function": "n" * (LONGEST + more)}, windows=False) == "n" * 1000


@pytest.mark.parametrize("more", [0, 1])
def test_64_thousand_characters_of_a_function_are_read(more: int) -> None:
    assert printable("n" * (LONGEST_READ + more)) == "n" * 64_000


@pytest.mark.parametrize(("length", "one_letter"), [(LONGEST, True), (LONGEST + 1, False)])
def test_accents_of_a_thousand_characters_are_joined_with_their_letters(
    length: int, one_letter: bool
) -> None:
    text = "n" * (length - 2) + "o\u0308"

    assert printable(text).endswith(r"\u00f6" if one_letter else r"o\u0308")


@pytest.mark.parametrize("more", [0, 1])
def test_names_of_a_thousand_characters_are_remembered(more: int) -> None:
    remembered = names.remembered.cache_info().misses
    function = f"remembered_{'n' * (LONGEST - len('remembered_') - len(str(more)) + more)}{more}"

    function_name(function)

    assert names.remembered.cache_info().misses - remembered == 1 - more


@pytest.mark.parametrize("more", [0, 1])
def test_a_rust_type_with_its_trait_and_all_arguments_has_150_characters(more: int) -> None:
    inner = f"A<{'n' * (LONGEST_TYPE - len('A<> as B') + more)}> as B"

    assert function_name(f"<{inner}>::f") == (f"<{inner}>::f" if more == 0 else "<A<T> as B>::f")


@pytest.mark.parametrize(("length", "end"), [(2 * LONGEST_TYPE, "n"), (301, "...")])
def test_a_rust_type_without_arguments_has_300_characters(length: int, end: str) -> None:
    named = function_name(f"<({'n' * (length - len('() as B') - 1)}n) as B>::f")

    assert named == f"<({'n' * (293 if end == 'n' else 149)}{')' if end == 'n' else end} as B>::f"


@pytest.mark.parametrize("brackets", ["{%s}", "[%s]", "<%s>", "`%s'"])
@pytest.mark.parametrize("more", [0, 1])
def test_what_stays_of_a_bracket_has_200_characters(brackets: str, more: int) -> None:
    inner = f"unnamed{'n' * (LONGEST_KEPT - len('unnamed'))}"
    function = f"A::{brackets % (inner + 'n' * more)}::f"

    kept = brackets % (inner + "..." * more)
    assert function_name(function) == f"A::{kept}::f"


@pytest.mark.parametrize(("deep", "name"), [(DEEPEST, "f"), (DEEPEST + 1, None)])
def test_four_functions_that_return_functions_are_taken_apart(deep: int, name: str | None) -> None:
    function = f"void {'(*' * deep}f(int){')(char)' * deep}"

    assert function_name(function) == (name or function)


@pytest.mark.parametrize(("count", "name"), [(20, "App.f"), (21, "static App.f")])
def test_twenty_wrappers_of_a_swift_function_are_removed(count: int, name: str) -> None:
    assert function_name(f"{'static ' * count}App.f() -> ()") == name


@pytest.mark.parametrize(
    ("offset", "trusted"), [(PLAUSIBLE_OFFSET, True), (PLAUSIBLE_OFFSET + 1, False)]
)
def test_a_public_symbol_is_trusted_for_4096_bytes(offset: int, trusted: bool) -> None:
    frame = {"function": "f", "function_offset": hex(offset)}

    assert (name_doubt(frame) is None) == trusted


def test_a_frame_far_behind_a_symbol_is_named_by_the_place_that_is_known() -> None:
    far: dict[str, Any] = {"function": "f(int)", "function_offset": "0x00008ff000"}
    with_module = {**far, "module": "App.dll"}

    def signature(frame: dict[str, Any]) -> str:
        return generate(CrashData([frame], 0, os_name="Windows NT"), lists=NO_LISTS).signature

    assert signature({**with_module, "module_offset": "0x00900000"}) == "app.dll@0x900000"
    assert signature(with_module) == "app.dll@f+0x8ff000"
    assert signature({**far, "offset": "0x900000"}) == "@0x900000"
    assert signature(far) == "f"


@pytest.mark.parametrize(("digits", "name"), [(18, f"m@0x{'f' * 18}"), (19, "m")])
def test_an_offset_has_18_digits(digits: int, name: str) -> None:
    frame = {"module": "m", "module_offset": f"0x{'f' * digits}"}

    assert frame_name(frame, windows=False) == name


@pytest.mark.parametrize("more", [0, 1])
def test_the_score_of_a_stack_is_that_of_forty_frames(more: int) -> None:
    good = {"module": "m", "function": "f", "trust": "cfi"}
    poor = {"module": "m", "function": None, "trust": "scan"}

    measured = quality({"frames": [good] * (39 + more) + [poor]})

    assert (measured.frames, measured.score == 100) == (40, more == 1)


@pytest.mark.parametrize("more", [0, 1])
def test_a_step_and_a_change_are_stored_with_a_bounded_text(more: int) -> None:
    step = Step(0, "n" * (LONGEST_SIGNATURE + more), "irrelevant").document()
    change = Change("r", "b" * (2 * LONGEST_SIGNATURE + more), "a" * 511).document()

    assert step["name"] == "n" * 255
    assert (change["before"], change["after"]) == ("b" * 510, "a" * 510)


@pytest.mark.parametrize(
    ("length", "message"), [(80, "m" * 80), (81, f"{'m' * 77}..."), (10_000, f"{'m' * 77}...")]
)
def test_an_abort_message_has_80_characters(length: int, message: str) -> None:
    assert LONGEST_MESSAGE == 80
    assert signature_of(abort_message="m" * length) == f"Abort | {message} | native"


@pytest.mark.parametrize(("blanks", "message"), [(9_999, "Abort | m"), (10_000, "Abort")])
def test_ten_thousand_characters_of_an_abort_message_are_read(blanks: int, message: str) -> None:
    assert signature_of(abort_message=f"{' ' * blanks}m") == f"{message} | native"


@pytest.mark.parametrize("more", [0, 1])
def test_a_channel_error_has_100_characters(more: int) -> None:
    expected = f"IPCError-content | {'e' * 100}"

    assert signature_of(ipc_channel_error="e" * (100 + more)) == expected


@pytest.mark.parametrize(("place", "expected"), [(99, "a,z"), (100, "z")])
def test_a_hundred_conditions_of_a_shutdown_count(place: int, expected: str) -> None:
    timeout = json.dumps({"phase": "p", "conditions": ["z"] * place + ["a"]})

    assert signature_of(async_shutdown_timeout=timeout) == f"AsyncShutdownTimeout | p | {expected}"


@pytest.mark.parametrize("more", [0, 1])
def test_a_java_signature_with_its_description_has_255_characters(more: int) -> None:
    description = "d" * (LONGEST_SIGNATURE - len("a.B:  at c.D.e(D.java)") + more)

    text, notes = of_trace(f"a.B: {description}\n\tat c.D.e(D.java:1)", style_2012=True)

    assert ("d" in text.removeprefix("a.B: ").partition(" at ")[0]) == (more == 0)
    assert len(text) <= 255
    assert bool(notes) == bool(more)


@pytest.mark.parametrize(("length", "read_whole"), [(100_000, True), (100_001, False)])
def test_a_hundred_thousand_characters_of_a_java_stack_are_read(
    length: int, read_whole: bool
) -> None:
    end = "\n\tat c.D.e(D.java)"

    text, notes = of_trace(f"a.B: {'m' * (length - 5 - len(end))}{end}")

    assert text == ("a.B: at c.D.e(D.java)" if read_whole else BAD_FORMAT)
    assert bool(notes) != read_whole


@pytest.mark.parametrize(("digits", "thread"), [(18, int("9" * 18)), (19, None)])
def test_a_number_in_text_has_18_digits(digits: int, thread: int | None) -> None:
    assert read({"crashing_thread": "9" * digits}, {}).thread == thread


@pytest.mark.parametrize("more", [0, 1])
def test_five_examples_of_a_move_are_kept(more: int) -> None:
    counted = WhatIf(shipped())
    for number in range(MOST_EXAMPLES + more):
        counted.add(f"id-{number}", {"signature": "old"}, {})

    [move] = counted.moves()

    assert (move.crashes, len(move.examples)) == (5 + more, 5)


@pytest.mark.parametrize(("length", "shown"), [(70, "n" * 70), (71, f"{'n' * 67}...")])
def test_an_explanation_shows_70_characters_of_a_name(length: int, shown: str) -> None:
    generated = generate(CrashData([{"function": "n" * length}], 0), lists=NO_LISTS)

    lines = list(explain(generated, NO_LISTS))

    assert lines[3] == f"   0  {shown}  ends the signature"


@pytest.mark.parametrize(("depth", "clean"), [(254, True), (255, False)])
def test_json_of_254_levels_is_clean(depth: int, clean: bool) -> None:
    assert quick_json.is_clean(json.loads("[" * depth + "]" * depth)) == clean


@pytest.mark.parametrize("more", [0, 1])
def test_a_java_exception_of_a_mebibyte_is_read(more: int) -> None:
    text = '{"exception": {"values": [{"type": "E"}]}}'

    exceptions = public_exceptions(text.ljust(2**20 + more))

    assert bool(exceptions) == (more == 0)
