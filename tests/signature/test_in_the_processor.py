"""What the processor's rules store of a signature."""

from typing import Any

import pytest

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
