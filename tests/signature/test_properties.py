"""What holds for every crash, whatever is in it."""

import random
from itertools import islice
from typing import Any

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from socorro.signature.crash_data import CrashData, read
from socorro.signature.frames import frame_name, named
from socorro.signature.generate import STYLES, generate
from socorro.signature.lists import shipped
from socorro.signature.names import function_name
from socorro.signature.normalize import LONGEST
from socorro.signature.stack import TAKEN

MB = 2**20
LISTED = [
    name
    for of_list in (shipped().sentinels, shipped().irrelevant, shipped().prefix)
    for line in of_list.lines
    for name in line.examples
]
NAMES = st.sampled_from([*LISTED, "boom", "app::run(int)", "main", "f<int>::g"]) | st.text()
FRAMES = st.fixed_dictionaries(
    {},
    optional={
        "function": NAMES,
        "module": st.sampled_from(["libc.so.6", "app", "xul.dll"]),
        "module_offset": st.sampled_from(["0x10", "0x00ff"]),
        "offset": st.sampled_from(["0x3df944", "0x0"]),
        "trust": st.sampled_from(["scan", "cfi", None]),
        "function_offset": st.sampled_from(["0x10", "0x9999"]),
        "inlines": st.lists(st.fixed_dictionaries({"function": NAMES}), max_size=3),
    },
)
CRASHES = st.builds(
    CrashData,
    frames=st.lists(FRAMES, max_size=50),
    thread=st.none() | st.just(0),
    os_name=st.sampled_from(["Linux", "Windows NT", ""]),
    reason=st.text() | st.just("EXCEPTION_STACK_OVERFLOW"),
    oom_allocation_size=st.none() | st.integers(0, MB),
    abort_message=st.text(),
    async_shutdown_timeout=st.text(),
    ipc_channel_error=st.text(),
    ipc_message_name=st.text(),
    java_stack_trace=st.none() | st.text(),
    java_exception=st.none() | st.text(),
    hang_type=st.sampled_from([-1, 0, 1]),
)
SLOW_IS_FINE = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])


@SLOW_IS_FINE
@given(CRASHES, st.sampled_from(STYLES))
def test_a_signature_is_1_to_255_characters_and_the_same_each_time(
    crash: CrashData, style: str
) -> None:
    first, second = generate(crash, style), generate(crash, style)

    assert 0 < len(first.signature) <= 255
    assert first == second
    assert not [note for note in first.notes if "failed" in note]


@SLOW_IS_FINE
@given(CRASHES)
def test_a_signature_is_printable_ascii_without_spaces_at_its_ends(crash: CrashData) -> None:
    signature = generate(crash).signature

    assert signature.isascii()
    assert signature.isprintable()
    assert signature == signature.strip()
    assert "  " not in signature


@SLOW_IS_FINE
@given(st.lists(FRAMES, min_size=1, max_size=60))
def test_a_signature_begins_with_an_irrelevant_frame_only_when_there_is_nothing_else(
    frames: list[dict[str, Any]],
) -> None:
    generated = generate(CrashData(frames, 0))

    irrelevant = shipped().irrelevant
    taken = [step for step in generated.trace if step.action in TAKEN]
    looked_at = [step for step in generated.trace if step.action != "above the sentinel"]
    if taken and irrelevant.find(taken[0].name):
        assert all(irrelevant.find(step.name) for step in looked_at)


@SLOW_IS_FINE
@given(st.lists(FRAMES, min_size=1, max_size=60))
def test_a_guess_heads_a_signature_only_when_no_better_frame_is_there(
    frames: list[dict[str, Any]],
) -> None:
    lists = shipped()
    names = list(islice(named(frames, False, lists.with_line), 40))
    empty_handed = (lists.irrelevant, lists.bottom)
    better = [
        frame
        for frame in names
        if not frame.distrust and not any(of_list.find(frame.name) for of_list in empty_handed)
    ]
    generated = generate(CrashData(frames, 0))
    assume(better and not any(step.action == "above the sentinel" for step in generated.trace))

    head = next(step for step in generated.trace if step.action in TAKEN)

    believed = {(frame.number, frame.name) for frame in names if not frame.distrust}
    assert (head.frame, head.name) in believed


SYMBOLS = st.fixed_dictionaries(
    {"function": NAMES},
    optional={
        "function_offset": st.sampled_from(["0x10", "0x1000", "0x1001", "0x8ff000"]),
        "file": st.sampled_from(["a.c", "b.rs"]),
        "inlines": st.lists(st.fixed_dictionaries({"function": NAMES}), max_size=2),
    },
)
BARE = st.fixed_dictionaries(
    {
        "module": st.sampled_from(["app", "libc.so.6", "xul.dll"]),
        "module_offset": st.sampled_from(["0x10", "0x900000", "0x9000"]),
        "trust": st.sampled_from(["cfi", "frame_pointer", "scan"]),
    }
)
STACKS = st.lists(st.tuples(BARE, st.just({}) | SYMBOLS), min_size=1, max_size=12)


@SLOW_IS_FINE
@given(STACKS)
def test_symbols_never_drop_the_frame_that_the_walker_trusts_most(
    stack: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    frames = [{**bare, **symbols} for bare, symbols in stack]
    frames[0]["trust"] = "context"  # the registers at the time of the crash

    trace = generate(CrashData(frames, 0)).trace

    of_frame = [step for step in trace if step.frame == 0]
    assert of_frame
    for step in of_frame:
        assert step.action in TAKEN or step.decided_by  # a line of a list passed over it
        assert step.action != "distrusted"


@SLOW_IS_FINE
@given(STACKS)
def test_symbols_that_name_nothing_change_no_signature(
    stack: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    def signature(*more: dict[str, Any]) -> str:
        frames = [{**bare, **more[number % len(more)]} for number, (bare, _) in enumerate(stack)]
        return generate(CrashData(frames, 0)).signature

    far = {"function": "_purecall", "function_offset": "0x1001"}
    placeholder = {"function": "<name omitted>", "function_offset": "0x10"}

    assert signature(far) == signature(far, placeholder) == signature({})


@SLOW_IS_FINE
@given(STACKS)
def test_a_better_name_of_a_frame_does_not_move_the_signature_to_other_frames(
    stack: list[tuple[dict[str, Any], dict[str, Any]]],
) -> None:
    frames = [bare for bare, _ in stack]
    without = generate(CrashData(frames, 0)).trace
    last = without[-1]
    assume(last.action == "ends the signature" and last.frame == len(without) - 1)
    named_frames = [*frames]
    named_frames[last.frame] = {**frames[last.frame], "function": "app::run", "file": "a.c"}

    with_symbols = generate(CrashData(named_frames, 0)).trace

    assert with_symbols[:-1] == without[:-1]
    assert (with_symbols[-1].frame, with_symbols[-1].name) == (last.frame, "app::run")


@SLOW_IS_FINE
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(
            st.sampled_from(["json_dump", "crashing_thread", "frames", "threads", "inlines",
                             "function", "module", "unloaded_modules", "os_name"]), inner),
        max_leaves=20,
    ),
)  # fmt: skip
def test_any_json_at_all_gets_a_signature(document: Any) -> None:
    crash = document if isinstance(document, dict) else {"json_dump": document}

    assert generate(read({"crashing_thread": 0, **crash}, {})).signature


HOSTILE = {
    "opening": "<" * MB,
    "closing": ">" * MB,
    "both": "<>" * (MB // 2),
    "parentheses": "(" * MB,
    "nested": "a<(" * (MB // 3),
    "operators": "operator<" * (MB // 9),
    "calls": "operator()" * (MB // 10),
    "spaces": "a " * (MB // 2),
    "commas": "a , " * (MB // 4),
    "clones": " [clone .cold]" * (MB // 14),
    "lambdas": "{lambda(#1}" * (MB // 11),
    "anonymous": "`anonymous namespace'" * (MB // 21),
    "qualifiers": "f)" + " const&" * (MB // 7) + "x",
    "blocks": "_block_invoke" + ".1" * (MB // 2) + "x",
    "pointers": "(*" * (MB // 2),
    "hashes": "::h0123456789abcdef" * (MB // 19),
    "unprintable": "\x00\xff" * (MB // 2),
    "lists": "je_" * (MB // 3) + "alloc",
}


@pytest.mark.timeout(30)
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_name_of_a_megabyte_is_read_in_bounded_time(name: str) -> None:
    hostile = HOSTILE[name]
    frames = [{"function": f"{number}{hostile}", "file": "a.rs"} for number in range(20)]

    generated = generate(CrashData([*frames, {"function": hostile}], 0, abort_message=hostile))

    assert 0 < len(generated.signature) <= 255
    assert len(frame_name({"function": hostile}, windows=False)) <= LONGEST
    assert len(generated.proto_signature) <= 41 * (LONGEST + 3)


def test_names_do_not_depend_on_what_was_named_before() -> None:
    names = [f"A<{number}>::f(int) const" for number in range(20_000)]
    random.Random(1).shuffle(names)

    assert {function_name(name) for name in names} == {"A<T>::f"}
