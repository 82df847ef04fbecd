"""How a crash came here, and what the collector noted about it."""

from processor.pipeline import Change, View, clean, rule

MOST_NOTES = 100


@rule(reads=("metadata",), writes=("throttle_rule", "throttle_rate"))
def throttle(crash: View) -> Change:
    """Keep the rule that let the crash in and its rate; counts are divided by that."""
    metadata = crash.mapping("metadata")
    name, rate = metadata.get("throttle_rule"), metadata.get("throttle_rate")
    if rate is None:
        rate = 1.0
    elif isinstance(rate, bool) or not isinstance(rate, int | float) or not 0 < rate <= 1:
        crash.note("throttle rate is not in (0, 1]: counted as 1")
        rate = 1.0
    return {
        "throttle_rule": clean(name) if isinstance(name, str) else None,
        "throttle_rate": float(rate),
    }


@rule(reads=("SubmittedFrom", "SubmittedFromInfobar"), writes=("submitted_from",))
def submitted_from(crash: View) -> Change:
    """Tell from where in the program the crash was submitted."""
    told = crash.word("SubmittedFrom")
    if told is None and crash.boolean("SubmittedFromInfobar"):
        told = "Infobar"
    return {"submitted_from": told}


@rule(reads=("metadata",), writes=("collector_notes",))
def collector_notes(crash: View) -> Change:
    """Keep what the collector noted while it read the post."""
    found = crash.mapping("metadata").get("collector_notes")
    told = found if isinstance(found, list) else []
    notes = [clean(note) for note in told if isinstance(note, str)]
    return {"collector_notes": notes[:MOST_NOTES]}
