# ruff: noqa: E501 (a table is easier to read with a case on each line)
"""The rules after the stack: each alone, and their order."""

import json
from typing import Any

import pytest

from socorro.signature import rules
from socorro.signature.crash_data import CrashData, hang, of_walk, read, size
from socorro.signature.generate import IN_2012, Signature, generate
from socorro.signature.rules import AFTER_THE_STACK, State


def frames(*functions: str) -> list[dict[str, Any]]:
    return [{"frame": number, "function": name} for number, name in enumerate(functions)]


def signature_of(*functions: str, **more: Any) -> Signature:
    return generate(CrashData(frames(*functions), more.pop("thread", 0), **more))


WATCHDOG = "mozilla::(anonymous namespace)::RunWatchdog"
MB = 2**20
BLOCKERS = {"phase": "profile-before-change", "conditions": [{"name": "b"}, {"name": "a"}]}


@pytest.mark.parametrize(
    ("crash", "signature"),
    [
        # Why there is no stack.
        ({"status": "HeaderMismatch"}, "boom"),
        # Disks that do not read.
        ({"reason": "EXCEPTION_IN_PAGE_ERROR_READ / STATUS_DEVICE_DATA_ERROR"}, "bad hardware | boom"),
        ({"reason": "EXCEPTION_IN_PAGE_ERROR_READ"}, "boom"),
        # Out of memory.
        ({"oom_allocation_size": 0}, "OOM | small"),
        ({"oom_allocation_size": 262_144}, "OOM | small"),
        ({"oom_allocation_size": 262_145}, "OOM | large | boom"),
        ({"oom_allocation_size": 5 * MB}, "OOM | large | boom"),
        ({"last_error": "ERROR_NOT_ENOUGH_MEMORY"}, "OOM | unknown | boom"),
        ({"last_error": "ERROR_COMMITMENT_LIMIT"}, "OOM | unknown | boom"),
        ({"last_error": "ERROR_SUCCESS"}, "boom"),
        ({"reason": "STATUS_NO_MEMORY"}, "OOM | unknown | boom"),
        ({"reason": "OUT_OF_MEMORY"}, "OOM | unknown | boom"),
        ({"reason": "Out of Memory"}, "OOM | unknown | boom"),
        ({"reason": "EXC_RESOURCE / RESOURCE_TYPE_MEMORY"}, "OOM | unknown | boom"),
        ({"last_error": "ERROR_OUTOFMEMORY"}, "OOM | unknown | boom"),
        ({"reason": "0x00000000 / STATUS_FATAL_MEMORY_EXHAUSTION"}, "OOM | unknown | boom"),
        ({"oom_allocation_size": 2**64 - 1}, "OOM | large | boom"),
        ({"js_large_allocation_failure": "Reporting"}, "OOM | large | boom"),
        ({"js_large_allocation_failure": "Reporting", "last_error": "ERROR_NOT_ENOUGH_MEMORY"}, "OOM | large | boom"),
        ({"js_large_allocation_failure": "Reporting", "oom_allocation_size": 5}, "OOM | small"),
        ({"js_large_allocation_failure": "Reported"}, "boom"),
        ({"js_large_allocation_failure": "Recovered"}, "boom"),
        ({"oom_allocation_size": 5, "reason": "STATUS_NO_MEMORY"}, "OOM | small"),
        # What the application said when it aborted.
        ({"abort_message": "no font"}, "Abort | no font | boom"),
        ({"abort_message": "###!!! ABORT: bad: file a.cpp, line 3"}, "Abort | bad | boom"),
        ({"abort_message": "###!!! ABORT: file a.cpp, line 3"}, "Abort | boom"),
        ({"abort_message": "[Child 7] ###!!! ABORT: bad: file a.cpp"}, "Abort | bad | boom"),
        ({"abort_message": "[Parent 9, Main Thread] ###!!! ABORT: file a.cpp, line 3"}, "Abort | boom"),
        ({"abort_message": "unable to find a usable font (fontconfig: /home)"}, "Abort | unable to find a usable font | boom"),
        ({"abort_message": "unable to find a usable font (Segoe UI)"}, "Abort | unable to find a usable font | boom"),
        ({"abort_message": "Unable to find a usable Font (Noto (Sans) UI), giving up"}, "Abort | Unable to find a usable Font, giving up | boom"),
        ({"abort_message": 'no font "Segoe UI" here'}, "Abort | no font here | boom"),
        ({"abort_message": "missing fonts: 'Arial'"}, "Abort | missing font | boom"),
        ({"abort_message": "[Parent 7] ###!!! ABORT: bad: 'x > 0', file /builds/a.cpp, line 3"}, "Abort | bad: 'x > 0' | boom"),
        ({"abort_message": "Assertion failed: (x > 0), function foo, file bar.c, line 12."}, "Abort | Assertion failed: (x > 0), function foo | boom"),
        ({"abort_message": "no such file, file a bug"}, "Abort | no such file, file a bug | boom"),
        ({"abort_message": "cannot open /home/ann/a b.txt: no access"}, "Abort | cannot open (path): no access | boom"),
        ({"abort_message": "cannot open 'C:\\Users\\ann b\\x.pdf'"}, "Abort | cannot open '(path)' | boom"),
        ({"abort_message": "cannot open \\\\server\\ann\\x.pdf (5)"}, "Abort | cannot open (path) (5) | boom"),
        ({"abort_message": "and/or https://a.example/tmp/x 1/2"}, "Abort | and/or https://a.example/tmp/x 1/2 | boom"),
        ({"abort_message": "BadWindow (invalid Window parameter): 0x3400001"}, "Abort | BadWindow (invalid Window parameter): | boom"),
        ({"abort_message": "0xe1 failed, pid 99"}, "Abort | 0xe1 failed, pid | boom"),
        ({"abort_message": "(firefox:1234): Gdk-WARNING **: 12:00:01.123: lost"}, "Abort | Gdk-WARNING **: lost | boom"),
        ({"abort_message": "bad state (7)"}, "Abort | bad state (7) | boom"),
        ({"abort_message": "xpcom_runtime_abort(###!!! ABORT: some message here: file foo.cpp:42)"}, "Abort | some message here | boom"),
        ({"abort_message": "xpcom_runtime_abort(###!!! ABORT: file foo.cpp:42)"}, "Abort | boom"),
        ({"abort_message": "xpcom_runtime_abort(###!!! ABORT: some (message))"}, "Abort | some (message) | boom"),
        ({"abort_message": "xpcom_runtime_abort([Parent 7] ###!!! ABORT: bad: file a.cpp, line 3)\n"}, "Abort | bad | boom"),
        ({"abort_message": "xpcom_runtime_abort(###!!! ABORT: cut off"}, "Abort | cut off | boom"),
        ({"abort_message": "NS_DebugBreak(###!!! ASSERTION: bad: file a.cpp, line 3)"}, "Abort | bad | boom"),
        ({"abort_message": "gfx::fail(12)"}, "Abort | gfx::fail(12) | boom"),
        ({"abort_message": "süß\n  bad"}, "Abort | s bad | boom"),
        ({"abort_message": "x" * 80}, f"Abort | {'x' * 80} | boom"),
        ({"abort_message": "x" * 81}, f"Abort | {'x' * 77}... | boom"),
        ({"abort_message": " "}, "Abort | boom"),
        # A shutdown that took too long.
        ({"async_shutdown_timeout": json.dumps(BLOCKERS)}, "AsyncShutdownTimeout | profile-before-change | a,b"),
        ({"async_shutdown_timeout": '{"phase": "p", "conditions": ["z", "c"]}'}, "AsyncShutdownTimeout | p | c,z"),
        ({"async_shutdown_timeout": '{"phase": "p", "conditions": []}'}, "AsyncShutdownTimeout | p | (none)"),
        ({"async_shutdown_timeout": '{"phase": "p", "conditions": 5}'}, "AsyncShutdownTimeout | p | (none)"),
        ({"async_shutdown_timeout": '{"phase": 5, "conditions": []}'}, "AsyncShutdownTimeout | UNKNOWN | (none)"),
        ({"async_shutdown_timeout": '{"phase": "p", "conditions": "c"}'}, "AsyncShutdownTimeout | p | c"),
        ({"async_shutdown_timeout": '{"phase": "p", "conditions": {"name": "c"}}'}, "AsyncShutdownTimeout | p | c"),
        ({"async_shutdown_timeout": '{"phase": "p"}'}, "AsyncShutdownTimeout | p | (none)"),
        ({"async_shutdown_timeout": '{"phase": "p", "conditions": null}'}, "AsyncShutdownTimeout | p | (none)"),
        ({"async_shutdown_timeout": '{"conditions": ["c"]}'}, "AsyncShutdownTimeout | UNKNOWN | c"),
        ({"async_shutdown_timeout": '{"phase": " ", "conditions": [" c ", 7, {"name": 7}]}'}, "AsyncShutdownTimeout | UNKNOWN | c"),
        ({"async_shutdown_timeout": "{"}, "AsyncShutdownTimeout | UNKNOWN"),
        ({"async_shutdown_timeout": "no JSON"}, "AsyncShutdownTimeout | UNKNOWN"),
        ({"async_shutdown_timeout": "[" * 100_000}, "AsyncShutdownTimeout | UNKNOWN"),
        ({"async_shutdown_timeout": "[]"}, "AsyncShutdownTimeout | UNKNOWN"),
        ({"async_shutdown_timeout": "null"}, "AsyncShutdownTimeout | UNKNOWN"),
        ({"async_shutdown_timeout": "{}"}, "AsyncShutdownTimeout | UNKNOWN"),
        # Processes that do not talk any more.
        ({"ipc_channel_error": "ShutDownKill"}, "IPCError-content | ShutDownKill"),
        ({"ipc_channel_error": "ShutDownKill", "additional_minidumps": ("upload_file_minidump_browser",)}, "IPCError-browser | ShutDownKill"),
        ({"ipc_channel_error": "ShutDownKill", "additional_minidumps": ("upload_file_minidump_flash1",)}, "IPCError-content | ShutDownKill"),
        ({"ipc_channel_error": "x" * 101}, f"IPCError-content | {'x' * 100}"),
        ({"ipc_message_name": "PContent::Msg_Go"}, "boom | IPC_Message_Name=PContent::Msg_Go"),
        # Recursion, hangs.
        ({"reason": "EXCEPTION_STACK_OVERFLOW"}, "stackoverflow | boom"),
        ({"hang_type": 1}, "hang: browser | boom"),
        ({"hang_type": -1}, "hang: plugin | boom"),
        ({"hang_type": 0}, "boom"),
        ({"hang_type": 7}, "boom"),
        ({"hang_type": 1, "hang": "ui"}, "hang: ui | boom"),
        # What is no printable ASCII, spaces.
        ({"ipc_message_name": "a\x00é b\n\n c"}, "boom | IPC_Message_Name=a b c"),
        # The order: the later a rule, the further in front its prefix.
        ({"oom_allocation_size": 5 * MB, "abort_message": "bad"}, "Abort | bad | OOM | large | boom"),
        ({"oom_allocation_size": 5 * MB, "reason": "EXCEPTION_STACK_OVERFLOW"}, "stackoverflow | OOM | large | boom"),
        ({"oom_allocation_size": 5, "ipc_message_name": "M"}, "OOM | small | IPC_Message_Name=M"),
        ({"abort_message": "bad", "hang_type": 1}, "hang: browser | Abort | bad | boom"),
        ({"abort_message": "bad", "async_shutdown_timeout": '{"phase": "p", "conditions": []}'}, "AsyncShutdownTimeout | p | (none)"),
        ({"async_shutdown_timeout": '{"phase": "p", "conditions": []}', "ipc_channel_error": "E"}, "IPCError-content | E"),
        ({"ipc_channel_error": "E", "ipc_message_name": "M"}, "IPCError-content | E | IPC_Message_Name=M"),
        ({"reason": "STATUS_DEVICE_DATA_ERROR", "oom_allocation_size": 5 * MB}, "OOM | large | bad hardware | boom"),
    ],
)  # fmt: skip
def test_a_rule_changes_the_signature(crash: dict[str, Any], signature: str) -> None:
    generated = signature_of("boom", "main", **crash)

    assert generated.signature == signature
    assert all(change.before != change.after for change in generated.changes)
    if generated.changes:
        assert generated.changes[-1].after == signature


@pytest.mark.parametrize(
    "function",
    ["NS_ABORT_OOM", "mozalloc_handle_oom", "js::CrashAtUnhandlableOOM", "CrashAtUnhandlableOOM",
     "js::AutoEnterOOMUnsafeRegion::crash", "alloc::oom::oom", "base::TerminateBecauseOutOfMemory", "std::alloc::rust_oom",
     "alloc::alloc::handle_alloc_error", "v8::internal::V8::FatalProcessOutOfMemory"],
)  # fmt: skip
def test_functions_that_are_called_without_memory_mark_it(function: str) -> None:
    assert signature_of(function, "boom").signature == f"OOM | unknown | {function} | boom"


@pytest.mark.parametrize(
    ("crash", "signature"),
    [
        ({}, "shutdownhang | waits"),
        ({"oom_allocation_size": 5 * MB}, "shutdownhang | OOM | large | waits"),
        ({"abort_message": "bad"}, "shutdownhang | Abort | bad | waits"),
        ({"oom_allocation_size": 5}, "OOM | small"),
        ({"reason": "EXCEPTION_STACK_OVERFLOW"}, "stackoverflow | shutdownhang | waits"),
    ],
)
def test_defect_21_the_watchdog_looks_at_the_main_thread_and_keeps_what_was_found(
    crash: dict[str, Any], signature: str
) -> None:
    main_thread = frames("NtWaitForSingleObject", "waits")

    assert signature_of(WATCHDOG, first_thread=main_thread, **crash).signature == signature


def test_the_trace_and_the_thread_are_those_that_the_signature_is_about() -> None:
    main_thread = frames("NtWaitForSingleObject", "waits", "main")

    hung = signature_of("MOZ_Crash", WATCHDOG, "start", first_thread=main_thread, thread=7)
    crashed = signature_of("boom", "RunWatchdogs", first_thread=main_thread, thread=7)

    assert (hung.signature, hung.thread) == ("shutdownhang | waits", 0)
    assert hung.proto_signature == "NtWaitForSingleObject | waits | main"
    assert [step.name for step in hung.trace] == ["NtWaitForSingleObject", "waits"]
    assert (crashed.signature, crashed.thread) == ("boom", 7)


@pytest.mark.parametrize("above", [39, 40])
def test_the_watchdog_is_looked_for_in_forty_frames(above: int) -> None:
    stack = [f"f{number}" for number in range(above)]

    hung = signature_of(*stack, WATCHDOG, first_thread=frames("waits"))

    assert hung.signature == ("shutdownhang | waits" if above == 39 else "f0")


def test_the_thread_of_a_browser_hang_in_2012_is_the_main_thread() -> None:
    crash = CrashData(frames("boom"), 7, frames("waits"), hang_type=1)

    assert generate(crash, IN_2012).thread == 0
    assert generate(crash).thread == 7


@pytest.mark.parametrize(
    ("annotation", "hung"),
    [
        ("ui", "ui"),
        (" UI\r\n", "ui"),
        ("main", "main"),
        ("gpu-process", "gpu-process"),
        ("h" * 40, "h" * 40),
        ("h" * 41, "unknown"),
        ("ann@example.org", "unknown"),
        ("1", ""),
        ("TRUE", ""),
        ("0", None),
        ("False", None),
        ("", None),
        ("  ", None),
    ],
)
def test_what_hung_is_a_short_word(annotation: str, hung: str | None) -> None:
    assert hang(annotation) == hung


@pytest.mark.parametrize(
    ("value", "bytes_"),
    [
        (2**64 - 1, 2**64 - 1),
        (str(2**64 - 1), 2**64 - 1),
        (2**64, None),
        (str(2**64), None),
        (" 5\r\n", 5),
        ("-1", None),
        (-1, None),
        ("0x10", None),
        ("٣", None),
        (True, None),
        ("9" * 1_000_000, None),
    ],
)
def test_a_size_has_64_bits(value: object, bytes_: int | None) -> None:
    assert size(value) == bytes_


def test_a_watchdog_without_a_main_thread_says_so() -> None:
    assert signature_of(WATCHDOG).signature == "shutdownhang | EMPTY: no frame data available"


def test_defect_2_the_conditional_sentinel_is_applied() -> None:
    call = "mozilla::ipc::RPCChannel::Call(IPC::Message*, IPC::Message*)"

    assert signature_of("wait", call, "boom", "mozilla::CreatePairedMinidumps").signature == (
        "mozilla::ipc::RPCChannel::Call | boom"
    )
    assert signature_of("wait", call, "boom").signature == "wait"


def test_defect_18_a_crash_without_a_crashing_thread_does_not_get_another_threads_signature() -> (
    None
):
    dump = {"crash_info": {}, "threads": [{"frames": frames("boom")}], "status": "OK"}

    assert generate(of_walk(dump)).signature == "EMPTY: no crashing thread identified"


def test_defect_23_quotes_are_not_doubled() -> None:
    generated = generate(CrashData(frames("f'g"), 0), IN_2012)

    assert (signature_of("f'g").signature, generated.signature) == ("f'g", "f'g")


def test_why_a_stack_is_empty_is_part_of_its_signature() -> None:
    generated = generate(CrashData((), None, status="MissingThreadList"))

    assert generated.signature == "EMPTY: no crashing thread identified; MissingThreadList"
    assert [change.rule for change in generated.changes] == ["stack_walker_error"]


def test_each_change_is_recorded_with_its_rule() -> None:
    generated = signature_of("boom", oom_allocation_size=5 * MB, hang_type=1)

    assert [change.document() for change in generated.changes] == [
        {"rule": "out_of_memory", "before": "boom", "after": "OOM | large | boom"},
        {
            "rule": "hung_process",
            "before": "OOM | large | boom",
            "after": "hang: browser | OOM | large | boom",
        },
    ]


def test_a_rule_that_fails_leaves_a_note_without_text_of_the_crash_and_the_rest_runs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(crash: CrashData, state: State) -> State:
        raise ValueError(crash.abort_message)

    with_broken = tuple(broken if rule is rules.abort else rule for rule in AFTER_THE_STACK)
    monkeypatch.setattr("socorro.signature.generate.AFTER_THE_STACK", with_broken)

    generated = signature_of("boom", abort_message="secret", hang_type=1)

    assert generated.signature == "hang: browser | boom"
    assert generated.notes == ("Signature rule broken failed: ValueError",)


def test_a_very_long_message_is_not_kept_whole_in_the_changes() -> None:
    generated = signature_of("boom", ipc_message_name="x" * MB)

    assert len(generated.signature) == 255
    assert generated.signature.endswith("...")
    assert (
        max(len(text) for change in generated.changes for text in change.document().values()) <= 510
    )
    assert generated.notes == (
        f"Signature cut from {MB + len('boom | IPC_Message_Name=')} to 255 characters",
    )


@pytest.mark.parametrize("junk", [None, 5, "x", [], {}, [None], True, -1, 10**30, "9" * 30])
def test_values_of_wrong_types_count_as_absent(junk: Any) -> None:
    names = (
        "additional_minidumps", "crashing_thread", "hang_type", "json_dump", "mdsw_status_string",
        "os_name", "reason", "java_stack_trace", "oom_allocation_size", "abort_message",
    )  # fmt: skip

    for name in names:
        assert 0 < len(generate(read({name: junk}, {})).signature) <= 255
    assert generate(read(dict.fromkeys(names, junk), {})).signature


def test_an_annotation_counts_before_its_copy() -> None:
    signature = read(
        {"abort_message": "copy"}, {"AbortMessage": "sent", "OOMAllocationSize": " 12 "}
    )

    assert (signature.abort_message, signature.oom_allocation_size) == ("sent", 12)
