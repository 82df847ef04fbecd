"""Stacks of the further dumps of a crash, such as the browser's beside a plugin that hung."""

from typing import NamedTuple

from socorro.crash import MAIN_DUMP
from webapp.crashstats.reading import Document, items, mapping, text
from webapp.crashstats.sources import Links
from webapp.crashstats.stack import Thread, crashing_thread, thread_of

MOST_DUMPS = 10
MOST_CALLS = 200  # of a stack


class FurtherDump(NamedTuple):
    """One dump: its thread that crashed, or else its first; *others* are in the raw data only."""

    name: str
    status: str
    thread: Thread | None
    others: int

    @property
    def label(self) -> str:
        """Its name without what all have in common."""
        return self.name.removeprefix(f"{MAIN_DUMP}_")


def further_dumps(processed: Document, links: Links) -> list[FurtherDump]:
    """Return the further dumps that were walked, by name."""
    names = sorted(name for name in processed if name.startswith(f"{MAIN_DUMP}_"))
    return [_dump(name, mapping(processed, name), links) for name in names[:MOST_DUMPS]]


def _dump(name: str, walk: Document, links: Links) -> FurtherDump:
    dump = mapping(walk, "json_dump")
    listed = items(dump, "threads")
    thread = crashing_thread(dump, None, links)
    if thread is None and listed:
        thread = thread_of(0, listed[0], links, MOST_CALLS)
    elif thread:
        thread = thread._replace(calls=thread.calls[:MOST_CALLS])
    return FurtherDump(
        name, text(walk, "mdsw_status_string"), thread, max(0, len(listed) - (thread is not None))
    )
