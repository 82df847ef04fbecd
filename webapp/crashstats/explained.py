"""How a report's signature came about, for its page: steps over frames, then changes by rules."""

from typing import NamedTuple

from webapp.crashstats.facts import Fact
from webapp.crashstats.reading import Document, items, mapping, number, text
from webapp.crashstats.stack import MADE_BY


class Step(NamedTuple):
    """What became of one name on the stack, and the line of the list that decided."""

    frame: int | None
    name: str
    action: str
    decided_by: str
    kept: bool  # it is part of the signature


class Change(NamedTuple):
    """A rule that made another signature of it."""

    rule: str
    before: str
    after: str


def steps(processed: Document) -> list[Step]:
    """Return the trace of the signature, in the order of the stack."""
    return [
        Step(
            number(step, "frame"),
            text(step, "name"),
            text(step, "action"),
            text(step, "decided_by"),
            text(step, "action") in MADE_BY,
        )
        for step in items(processed, "signature_trace")
    ]


def changes(processed: Document) -> list[Change]:
    """Return what rules did to the signature, in order."""
    return [
        Change(
            text(change, "rule").replace("_", " "), text(change, "before"), text(change, "after")
        )
        for change in items(processed, "signature_changes")
    ]


def summary(processed: Document) -> list[Fact]:
    """Return what one wants to know of a signature before the details."""
    facts = [
        Fact("Stack quality", _quality(processed), note=_parts(processed)),
        Fact("Rules version", text(processed, "signature_version"), mono=True),
        Fact("All names", text(processed, "proto_signature"), mono=True),
    ]
    return [fact for fact in facts if fact.value]


def _quality(processed: Document) -> str:
    score = number(processed, "stack_quality")
    return "" if score is None else f"{score} of 100"


def _parts(processed: Document) -> str:
    parts = mapping(processed, "stack_quality_parts")
    frames = number(parts, "frames")
    if not frames:
        return "no frames"
    told = [f"{frames} frame{'s' * (frames > 1)}"]
    for key in ("trusted", "named"):
        share = parts.get(key)
        if isinstance(share, int | float) and not isinstance(share, bool):
            told.append(f"{share:.0%} {key}")
    told += [key for key in ("corrupt", "truncated") if parts.get(key) is True]
    return ", ".join(told)
