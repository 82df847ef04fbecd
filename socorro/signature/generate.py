"""Signatures: the name of the bucket that a crash belongs to.

A signature is made from the frames of the crashing thread (`stack`) or from a Java exception
(`java`). Then rules apply what else is known about the crash, in the order of
`socorro.signature.rules.AFTER_THE_STACK`. The result includes its explanation: what happened to
each frame, which line of which list decided it, and which rule changed what. Pure; the lists are in
`lists`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from socorro.signature import classic, java, stack
from socorro.signature.crash_data import BROWSER_HANG, CrashData
from socorro.signature.lists import Lists, shipped
from socorro.signature.rules import AFTER_THE_STACK, Rule, State
from socorro.signature.stack import StackSignature, Step

# Stored with every signature. Raise it once per release that names the same crash differently;
# tests/signature/test_algorithm.py fails when code or outcomes changed and this did not.
ALGORITHM = "3"

OURS = "default"
TRUSTING = "trusting"  # frames found by scanning the stack are trusted like all others
IN_2012 = "2012"  # with parameters and template arguments, see `classic`
STYLES = (OURS, TRUSTING, IN_2012)

MAIN_THREAD = 0


@dataclass(frozen=True)
class Change:
    """A rule, and the signature before and after it."""

    rule: str
    before: str
    after: str

    def document(self) -> dict[str, str]:
        """Return the change as JSON; long messages are cut."""
        most = 2 * stack.LONGEST
        return {"rule": self.rule, "before": self.before[:most], "after": self.after[:most]}


@dataclass(frozen=True)
class Signature:
    """The signature, all names that it was made from, notes, and its explanation."""

    signature: str
    proto_signature: str
    version: str
    notes: tuple[str, ...] = ()
    trace: tuple[Step, ...] = ()
    changes: tuple[Change, ...] = ()
    thread: int | None = None  # whose stack the trace is about; not always the one that crashed

    def documents(self) -> dict[str, Any]:
        """Return the fields of a processed crash."""
        return {
            "signature": self.signature,
            "proto_signature": self.proto_signature,
            "signature_version": self.version,
            "signature_trace": [step.document() for step in self.trace],
            "signature_changes": [change.document() for change in self.changes],
            "signature_thread": self.thread,
        }


def version(style: str = OURS, lists: Lists | None = None) -> str:
    """Return what signatures depend on besides the crash: algorithm, style, lists."""
    name = "" if style == OURS else f"-{style}"
    return f"{ALGORITHM}{name}.{(lists or shipped()).version}"


def generate(crash: CrashData, style: str = OURS, lists: Lists | None = None) -> Signature:
    """Return the signature of a crash. Never raises, whatever the crash holds."""
    lists = lists or shipped()
    trust = style != TRUSTING
    first = classic.of_stack(crash, lists) if style == IN_2012 else _current(crash, lists, trust)
    source, text, notes = _java(crash, style)
    state = State(
        text=text or first.signature,
        of_stack=first,
        main_thread=lambda: _main_thread(crash, lists, trust),
        notes=tuple(notes),
    )
    changes = [Change(source, first.signature, text)] if text else []
    rules = classic.AFTER_THE_STACK if style == IN_2012 else AFTER_THE_STACK
    state = _run(rules, crash, state, changes)
    of_main_thread = state.named_after or (style == IN_2012 and crash.hang_type == BROWSER_HANG)
    explained = state.named_after or first
    return Signature(
        state.text,
        explained.proto_signature,
        version(style, lists),
        state.notes,
        explained.steps,
        tuple(changes),
        MAIN_THREAD if of_main_thread else crash.thread,
    )


def _run(rules: Sequence[Rule], crash: CrashData, state: State, changes: list[Change]) -> State:
    for rule in rules:
        try:
            after = rule(crash, state)
        except Exception as error:  # its text may quote the crash; the other rules still run
            after = state.put(
                state.text, f"Signature rule {rule.__name__} failed: {type(error).__name__}"
            )
        if after.text != state.text:
            changes.append(Change(rule.__name__, state.text, after.text))
        state = after
    return state


def _current(crash: CrashData, lists: Lists, trust: bool) -> StackSignature:
    return stack.of_stack(crash.frames, crash.thread, lists, windows=crash.windows, trust=trust)


def _main_thread(crash: CrashData, lists: Lists, trust: bool) -> StackSignature:
    return stack.of_stack(
        crash.first_thread, MAIN_THREAD, lists, windows=crash.windows, trust=trust
    )


def _java(crash: CrashData, style: str) -> tuple[str, str, list[str]]:
    """Return the source that was used, the signature of the Java exception or "", and notes."""
    if crash.java_stack_trace:
        text, notes = java.of_trace(crash.java_stack_trace, style_2012=style == IN_2012)
        return "java_stack_trace", text, notes
    if crash.java_exception and style != IN_2012:
        signature = java.of_exception(crash.java_exception)
        notes = [] if signature else ["JavaException is not in the expected format"]
        return "java_exception", signature or "", notes
    return "", "", []
