"""What crashed, in one line, and how far the stack behind it can be believed."""

from processor.pipeline import Change, View, rule
from socorro.signature import crash_data
from socorro.signature.generate import OURS, generate
from socorro.signature.quality import quality

_READS = (*crash_data.PROCESSED, *crash_data.ANNOTATIONS, "signature_style")


@rule(
    reads=_READS,
    writes=(
        "signature", "proto_signature", "signature_version", "signature_trace",
        "signature_changes",
    ),
)  # fmt: skip
def signature(crash: View) -> Change:
    """Name the crash after its stack, and what else is known of it."""
    found = {name: crash.value(name) for name in crash_data.PROCESSED}
    annotations = {
        name: told for name in crash_data.ANNOTATIONS if (told := crash.value(name)) is not None
    }
    made = generate(crash_data.read(found, annotations), crash.text("signature_style") or OURS)
    for note in made.notes:
        crash.note(note)
    return made.documents()


@rule(reads=("json_dump",), writes=("stack_quality", "stack_quality_parts"))
def stack_quality(crash: View) -> Change:
    """Say from 0 to 100 how far the stack of the crashing thread can be believed."""
    thread = crash.mapping("json_dump").get("crashing_thread")
    found = quality(thread if isinstance(thread, dict) else {})
    parts = found._asdict()
    return {"stack_quality": parts.pop("score"), "stack_quality_parts": parts}
