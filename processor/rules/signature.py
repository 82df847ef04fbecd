"""The signature, and how reliable the stack is that it was generated from."""

from processor.pipeline import Change, View, rule
from socorro.signature import crash_data
from socorro.signature.generate import OURS, generate
from socorro.signature.quality import quality

_READS = (*crash_data.PROCESSED, *crash_data.ANNOTATIONS, "signature_style")


@rule(
    reads=_READS,
    writes=(
        "signature", "proto_signature", "signature_version", "signature_trace",
        "signature_changes", "signature_thread",
    ),
)  # fmt: skip
def signature(crash: View) -> Change:
    """Name the crash after its stack and after what else is known about it."""
    processed = {name: crash.value(name) for name in crash_data.PROCESSED}
    annotations = {
        name: value for name in crash_data.ANNOTATIONS if (value := crash.value(name)) is not None
    }
    generated = generate(
        crash_data.read(processed, annotations), crash.text("signature_style") or OURS
    )
    for note in generated.notes:
        crash.note(note)
    return generated.documents()


@rule(reads=("json_dump",), writes=("stack_quality", "stack_quality_parts"))
def stack_quality(crash: View) -> Change:
    """Rate from 0 to 100 how reliable the stack of the crashing thread is."""
    thread = crash.mapping("json_dump").get("crashing_thread")
    measured = quality(thread if isinstance(thread, dict) else {})
    components = measured._asdict()
    return {"stack_quality": components.pop("score"), "stack_quality_parts": components}
