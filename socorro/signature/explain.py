"""A signature explained: what happened to each frame, and which rule changed what. Pure."""

from collections.abc import Iterator

from socorro.signature.generate import Signature
from socorro.signature.lists import Lists

_LONGEST_NAME = 70


def explain(signature: Signature, lists: Lists) -> Iterator[str]:
    """Yield the lines of the explanation."""
    yield signature.signature
    yield f"version {signature.version}"
    yield ""
    patterns = _patterns(lists)
    width = max((len(_shortened(step.name)) for step in signature.trace), default=0)
    for step in signature.trace:
        text = f"{step.frame:>4}  {_shortened(step.name):<{width}}  {step.action}"
        if step.decided_by:
            pattern = patterns.get(step.decided_by.split(";")[0], "")
            text += f": {step.decided_by}" + (f"  {pattern}" if pattern else "")
        yield text
    looked_at = len(signature.trace)
    names = signature.proto_signature.split(" | ") if signature.proto_signature else []
    if len(names) > looked_at:
        below = len(names) - looked_at
        yield f"      {below} more name{'' if below == 1 else 's'} below not needed"
    if signature.changes:
        yield ""
    for change in signature.changes:
        yield f"rule {change.rule}:"
        yield f"    {change.before}"
        yield f" -> {change.after}"
    yield from (f"note: {note}" for note in signature.notes)


def _patterns(lists: Lists) -> dict[str, str]:
    deciding = (lists.sentinels, lists.irrelevant, lists.prefix)
    return {line.where: line.pattern.pattern for of_list in deciding for line in of_list.lines}


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 3]}..."
