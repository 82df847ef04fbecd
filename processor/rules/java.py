"""Java: stacks and exceptions, without the messages that may quote a user."""

from processor.pipeline import Change, View, rule
from socorro.signature.java import public_exceptions, public_trace


@rule(reads=("JavaStackTrace",), writes=("java_stack_trace",))
def java_stack_trace(crash: View) -> Change:
    """Copy classes and frames of a Java stack; messages, on one or many lines, are left out."""
    text = crash.text("JavaStackTrace")
    if not text or not text.strip():
        return {"java_stack_trace": None}
    public = public_trace(text)
    if public is None:
        crash.note("JavaStackTrace is not in the expected format")
    return {"java_stack_trace": public}


@rule(reads=("JavaException",), writes=("java_exception",))
def java_exception(crash: View) -> Change:
    """Copy types and frames of Java exceptions, cause last; their messages are left out."""
    text = crash.text("JavaException") or ""
    if not text.strip():
        return {"java_exception": None}
    exceptions = public_exceptions(text)
    if not exceptions:
        crash.note("JavaException is not in the expected format")
        return {"java_exception": None}
    return {"java_exception": {"exception": {"values": exceptions}}}
