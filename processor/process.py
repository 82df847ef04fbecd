"""One processed crash from one raw crash and the walks of its dumps. Pure."""

from collections.abc import Mapping
from typing import Any

from processor.pipeline import FAILURE, bounded, clean_all, failure_note, run_rules
from processor.rules.product import NO_BETA_NUMBER
from processor.ruleset import RULESETS
from processor.stackwalk import NO_DUMP, OK, Walk
from processor.stackwalk_json import without_folders
from socorro.clients import with_our_names
from socorro.crash import MAIN_DUMP, Processed, RawCrash
from socorro.rulesets import Ruleset
from socorro.signature.generate import OURS


def process(
    raw: RawCrash,
    walks: Mapping[str, Walk],
    ruleset: str = Ruleset.DEFAULT,
    style: str = OURS,
    feed_version: str | None = None,
) -> Processed:
    """Return the processed crash, made only from *raw* and *walks* (by dump name).

    *style* is the signature style, *feed_version* the version of a beta as the release feed knows
    its build. The same input always gives the same bytes.
    """
    main = walks.get(MAIN_DUMP, Walk(NO_DUMP))
    extra = {name: walk.document() for name, walk in sorted(walks.items()) if name != MAIN_DUMP}
    walked = main.document()
    inputs = {**_inputs(raw, style, feed_version), **walked}
    inputs |= {"extra_dumps": extra, "additional_minidumps": list(extra)}
    inputs |= {"dump_written": main.times.written, "process_started": main.times.started}
    outcome = run_rules(RULESETS[ruleset], with_our_names(raw.annotations), inputs)
    processed = {**walked, **outcome.processed}
    processed.setdefault("signature", "EMPTY: crash failed to process")
    processed.update(processed.pop("extra_dumps", extra))
    processed["additional_minidumps"] = list(extra)
    processed["success"] = main.status in (OK, NO_DUMP) and not outcome.failed
    processed["processor_notes"] = bounded(
        [*(note for walk in walks.values() for note in walk.notes), *outcome.notes]
    )
    return clean_all(processed)


def process_again(
    raw: RawCrash,
    earlier: Processed,
    ruleset: str,
    style: str = OURS,
    feed_version: str | None = None,
) -> Processed:
    """Return *earlier*, updated by the rules of a partial *ruleset*.

    Failure notes of these rules are dropped first, so that a fixed rule makes the crash a success;
    so is the note that a beta has no number, when that is looked up again.
    """
    stale = tuple(failure_note(step.name) for step in RULESETS[ruleset])
    if ruleset == Ruleset.BETA_VERSION:
        stale += (NO_BETA_NUMBER,)
    notes = [note for note in earlier.get("processor_notes") or () if not note.startswith(stale)]
    earlier = {**earlier, **_cleaned_dumps(earlier)}
    inputs = {**earlier, **_inputs(raw, style, feed_version)}
    outcome = run_rules(RULESETS[ruleset], with_our_names(raw.annotations), inputs)
    processed: dict[str, Any] = {**earlier, **outcome.processed}
    processed["processor_notes"] = bounded([*notes, *outcome.notes])
    processed["success"] = earlier.get("mdsw_status_string") in (OK, NO_DUMP) and not any(
        note.startswith(FAILURE) for note in processed["processor_notes"]
    )
    return clean_all(processed)


def _cleaned_dumps(earlier: Processed) -> Processed:
    """Return the walks in *earlier* without folders of modules."""
    walks = {
        name: walk
        for name, walk in earlier.items()
        if name.startswith(MAIN_DUMP) and isinstance(walk, dict)
    }
    cleaned = {name: {**walk, **_cleaned_dump(walk)} for name, walk in walks.items()}
    return {**_cleaned_dump(earlier), **cleaned}


def _cleaned_dump(walk: Mapping[str, Any]) -> dict[str, Any]:
    dump = walk.get("json_dump")
    return {"json_dump": without_folders(dump)} if isinstance(dump, dict) else {}


def _inputs(raw: RawCrash, style: str, feed_version: str | None) -> dict[str, Any]:
    return {
        "id": raw.crash_id,
        "submitted": raw.submitted,
        "metadata": dict(raw.metadata),
        "signature_style": style,
        "feed_version": feed_version,
    }
