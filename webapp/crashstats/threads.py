"""The threads beside the one that the signature is about: those with equal stacks together."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from webapp.crashstats.reading import Document, items, text
from webapp.crashstats.sources import Links
from webapp.crashstats.stack import Thread, thread_of

MOST_THREADS = 500
MOST_CALLS = 200  # of a stack
MOST_IN_ALL = 3000  # calls of all stacks: they and their modules stay below 100 kB, compressed
NAMED = 4  # threads of a group, and names

_SHOWN = ("module", "function", "file", "line")


class Group(NamedTuple):
    """Threads with equal stacks; *thread* is the first of them."""

    numbers: list[int]
    names: list[str]
    thread: Thread

    @property
    def title(self) -> str:
        """`Thread 3 · Timer`, `6 threads (3, 5 to 9) · Worker #1, Worker #2, …`."""
        first, *others = _spans(self.numbers)
        listed = ", ".join([first, *others][:NAMED]) + (", …" if len(others) >= NAMED else "")
        count = len(self.numbers)
        title = f"{count} threads ({listed})" if count > 1 else f"Thread {first}"
        names = list(dict.fromkeys(filter(None, self.names)))
        more = ", …" if len(names) > NAMED else ""
        return " · ".join(filter(None, (title, ", ".join(names[:NAMED]) + more)))


class Others(NamedTuple):
    """The groups, in order of their first thread; *hidden* threads are in the raw data only."""

    groups: Sequence[Group]
    total: int
    hidden: int


def others(dump: Document, links: Links, shown: int | None) -> Others:
    """Return the threads of a walked dump but the one *shown* elsewhere."""
    groups: dict[tuple[object, ...], Group] = {}
    listed, left = items(dump, "threads"), MOST_IN_ALL
    for index, thread in enumerate(listed[:MOST_THREADS]):
        if index == shown:
            continue
        key = tuple(_key(thread))
        if key not in groups:
            first = thread_of(index, thread, links, min(left, MOST_CALLS))
            left -= len(first.calls)
            groups[key] = Group([], [], first)
        groups[key].numbers.append(index)
        groups[key].names.append(text(thread, "thread_name"))
    hidden = max(0, len(listed) - MOST_THREADS)
    total = sum(len(group.numbers) for group in groups.values()) + hidden
    return Others(list(groups.values()), total, hidden)


def _key(thread: Document) -> Iterator[object]:
    """Yield what the page shows of each frame, as far as it tells stacks apart."""
    for frame in items(thread, "frames"):
        shown = tuple(str(frame.get(name)) for name in _SHOWN)
        inlines = str(frame["inlines"]) if frame.get("inlines") else ""
        address = "" if frame.get("function") else str(frame.get("offset"))
        yield (*shown, inlines, address, str(frame.get("truncated")))


def _spans(numbers: Sequence[int]) -> list[str]:
    """Return 3, 5 to 9 for 3, 5, 6, 7, 8, 9."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][-1] + 1:
            spans[-1][1:] = [number]
        else:
            spans.append([number])
    return [" to ".join(map(str, span)) for span in spans]
