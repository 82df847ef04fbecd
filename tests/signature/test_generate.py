"""Signatures: what is skipped, joined, and where they end."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socorro.signature.crash_data import CrashData
from socorro.signature.generate import Signature, generate
from socorro.signature.lists import BadList, Lists, shipped

OURS = Lists.of(
    {
        "sentinels.txt": "_purecall\nRPCChannel::Call if CreatePairedMinidumps\n",
        "irrelevant.txt": "# waits\nWaitFor\nKiFast\n",
        "prefix.txt": "free$\narena_\n",
    }
)


def signature_of(*functions: str, lists: Lists = OURS, **more: Any) -> Signature:
    frames = [{"frame": number, "function": name} for number, name in enumerate(functions)]
    return generate(CrashData(frames, more.pop("thread", 0), **more), lists=lists)


@pytest.mark.parametrize(
    ("functions", "signature"),
    [
        (["boom", "main"], "boom"),
        (["WaitForX", "boom", "main"], "boom"),
        (["arena_dalloc", "free", "CloseDir", "x"], "arena_dalloc | free | CloseDir"),
        (["free", "WaitForX", "boom"], "free | boom"),
        (["freeze", "boom"], "freeze"),
        (["my_WaitFor", "boom"], "my_WaitFor"),  # patterns match from the start
        (["free"], "free"),
        (["WaitForX", "KiFastSystemCall"], "WaitForX"),  # nothing but irrelevant: the first
        (["top", "_purecall", "boom"], "_purecall"),
        (["top", "RPCChannel::Call", "boom"], "top"),
        (["top", "RPCChannel::Call", "CreatePairedMinidumps"], "RPCChannel::Call"),
    ],
)  # fmt: skip
def test_signatures(functions: list[str], signature: str) -> None:
    assert signature_of(*functions).signature == signature


def test_the_proto_signature_has_all_frames_and_the_trace_says_why() -> None:
    generated = signature_of("WaitForX", "free", "boom", "main")

    assert generated.proto_signature == "WaitForX | free | boom | main"
    assert [(step.frame, step.action, step.decided_by) for step in generated.trace] == [
        (0, "irrelevant", "irrelevant.txt:2"),
        (1, "prefix", "prefix.txt:1"),
        (2, "ends the signature", None),
    ]


def test_what_is_above_a_sentinel_says_which_sentinel() -> None:
    first = signature_of("top", "_purecall").trace[0]

    assert (first.action, first.decided_by) == ("above the sentinel", "sentinels.txt:1")


def test_empty_lists_match_nothing() -> None:
    empty = Lists.of({"irrelevant.txt": "# nothing\n\n"})

    assert signature_of("WaitForX", "free", lists=empty).signature == "WaitForX"


@pytest.mark.parametrize(
    ("thread", "frames", "status", "signature"),
    [
        (None, [], "OK", "EMPTY: no crashing thread identified"),
        (None, [{"function": "f"}], "OK", "EMPTY: no crashing thread identified"),
        (None, [], "HeaderMismatch", "EMPTY: no crashing thread identified; HeaderMismatch"),
        (0, [], "OK", "EMPTY: no frame data available"),
        (0, [{}], "OK", "EMPTY: no frame data available"),
        (0, [], "Timeout", "EMPTY: no frame data available; Timeout"),
    ],
)
def test_empty_signatures_say_what_is_missing(
    thread: int | None, frames: list[dict[str, Any]], status: str, signature: str
) -> None:
    assert generate(CrashData(frames, thread, status=status)).signature == signature


@pytest.mark.parametrize(("length", "cut"), [(254, False), (255, False), (256, True), (900, True)])
def test_a_signature_has_at_most_255_characters(length: int, cut: bool) -> None:
    generated = signature_of("f" * length)

    assert len(generated.signature) == min(length, 255)
    assert generated.signature.endswith("...") == cut
    assert bool(generated.notes) == cut


def test_inlined_functions_come_before_their_frame() -> None:
    frame = {
        "frame": 0,
        "function": "outer",
        "inlines": [{"function": "inner"}, {"function": "mid"}],
    }

    assert generate(CrashData([frame], 0), lists=OURS).proto_signature == "inner | mid | outer"


def test_at_most_40_frames_are_looked_at() -> None:
    generated = signature_of(*(f"arena_{number}" for number in range(100)))

    assert len(generated.trace) == 40
    assert generated.proto_signature.count(" | ") == 39


def test_stacks_without_names_are_not_thrown_together() -> None:
    def nameless(offset: str) -> str:
        frames = [{"module": "App.exe", "module_offset": offset}]
        return generate(CrashData(frames, 0, os_name="Windows NT")).signature

    assert nameless("0x0000a6cd") == "app.exe@0xa6cd"
    assert nameless("0x00001098") == "app.exe@0x1098"


def test_a_list_with_a_wrong_pattern_says_where() -> None:
    with pytest.raises(BadList, match=r"prefix.txt:2"):
        Lists.of({"prefix.txt": "fine\n(broken\n"})


@pytest.mark.parametrize(
    ("functions", "signature"),
    [
        (["malloc", "operator new", "boom"], "malloc | operator new | boom"),
        (["NtWaitForSingleObject", "WaitForSingleObjectEx", "hangs"], "hangs"),
        (["__pthread_kill_implementation", "gsignal", "abort", "giveUp"], "abort | giveUp"),
        (["core::panicking::panic_fmt", "core::result::unwrap_failed", "app::run"], "app::run"),
        (["memcpy", "copyPixels"], "memcpy | copyPixels"),
        (["objc_msgSend", "-[View draw]"], "objc_msgSend | -[View draw]"),
        (["RaiseException", "_CxxThrowException", "throws"], "throws"),
        (["freedom", "x"], "freedom"),
    ],
)
def test_the_shipped_lists_know_the_families(functions: list[str], signature: str) -> None:
    assert signature_of(*functions, lists=shipped()).signature == signature


JUNK = st.none() | st.text() | st.integers() | st.lists(st.text(), max_size=2)
TEXTS = st.none() | st.text() | st.text(alphabet="<>(){}[] ,:&*'`operator constAZ", max_size=300)
FRAMES = st.fixed_dictionaries(
    {},
    optional={
        "function": TEXTS,
        "file": TEXTS,
        "line": st.none() | st.integers(),
        "module": TEXTS,
        "module_offset": JUNK,
        "offset": JUNK,
        "frame": JUNK,
        "unloaded_modules": st.none() | st.lists(JUNK | st.dictionaries(st.just("module"), JUNK)),
    },
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(FRAMES, max_size=60),
    st.none() | st.integers(),
    st.sampled_from(["Linux", "Windows NT", ""]),
)
def test_any_frames_give_a_signature_of_printable_characters(
    frames: list[dict[str, Any]], thread: int | None, os_name: str
) -> None:
    generated = generate(CrashData(frames, thread, os_name=os_name))

    assert 0 < len(generated.signature) <= 255
    assert generated.signature.isascii()
    assert generated.signature.isprintable()
    assert len(generated.trace) <= 40
