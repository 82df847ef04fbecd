"""Fuzz the parser of Breakpad's output, and every rule on what comes out of it."""

import sys

import atheris

with atheris.instrument_imports(include=["processor", "socorro.fields", "socorro.signature"]):
    from processor import stackwalk_pipe
    from processor.process import process
    from processor.stackwalk import OK, Walk
    from processor.stackwalk_json import BadOutput
    from socorro.crash import MAIN_DUMP, RawCrash
    from socorro.fields import problems

RAW = RawCrash.from_json(
    '{"uuid": "0bba929f-8721-460c-8e70-a43c00261123", "version": 2, "metadata": {},'
    ' "submitted_timestamp": "2026-11-23T12:00:00+00:00"}'
)


def one(data: bytes) -> None:
    try:
        document, notes = stackwalk_pipe.parse(data)
    except BadOutput:
        return
    processed = process(RAW, {MAIN_DUMP: Walk(OK, document, notes=tuple(notes))})
    assert processed["success"], processed["processor_notes"]
    assert problems("processed_crash", processed) == []


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
