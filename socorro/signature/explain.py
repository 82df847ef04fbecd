"""A signature told to a person: what became of each frame, and which rule changed what. Pure."""

from collections.abc import Iterator

from socorro.signature.generate import Signature
from socorro.signature.lists import Lists

_LONGEST_NAME = 70


def explain(made: Signature, by: Lists) -> Iterator[str]:
    """Yield the lines of the explanation."""
    yield made.signature
    yield f"made by version {made.version}"
    yield ""
    patterns = _patterns(by)
    width = max((len(_shortened(step.name)) for step in made.trace), default=0)
    for step in made.trace:
        told = f"{step.frame:>4}  {_shortened(step.name):<{width}}  {step.action}"
        if step.decided_by:
            pattern = patterns.get(step.decided_by.split(";")[0], "")
            told += f": {step.decided_by}" + (f"  {pattern}" if pattern else "")
        yield told
    looked_at = len(made.trace)
    names = made.proto_signature.split(" | ") if made.proto_signature else []
    if len(names) > looked_at:
        yield f"      {len(names) - looked_at} more names below were not needed"
    if made.changes:
        yield ""
    for change in made.changes:
        yield f"rule {change.rule}:"
        yield f"    {change.before}"
        yield f" -> {change.after}"
    yield from (f"note: {note}" for note in made.notes)


def _patterns(by: Lists) -> dict[str, str]:
    every = (by.sentinels, by.irrelevant, by.prefix)
    return {line.where: line.pattern.pattern for of_list in every for line in of_list.lines}


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 3]}..."
