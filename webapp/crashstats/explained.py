"""How a report's signature was built: steps over the frames, then changes by rules."""

from typing import NamedTuple

from webapp.crashstats.fact import Fact
from webapp.crashstats.reading import Document, items, mapping, number, text
from webapp.crashstats.stack import INCLUDED


class Step(NamedTuple):
    """The effect of one frame on the signature, and the entry of a list that decided it."""

    frame: int | None
    name: str
    action: str
    decided_by: str
    is_kept: bool  # part of the signature


class Change(NamedTuple):
    """A rule that changed the signature."""

    rule: str
    before: str
    after: str


def steps(processed: Document) -> list[Step]:
    """Return the trace of the signature, top of the stack first."""
    return [
        Step(
            number(step, "frame"),
            text(step, "name"),
            text(step, "action"),
            text(step, "decided_by"),
            text(step, "action") in INCLUDED,
        )
        for step in items(processed, "signature_trace")
    ]


def changes(processed: Document) -> list[Change]:
    """Return the rules that changed the signature, in order."""
    return [
        Change(
            text(change, "rule").replace("_", " "), text(change, "before"), text(change, "after")
        )
        for change in items(processed, "signature_changes")
    ]


def summary(processed: Document) -> list[Fact]:
    """Return what a reader wants to know about the signature before the details."""
    facts = [
        Fact("Stack quality", _quality(processed), note=_quality_note(processed)),
        Fact("Rules", text(processed, "signature_version"), mono=True),
        Fact("All names", text(processed, "proto_signature"), mono=True),
    ]
    return [fact for fact in facts if fact.value]


def _quality(processed: Document) -> str:
    score = number(processed, "stack_quality")
    return "" if score is None else f"{score} of 100"


def _quality_note(processed: Document) -> str:
    scores = mapping(processed, "stack_quality_parts")
    if not scores:  # they are in the crash store only
        return ""
    frames = number(scores, "frames")
    if not frames:
        return "no frames"
    notes = [f"{frames} frame{'s' * (frames > 1)}"]
    for key in ("trusted", "named"):
        share = scores.get(key)
        if isinstance(share, int | float) and not isinstance(share, bool):
            notes.append(f"{share * 100:.0f}\N{NO-BREAK SPACE}% {key}")
    notes += [key for key in ("corrupt", "truncated") if scores.get(key) is True]
    return ", ".join(notes)
