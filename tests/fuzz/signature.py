"""Fuzz the making of signatures: frames of any names, whatever else the client says."""

import sys
from datetime import UTC, datetime
from typing import Any

import atheris

with atheris.instrument_imports(include=["processor", "socorro.signature"]):
    from processor.process import process
    from processor.stackwalk import OK, Walk
    from processor.stackwalk_json import normalize
    from socorro.crash import MAIN_DUMP, RawCrash
    from socorro.crash_id import parse

ID = "0bba929f-8721-460c-8e70-a43c00261123"
SUBMITTED = datetime(2026, 11, 23, 12, tzinfo=UTC)
SAID = ["MozCrashReason", "OOMAllocationSize", "JavaStackTrace", "AsyncShutdownTimeout",
        "ipc_channel_error", "AbortMessage", "Hang", "HangID", "ProcessType"]  # fmt: skip
TEXTS = ("function", "module", "file", "module_offset", "offset", "trust")


def frame(provider: Any) -> dict[str, Any]:
    values: dict[str, Any] = {name: provider.ConsumeUnicode(60) for name in TEXTS[:2]}
    for name in TEXTS[2:]:
        if provider.ConsumeBool():
            values[name] = provider.ConsumeUnicode(30)
    if provider.ConsumeBool():
        values["inlines"] = [{"function": provider.ConsumeUnicode(30)}]
    return values


def one(data: bytes) -> None:
    provider = atheris.FuzzedDataProvider(data)
    said = {}
    if provider.ConsumeBool():
        said[provider.PickValueInList(SAID)] = provider.ConsumeUnicode(200)
    frames = []
    while provider.remaining_bytes() and len(frames) < 50:
        frames.append(frame(provider))
    thread = {"frames": frames}
    dump = normalize(
        {"crash_info": {"crashing_thread": 0}, "threads": [thread], "crashing_thread": thread}
    )
    raw = RawCrash(parse(ID), SUBMITTED, said)
    processed = process(raw, {MAIN_DUMP: Walk(OK, dump)})
    assert processed["success"], processed["processor_notes"]
    assert 0 < len(processed["signature"]) <= 255


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
