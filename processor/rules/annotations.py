"""Annotations that are copied unchanged, in the type that their field declares."""

from processor.pipeline import Change, View, rule
from socorro.fields import copies
from socorro.fields.coerce import coerce

COPIES = copies()


@rule(reads=[source for source, _ in COPIES], writes=[field.name for _, field in COPIES])
def annotations(crash: View) -> Change:
    """Copy each field that has a `source_annotation` in processed_crash.yaml, if it was sent."""
    fields, sent = {}, crash.sent()
    for source, field in COPIES:
        text = crash.text(source) if source in sent else None
        if text is None:
            continue
        value, problem = coerce(field, text)
        if problem:
            crash.note(f"{source} {problem}")
        if value is not None:
            fields[field.name] = value
    return fields
