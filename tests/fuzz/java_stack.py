"""Fuzz the readers of Java stacks and exceptions: no message may get through."""

import json
import re
import sys

import atheris

with atheris.instrument_imports(include=["processor", "socorro.signature"]):
    from processor.pipeline import run_rules
    from processor.rules.java import java_exception, java_stack_trace

PUBLIC = re.compile(
    r"(Caused by: |Suppressed: |Wrapped by: )?[\w.$/-]+|\tat [\w.$/@+<>-]+\([\w$.: -]*\)"
    r"|\t\.\.\. \d+ (more|common frames omitted)",
    re.A,
)


def one(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    message = {"exception": {"values": [{"type": "E", "value": text}]}}
    sent = {"JavaStackTrace": text, "JavaException": text}
    outcome = run_rules((java_stack_trace, java_exception), sent, {})
    assert not outcome.failed, outcome.notes
    for line in (outcome.processed["java_stack_trace"] or "").split("\n"):
        assert not line or PUBLIC.fullmatch(line), line
    outcome = run_rules((java_exception,), {"JavaException": json.dumps(message)}, {})
    assert "value'" not in str(outcome.processed)


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
