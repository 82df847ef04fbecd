"""How the crash was submitted, and what the collector noted about it."""

from processor.pipeline import Change, View, clean, rule

MOST_NOTES = 100


@rule(reads=("metadata",), writes=("throttle_rule", "throttle_rate"))
def throttle(crash: View) -> Change:
    """Copy the throttle rule that accepted the crash, and its rate: counts are divided by it."""
    metadata = crash.mapping("metadata")
    name, rate = metadata.get("throttle_rule"), metadata.get("throttle_rate")
    if rate is None:
        rate = 1.0
    elif isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate <= 1:
        crash.note("Throttle rate is not in (0, 1]; using 1")
        rate = 1.0
    return {
        "throttle_rule": clean(name) if isinstance(name, str) else None,
        "throttle_rate": float(rate),
    }


@rule(reads=("SubmittedFrom", "SubmittedFromInfobar"), writes=("submitted_from",))
def submitted_from(crash: View) -> Change:
    """Say from where in the program the crash was submitted."""
    origin = crash.word("SubmittedFrom")
    if origin is None and crash.boolean("SubmittedFromInfobar"):
        origin = "Infobar"
    return {"submitted_from": origin}


@rule(reads=("metadata",), writes=("collector_notes",))
def collector_notes(crash: View) -> Change:
    """Copy what the collector noted while it read the submission."""
    listed = crash.mapping("metadata").get("collector_notes")
    texts = listed if isinstance(listed, list) else []
    notes = [clean(note) for note in texts if isinstance(note, str)]
    return {"collector_notes": notes[:MOST_NOTES]}
