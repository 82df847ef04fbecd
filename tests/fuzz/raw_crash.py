"""Fuzz the reader of stored raw crashes, and every rule on whatever annotations it gives."""

import json
import sys

import atheris

with atheris.instrument_imports(include=["processor", "socorro.fields", "socorro.crash"]):
    from processor.process import process
    from processor.row import to_row
    from processor.ruleset import RULESETS
    from socorro.crash import BadRawCrash, RawCrash
    from socorro.fields import problems, redact

NAMES = sorted({name for step in RULESETS["default"] for name in step.reads})
GOOD = {
    "uuid": "0bba929f-8721-460c-8e70-a43c00261123",
    "submitted_timestamp": "2026-11-23T12:00:00+00:00",
    "version": 2,
    "metadata": {},
}


def one(data: bytes) -> None:
    """Half of the time the bytes are the JSON, else they fill a crash that is well formed."""
    provider = atheris.FuzzedDataProvider(data)
    if provider.ConsumeBool():
        text: bytes | str = provider.ConsumeBytes(provider.remaining_bytes())
    else:
        annotations = {}
        while provider.remaining_bytes() and len(annotations) < 20:
            annotations[provider.PickValueInList(NAMES)] = provider.ConsumeUnicode(1000)
        text = json.dumps({**annotations, **GOOD})
    try:
        raw = RawCrash.from_json(text)
    except BadRawCrash:
        return
    assert RawCrash.from_json(raw.to_json()) == raw
    processed = process(raw, {})
    assert processed["success"], processed["processor_notes"]
    assert problems("processed_crash", processed) == []
    redact("raw_crash", raw.document())
    to_row(processed)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
