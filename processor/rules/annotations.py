"""Annotations that are copied as they are, in the type that their field declares."""

from processor.pipeline import Change, View, rule
from socorro.fields import copies
from socorro.fields.coerce import coerce

COPIES = copies()


@rule(reads=[source for source, _ in COPIES], writes=[field.name for _, field in COPIES])
def annotations(crash: View) -> Change:
    """Copy what processed_crash.yaml declares a `source_annotation` for, and the client sent."""
    found, sent = {}, crash.sent()
    for source, field in COPIES:
        told = crash.text(source) if source in sent else None
        if told is None:
            continue
        value, problem = coerce(field, told)
        if problem:
            crash.note(f"{source} {problem}")
        if value is not None:
            found[field.name] = value
    return found
