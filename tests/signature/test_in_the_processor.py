"""What the processor's rules store of a signature."""

from typing import Any

import pytest

from processor.missing_symbols import missing_symbols
from processor.process import process, process_again
from processor.stackwalk import OK, Walk
from socorro.crash import MAIN_DUMP
from socorro.fields import redact
from socorro.signature.generate import STYLES, version
from tests.builders import make_crash

BROWSER = "upload_file_minidump_browser"


def walk(*frames: dict[str, Any], crashing: int | None = 0) -> Walk:
    dump = {
        "crash_info": {"crashing_thread": crashing},
        "crashing_thread": {"frames": list(frames)},
        "threads": [{"frames": list(frames)}],
        "system_info": {"os": "Linux"},
        "modules": [],
    }
    return Walk(OK, dump)


GUESS = {"function": "guess", "trust": "scan", "module": "app"}
BOOM = {"function": "boom(int)", "trust": "cfi", "module": "app"}


def test_signature_trace_changes_version_and_quality_are_stored_and_public() -> None:
    raw = make_crash(OOMAllocationSize="5000000")

    processed = redact("processed_crash", process(raw, {MAIN_DUMP: walk(GUESS, BOOM)}))

    assert processed["signature"] == "OOM | large | boom"
    assert processed["signature_version"] == version()
    assert processed["signature_trace"][0] == {
        "frame": 0,
        "name": "guess",
        "action": "distrusted",
        "decided_by": "found by scanning the stack",
    }
    assert processed["signature_changes"] == [
        {"rule": "out_of_memory", "before": "boom", "after": "OOM | large | boom"}
    ]
    assert processed["stack_quality"] == 80
    assert processed["stack_quality_parts"]["trusted"] == 0.5


@pytest.mark.parametrize(
    ("style", "signature"), [("default", "boom"), ("trusting", "guess"), ("2012", "guess")]
)
def test_the_style_is_a_setting_and_part_of_the_version(style: str, signature: str) -> None:
    raw, walks = make_crash(), {MAIN_DUMP: walk(GUESS, BOOM)}

    processed = process(raw, walks, style=style)
    again = process_again(raw, processed, "regenerate_signature", style)

    assert processed["signature"] == again["signature"] == signature
    assert processed["signature_version"] == version(style)
    assert len({version(style) for style in STYLES}) == len(STYLES)


def test_no_client_can_choose_the_style() -> None:
    raw = make_crash(signature_style="trusting")

    assert process(raw, {MAIN_DUMP: walk(GUESS, BOOM)})["signature"] == "boom"


def test_the_names_of_further_dumps_count_also_when_it_is_made_again() -> None:
    raw = make_crash(ipc_channel_error="ShutDownKill")

    processed = process(raw, {MAIN_DUMP: walk(BOOM), BROWSER: walk(BOOM)})
    again = process_again(raw, processed, "regenerate_signature")

    assert processed["signature"] == again["signature"] == "IPCError-browser | ShutDownKill"


def test_without_a_crashing_thread_no_other_thread_stands_in() -> None:
    processed = process(make_crash(), {MAIN_DUMP: walk(BOOM, crashing=None)})

    assert processed["signature"] == "EMPTY: no crashing thread identified"


ABORT = "xpcom_runtime_abort(###!!! ABORT: some message here: file foo.cpp:42)"


@pytest.mark.parametrize(
    ("sent", "signature", "report_type"),
    [
        ({}, "boom", "crash"),
        ({"Hang": "ui"}, "hang: ui | boom", "hang"),
        ({"Hang": "main\r\n"}, "hang: main | boom", "hang"),
        ({"Hang": "1"}, "hang: browser | boom", "hang"),
        ({"Hang": "0"}, "boom", "crash"),
        ({"Hang": "ann@example.org hung"}, "hang: unknown | boom", "hang"),
        ({"AbortMessage": ABORT}, "Abort | some message here | boom", "crash"),
        (
            {"AbortMessage": "unable to find a usable font (Segoe UI)"},
            "Abort | unable to find a usable font | boom",
            "crash",
        ),
        ({"OOMAllocationSize": "18446744073709551615"}, "OOM | large | boom", "crash"),
        ({"JSLargeAllocationFailure": "Reporting"}, "OOM | large | boom", "crash"),
        (
            {"AsyncShutdownTimeout": '{"phase":"profile-before-change"}'},
            "AsyncShutdownTimeout | profile-before-change | (none)",
            "hang",
        ),
        ({"AsyncShutdownTimeout": "no JSON"}, "AsyncShutdownTimeout | UNKNOWN", "hang"),
    ],
)
def test_an_annotation_gives_the_signature_and_the_type_of_report(
    sent: dict[str, str], signature: str, report_type: str
) -> None:
    raw, walks = make_crash(**sent), {MAIN_DUMP: walk(BOOM)}

    processed = process(raw, walks)
    earlier = {**processed, "signature": "old", "report_type": "crash", "hang": None}
    again = process_again(raw, earlier, "regenerate_signature")

    for document in (processed, again):
        public = redact("processed_crash", document)
        assert (public["signature"], public["report_type"]) == (signature, report_type)


def test_what_hung_and_the_largest_size_are_public_fields() -> None:
    raw = make_crash(Hang="ui", OOMAllocationSize="18446744073709551615")

    public = redact("processed_crash", process(raw, {MAIN_DUMP: walk(BOOM)}))

    assert (public["hang"], public["hang_type"]) == ("ui", 1)
    assert (public["oom"], public["oom_allocation_size"]) == ("large", 2**63 - 1)
    assert "OOMAllocationSize is over 2^63 - 1, which was stored" in public["processor_notes"]


def watchdog() -> Walk:
    crashing = [{"frame": 0, "function": "mozilla::(anonymous namespace)::RunWatchdog(void*)"}]
    main_thread = [{"frame": 0, "function": "waits()", "module": "xul.dll"}]
    dump = {
        "crash_info": {"crashing_thread": 1},
        "crashing_thread": {"frames": crashing},
        "threads": [{"frames": main_thread}, {"frames": crashing}],
        "modules": [
            {"filename": "xul.dll", "debug_file": "xul.pdb", "debug_id": "A" * 33,
             "missing_symbols": True},
        ],
    }  # fmt: skip
    return Walk(OK, dump)


def test_the_watchdog_reports_a_hang_of_the_main_thread() -> None:
    processed = process(make_crash(), {MAIN_DUMP: watchdog()})

    assert processed["signature"] == "shutdownhang | waits"
    assert processed["report_type"] == "hang"
    assert (processed["crashing_thread"], processed["signature_thread"]) == (1, 0)
    assert [step["name"] for step in processed["signature_trace"]] == ["waits"]
    assert [module.filename for module in missing_symbols(processed).modules] == ["xul.dll"]
