"""What crashed, in one line."""

from processor.pipeline import Change, View, rule
from socorro.signature.generate import ALGORITHM, Stack, generate


@rule(
    reads=("json_dump", "crashing_thread", "os_name", "mdsw_status_string"),
    writes=("signature", "proto_signature", "signature_trace", "signature_algorithm"),
)
def signature(crash: View) -> Change:
    """Name the crash after the frames of its crashing thread."""
    thread = crash.mapping("json_dump").get("crashing_thread") or {}
    stack = Stack(
        frames=thread.get("frames", ()),
        thread=crash.integer("crashing_thread"),
        os_name=crash.text("os_name"),
        status=crash.text("mdsw_status_string") or "",
    )
    made = generate(stack)
    for note in made.notes:
        crash.note(note)
    return {
        "signature": made.signature,
        "proto_signature": made.proto_signature,
        "signature_trace": [step.document() for step in made.trace],
        "signature_algorithm": ALGORITHM,
    }
