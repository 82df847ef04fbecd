"""Signatures of Java exceptions."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socorro.signature.crash_data import CrashData
from socorro.signature.generate import IN_2012, generate
from socorro.signature.java import public_trace

NATIVE = [{"frame": 0, "function": "native"}]
BAD = "EMPTY: Java stack trace not in expected format"


def traced(trace: str, style: str = "default", **more: Any) -> str:
    return generate(CrashData(NATIVE, 0, java_stack_trace=trace, **more), style).signature


@pytest.mark.parametrize(
    ("trace", "signature"),
    [
        ("a.B: text\n\tat c.D.e(D.java:12)\n\tat x", "a.B: at c.D.e(D.java)"),
        ("a.B\n\tat c.D.e(D.java:12)", "a.B: at c.D.e(D.java)"),
        ("a.B: \n\tat c.D.e(D.java:12)", "a.B: at c.D.e(D.java)"),
        ("a.B: text: more\n\tat c.D.e(D.java:12)", "a.B: at c.D.e(D.java)"),
        ("a.B: text\nmore text\n\n\tat c.D.e(D.java:12)", "a.B: at c.D.e(D.java)"),
        ("a.B: text\r\nmore text\r\n\tat c.D.e(D.java:12)\r\n", "a.B: at c.D.e(D.java)"),
        ("a.B: text\n\tat private text (here)\n\tat c.D.e(D.java:12)", "a.B: at c.D.e(D.java)"),
        ("a.B: text\nCaused by: f.G: text\n\tat c.D.e(D.java:12)", "a.B: at c.D.e(D.java)"),
        ("a.B: text\n\tat c.D.e(D.kt:12)", "a.B: at c.D.e(D.kt)"),
        ("a.B: text\n\tat c.D.e(SourceFile:12)", "a.B: at c.D.e(SourceFile)"),
        ("a.B: text\n\tat c.D.e(Unknown Source:12)", "a.B: at c.D.e(Unknown Source)"),
        ("a.B: text\n\tat c.D.e(r8-map-id-0123abcd:5)", "a.B: at c.D.e(r8-map-id)"),
        ("a.B: text\n\tat c.D.e(Native Method)", "a.B: at c.D.e(Native Method)"),
        ("a.B: text\n\tat app//c.D.e(D.java:1)", "a.B: at app//c.D.e(D.java)"),
        ("a.B: text\n\tat f@1.2/c.D.e(D.java:1)", "a.B: at f@1.2/c.D.e(D.java)"),
        ("a.B: text\n\tat c.D.e(D.java:1) ~[g.jar:1]", "a.B: at c.D.e(D.java)"),
        (
            "a.B: text\n\tat c.D$$Lambda$14/0x00000008a0.run(Unknown Source)",
            "a.B: at c.D$$Lambda.run(Unknown Source)",
        ),
        ("a.B: text\n\tat c.D.lambda$e$12(D.java:1)", "a.B: at c.D.lambda$e(D.java)"),
        ("a.B: text\n\tat c.D.e$lambda$3(D.kt:1)", "a.B: at c.D.e$lambda(D.kt)"),
        ("a.B: text\n\tat c.$Proxy12.e(Unknown Source)", "a.B: at c.$Proxy.e(Unknown Source)"),
        ("MyException: text\n\tat c.D.e(D.java:12)", "MyException: at c.D.e(D.java)"),
        ("a.B: of View@0123abcd\n\tat c.D.e(D.java:1)", "a.B: at c.D.e(D.java)"),
        (f"a.B: {'x' * 300}\n\tat c.D.e(D.java:12)", "a.B: at c.D.e(D.java)"),
        ("a.ab.c: text\n\tat a.b.d(SourceFile:12)", "a.ab.c: at a.b.d(SourceFile)"),
        ("a.b$c: text\n\tat a.b.d(SourceFile:12)", "a.b$c: at a.b.d(SourceFile)"),
        ("my.pdf\n\tat c.D.e(D.java:12)", BAD),
        ("notes.pdf\n\tat c.D.e(D.java:12)", BAD),
        ("Private: text\n\tat c.D.e(D.java:12)", BAD),
        ("private text\n\tat c.D.e(D.java:12)", BAD),
        ("a.B: text\n\tat c.D.e(notes.pdf)", BAD),
        ("a.B: text", BAD),
        ("a.B: text\nCaused by: f.G: text", BAD),
        ("\n\tat c.D.e(D.java:12)", BAD),
        ("", "native"),
    ],
)
def test_a_stack_trace_is_named_after_exception_and_method_without_its_messages(
    trace: str, signature: str
) -> None:
    assert traced(trace) == signature


def test_two_methods_with_one_message_of_several_lines_are_two_buckets() -> None:
    one, other = (f"a.B: text\nmore\n\tat c.D.{name}(D.java:1)" for name in ("e", "f"))

    assert traced(one) != traced(other)


def test_a_trace_comes_before_the_native_stack() -> None:
    crash = CrashData(NATIVE, 0, java_stack_trace="a.B: text\n\tat c.D.e(D.java:12)")

    generated = generate(crash)

    assert generated.notes == ()
    assert generated.changes[0].document() == {
        "rule": "java_stack_trace",
        "before": "native",
        "after": "a.B: at c.D.e(D.java)",
    }


def test_in_2012_messages_counted_and_a_second_colon_was_not_understood() -> None:
    assert traced("a.B: text: more\n\tat c.D.e(D.java:12)", IN_2012) == BAD
    assert traced("a.B: text\n\tat c.D.e(D.java:12)", IN_2012) == "a.B: text at c.D.e(D.java)"


def test_in_2012_a_long_message_was_left_out_with_a_note() -> None:
    crash = CrashData(NATIVE, 0, java_stack_trace=f"a.B: {'x' * 300}\n\tat c.D.e(D.java:12)")

    generated = generate(crash, IN_2012)

    assert generated.signature == "a.B: at c.D.e(D.java)"
    assert generated.notes == ("Signature too long; the exception's description was left out",)


def sentry(**frame: Any) -> str:
    stack = {"frames": [{"module": "c.D", "function": "e", **frame}]}
    value = {"module": "a", "type": "B", "value": "text of a user", "stacktrace": stack}
    return json.dumps({"exception": {"values": [value]}})


def android(**stack: Any) -> str:
    """As Mozilla's Android client has it: type, module and message are in the stack trace."""
    frame = {
        "module": "org.mozilla.fenix.ext.AddonManagerKt", "function": "getFenixAddons",
        "filename": "AddonManager.kt", "lineno": 20, "in_app": True,
    }  # fmt: skip
    stack = {"frames": [frame], "type": "IOException", "module": "java.io", "value": "s", **stack}
    return json.dumps({"exception": {"values": [{"stacktrace": stack}]}})


@pytest.mark.parametrize(
    ("text", "signature"),
    [
        (sentry(filename="D.java"), "a.B: at c.D.e(D.java)"),
        (sentry(), "a.B: at c.D.e"),
        (sentry(filename=5), "a.B: at c.D.e"),
        (sentry(filename="/home/ann/D.java"), "a.B: at c.D.e(D.java)"),
        (sentry(filename="text of a user.pdf"), "a.B: at c.D.e"),
        (sentry(function=None), "a.B: at c.D"),
        (sentry(function="text of a user"), "a.B: at c.D"),
        (sentry(module=None), "a.B: at e"),
        (sentry(module=None, function=None, filename="D.java"), "a.B: at (D.java)"),
        (sentry(module=None, function=None), "a.B"),
        (
            android(),
            "java.io.IOException: at org.mozilla.fenix.ext.AddonManagerKt.getFenixAddons"
            "(AddonManager.kt)",
        ),
        (android(frames=[{"function": "e"}]), "java.io.IOException: at e"),
        (android(frames=[{}, 5, {"function": "e"}]), "java.io.IOException: at e"),
        (android(frames=[]), "java.io.IOException"),
        (android(frames=None, module=None), "IOException"),
        (android(frames=[{"function": "e"}], type=None, module=7), "at e"),
        (android(frames=[], type="text of a user", module=None), "native"),
        ("{", "native"),
        ("[" * 100_000, "native"),
        ("[]", "native"),
        ('{"exception": {"values": []}}', "native"),
        ('{"exception": {"values": [5]}}', "native"),
        ('{"exception": {"values": [{"stacktrace": {"frames": [null]}}]}}', "native"),
    ],
)
def test_an_exception_in_json_is_named_after_its_first_frame_in_either_shape(
    text: str, signature: str
) -> None:
    assert generate(CrashData(NATIVE, 0, java_exception=text)).signature == signature


def test_a_stack_trace_counts_before_an_exception() -> None:
    signature = traced("a.B: text\n\tat c.D.e(D.java:12)", java_exception=sentry())

    assert signature == "a.B: at c.D.e(D.java)"


# Messages of any text and many lines, some of which look a little like those of a stack trace.
MESSAGES = st.lists(
    st.text()
    | st.sampled_from(
        [
            "at home",
            "\tat a b.C(x)",
            "at a.b",
            "\tat a.b(c",
            "Caused by: me",
            "Suppressed:",
            "a.B: c",
        ]
    )
).map("\n".join)


@given(MESSAGES, MESSAGES)
def test_no_text_of_a_message_changes_what_is_public_of_a_trace(one: str, other: str) -> None:
    def trace(message: str, cause: str) -> str:
        return (
            f"a.B: {message}\n\tat c.D.e(D.java:12)\n\tat c.D.f(D.java:13)\n"
            f"Caused by: g.H: {cause}\n\tat i.J.k(J.java:14)\n\t... 1 more"
        )

    assert public_trace(trace(one, other)) == public_trace(trace("", ""))
    assert traced(trace(one, other)) == "a.B: at c.D.e(D.java)"


def test_what_is_public_of_a_trace_is_public_of_itself() -> None:
    trace = "a.B: text\n\tat c.D.e(D.java:12) ~[x.jar:1]\n\tSuppressed: f.G: text\n\t... 2 more"

    public = public_trace(trace)

    assert public == "a.B\n\tat c.D.e(D.java:12)\nSuppressed: f.G\n\t... 2 more"
    assert public_trace(public) == public
