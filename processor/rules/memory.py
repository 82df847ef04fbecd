"""Crashes that are out of memory."""

from processor.pipeline import Change, View, rule
from socorro.signature.crash_data import size
from socorro.signature.rules import SMALL


@rule(reads=("OOMAllocationSize", "JSOutOfMemory", "JSLargeAllocationFailure"), writes=("oom",))
def out_of_memory(crash: View) -> Change:
    """Say which kind of allocation failed; None when the client reports no failed allocation."""
    allocation = size(crash.text("OOMAllocationSize"))
    if allocation is not None:
        return {"oom": "small" if allocation <= SMALL else "large"}
    reports = (crash.text("JSLargeAllocationFailure"), crash.text("JSOutOfMemory"))
    # "Recovered" means that the engine went on, and something else crashed.
    failed = any(text and text.strip() in ("Reporting", "Reported") for text in reports)
    return {"oom": "javascript" if failed else None}
