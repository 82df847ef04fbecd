"""Signatures of Java exceptions."""

import json
from typing import Any

import pytest

from socorro.signature.crash_data import CrashData
from socorro.signature.generate import IN_2012, generate

NATIVE = [{"frame": 0, "function": "native"}]
BAD = "EMPTY: Java stack trace not in expected format"


def traced(trace: str, style: str = "default", **more: Any) -> str:
    return generate(CrashData(NATIVE, 0, java_stack_trace=trace, **more), style).signature


@pytest.mark.parametrize(
    ("trace", "signature"),
    [
        ("a.B: text\n\tat c.D.e(D.java:12)\n\tat x", "a.B: text at c.D.e(D.java)"),
        ("a.B\n\tat c.D.e(D.java:12)", "a.B: at c.D.e(D.java)"),
        ("a.B: \n\tat c.D.e(D.java:12)", "a.B: at c.D.e(D.java)"),
        ("a.B: text: more\n\tat c.D.e(D.java:12)", "a.B: text: more at c.D.e(D.java)"),
        ("a.B: text\n\tat c.D.e(D.kt:12)", "a.B: text at c.D.e(D.kt)"),
        ("a.B: text\n\tat c.D.e(Native Method)", "a.B: text at c.D.e(Native Method)"),
        ("a.B: of View@0123abcd\n\tat c.D.e(D.java:1)", "a.B: of View@<addr>: at c.D.e(D.java)"),
        ("a.B: V@0123abcd is bad\n\tat c.e(D.java:1)", "a.B: V@<addr> is bad at c.e(D.java)"),
        (f"a.B: {'x' * 300}\n\tat c.D.e(D.java:12)", "a.B: at c.D.e(D.java)"),
        ("a.B: text", BAD),
        ("\n\tat c.D.e(D.java:12)", BAD),
        ("a.B: text\n\n\tat c.D.e(D.java:12)", BAD),
    ],
)
def test_a_stack_trace_is_named_after_exception_and_method(trace: str, signature: str) -> None:
    assert traced(trace) == signature


def test_a_dropped_description_is_noted_and_a_trace_comes_before_the_native_stack() -> None:
    crash = CrashData(NATIVE, 0, java_stack_trace=f"a.B: {'x' * 300}\n\tat c.D.e(D.java:12)")

    generated = generate(crash)

    assert generated.notes == ("Signature too long; the exception's description was left out",)
    assert generated.changes[0].document() == {
        "rule": "java_stack_trace",
        "before": "native",
        "after": "a.B: at c.D.e(D.java)",
    }


def test_in_2012_a_second_colon_was_not_understood() -> None:
    assert traced("a.B: text: more\n\tat c.D.e(D.java:12)", IN_2012) == BAD
    assert traced("a.B: text\n\tat c.D.e(D.java:12)", IN_2012) == "a.B: text at c.D.e(D.java)"


def sentry(**frame: Any) -> str:
    stack = {"frames": [{"module": "c.D", "function": "e", **frame}]}
    value = {"module": "a", "type": "B", "value": "text of a user", "stacktrace": stack}
    return json.dumps({"exception": {"values": [value]}})


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        (sentry(filename="D.java"), "a.B: at c.D.e(D.java)"),
        (sentry(), "a.B: at c.D.e"),
        (sentry(filename=5), "a.B: at c.D.e"),
        (sentry(function=None), "native"),
        ("{", "native"),
        ("[" * 100_000, "native"),
        ("[]", "native"),
        ('{"exception": {"values": []}}', "native"),
        ('{"exception": {"values": [5]}}', "native"),
        ('{"exception": {"values": [{"stacktrace": {"frames": [null]}}]}}', "native"),
    ],
)
def test_an_exception_in_json_is_named_after_its_first_frame(text: str, signature: str) -> None:
    assert generate(CrashData(NATIVE, 0, java_exception=text)).signature == signature


def test_a_stack_trace_counts_before_an_exception() -> None:
    signature = traced("a.B: text\n\tat c.D.e(D.java:12)", java_exception=sentry())

    assert signature == "a.B: text at c.D.e(D.java)"
