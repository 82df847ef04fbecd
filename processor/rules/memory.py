"""Crashes for want of memory."""

from processor.pipeline import Change, View, rule

SMALL = 256 * 1024  # bytes: who cannot have that can have nothing


@rule(reads=("OOMAllocationSize", "JSOutOfMemory", "JSLargeAllocationFailure"), writes=("oom",))
def out_of_memory(crash: View) -> Change:
    """Tell which kind of allocation failed; None when none did, as far as the client says."""
    size = crash.integer("OOMAllocationSize")
    if size is not None and size >= 0:
        return {"oom": "small" if size <= SMALL else "large"}
    told = (crash.text("JSLargeAllocationFailure"), crash.text("JSOutOfMemory"))
    # "Recovered": the engine went on, and what crashed was something else.
    failed = any(text and text.strip() in ("Reporting", "Reported") for text in told)
    return {"oom": "javascript" if failed else None}
