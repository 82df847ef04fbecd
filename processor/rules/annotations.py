"""Annotations that are copied as they are, in the type that their field declares."""

import json
import math
from typing import Any

from processor.pipeline import Change, View, clean, rule
from socorro.fields import Field, fields

COPIES = tuple(
    (field.source_annotation, name, field)
    for name, field in fields("processed_crash").items()
    if field.source_annotation
)


@rule(reads=[source for source, _, _ in COPIES], writes=[name for _, name, _ in COPIES])
def annotations(crash: View) -> Change:
    """Copy what processed_crash.yaml declares a `source_annotation` for; None when absent."""
    return {name: _copy(crash, source, field) for source, name, field in COPIES}


def _copy(crash: View, source: str, field: Field) -> Any:
    told = crash.text(source)
    if told is None:
        return None
    if field.type == "string":
        if len(told) > field.max_length:
            crash.note(f"{source} cut to {field.max_length} characters")
        return told[: field.max_length]
    if not told.strip():
        return None
    value = _typed(crash, source, field.type, told)
    if value is None:
        crash.note(f"{source} is not of type {field.type}")
    return value


def _typed(crash: View, source: str, wanted: str, told: str) -> Any:
    if wanted == "integer":
        return crash.integer(source)
    if wanted == "boolean":
        return crash.boolean(source)
    if wanted == "number":
        try:
            number = float(told)
        except ValueError:
            return None
        return number if math.isfinite(number) else None
    try:
        found = json.loads(clean(told[: 10 * 2**20]), parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict if wanted == "object" else list) else None
