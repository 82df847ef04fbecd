"""Breakpad's pipe output in rust-minidump's shape."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from processor.stackwalk_json import BadOutput
from processor.stackwalk_pipe import parse

HEADER = """OS|Linux|0.0.0 Linux 6.1.0-13-amd64 #1 SMP Debian 6.1.55-1 x86_64
CPU|amd64|family 6 model 85 stepping 7|8
GPU|||
NEWTAG|whatever|comes
Crash|SIGSEGV /SEGV_MAPERR|0x8|1
Module|main|1.2|main|AAAA0|0x00400000|0x00400fff|1
Module|libc.so.6||libc.so.6|BBBB0|0x7f0000000000|0x7f0000000fff|0

"""


def test_the_header_is_read_and_unknown_tags_are_skipped() -> None:
    dump, notes = parse(HEADER.encode())

    assert notes == []
    assert dump["system_info"] == {
        "os": "Linux",
        "os_ver": "6.1.0-13-amd64 #1 SMP Debian 6.1.55-1",
        "cpu_arch": "amd64",
        "cpu_info": "family 6 model 85 stepping 7",
        "cpu_count": 8,
        "cpu_microcode_version": None,
    }
    assert dump["crash_info"]["type"] == "SIGSEGV /SEGV_MAPERR"
    assert dump["crash_info"]["address"] == "0x0000000000000008"
    assert dump["main_module"] == 0
    assert dump["modules"][0]["end_addr"] == "0x0000000000401000"
    assert dump["modules"][1]["version"] is None


def test_output_of_2012_without_a_gpu_line_is_read() -> None:
    dump, _ = parse(
        b"OS|Windows NT|6.1.7600 \nCPU|x86|GenuineIntel|2\nCrash|X|0x1|0\n\n0|0|||||0x1\n"
    )

    assert dump["system_info"]["os_ver"] == "6.1.7600"
    assert dump["crashing_thread"]["frames"][0]["offset"] == "0x00000001"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        # Counted from the line: says nothing about the address.
        ("1|0|main|f|a.c|7|0x3", {"function": "f", "line": 7}),
        ("1|0|main|f|||0x23", {"function_offset": "0x0000000000000023"}),
        (
            "1|0|main||||0x23",
            {"module_offset": "0x0000000000000023", "offset": "0x0000000000400023"},
        ),
        ("1|0|||||0xdead", {"offset": "0x000000000000dead", "module": None}),
        # A caller's offset is that of the return: one byte before it is the call.
        ("1|2|main||||0x23", {"module_offset": "0x0000000000000022"}),
        ("1|2|main|f|||0x23", {"function_offset": "0x0000000000000022"}),
        ("1|2|||||0x0", {"offset": "0x0000000000000000"}),
        ("1|2|unknown.so||||0x23", {"module_offset": "0x0000000000000022", "offset": None}),
    ],
)
def test_what_an_offset_counts_from_depends_on_what_is_known(
    line: str, expected: dict[str, object]
) -> None:
    dump, _ = parse((HEADER + line).encode())

    [frame] = dump["threads"][1]["frames"]
    assert {name: frame[name] for name in expected} == expected
    assert frame["trust"] is None


def test_the_crashing_threads_frames_come_first_and_go_to_their_place() -> None:
    lines = "1|0|main|boom|||0x1\n1|1|main|main|||0x1\n0|0|libc.so.6||||0x9\n3|0|libc.so.6||||0x9\n"

    dump, _ = parse((HEADER + lines).encode())

    assert [thread["frame_count"] for thread in dump["threads"]] == [1, 2, 0, 1]
    assert dump["crashing_thread"]["threads_index"] == 1
    assert dump["crashing_thread"]["frames"][0]["function"] == "boom"


@pytest.mark.parametrize("crash", ["Crash|No crash||", "Crash|No crash||2", "Crash|assertion||"])
def test_a_dump_of_no_crash_has_no_crashing_thread_with_frames(crash: str) -> None:
    text = HEADER.replace("Crash|SIGSEGV /SEGV_MAPERR|0x8|1", crash) + "0|0|main||||0x1\n"

    dump, _ = parse(text.encode())

    assert dump["crashing_thread"] is None
    assert dump["crash_info"]["address"] is None
    assert dump["crash_info"]["type"] in (None, "assertion")


def test_lines_that_are_no_frames_are_counted_and_threads_bounded() -> None:
    lines = "1|0|main|f|a.c|7\n99999999|0|main|f|||0x1\nx|0|main|f|||0x1\n1|0|main|f|||0x1\n"

    dump, notes = parse((HEADER + lines).encode())

    assert notes == ["stack walker: 3 lines could not be read"]
    assert len(dump["threads"]) == 2


@pytest.mark.parametrize("text", [b"", b"\n", b"garbage", b"\xff\xfe", b"Module|a|b\n\n"])
def test_what_has_no_system_line_is_no_output(text: bytes) -> None:
    with pytest.raises(BadOutput):
        parse(text)


VALUES = st.sampled_from(["0", "1", "", "-1", "0x10", "0xzz", "f", "OS", "é", "9" * 40])
LINES = st.lists(st.lists(VALUES, max_size=9), max_size=20)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(LINES, LINES)
def test_any_lines_give_the_shape_or_bad_output(
    head: list[list[str]], body: list[list[str]]
) -> None:
    lines = ["|".join(line) for line in (["OS", "Linux", "1"], *head, [], *body)]

    dump, _ = parse("\n".join(lines).encode())

    assert all(isinstance(thread["frames"], list) for thread in dump["threads"])
    assert all(frame["line"] is None or frame["line"] >= 0
               for thread in dump["threads"] for frame in thread["frames"])  # fmt: skip
