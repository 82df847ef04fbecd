"""Looks at several servers at once, so that one that is away does not take the time of others."""

import threading
from collections.abc import Callable, Iterator, Sequence

from cli.doctor.report import Finding


def at_once(looks: Sequence[Callable[[], Finding]]) -> Iterator[Finding]:
    """Call all *looks* in threads; yield what they return, in their order.

    Threads do not keep the command from ending: resolving a name has no time limit of ours.
    """
    findings: list[Finding | None] = [None] * len(looks)

    def look(number: int) -> None:
        findings[number] = looks[number]()

    threads = [
        threading.Thread(target=look, args=(number,), daemon=True) for number in range(len(looks))
    ]
    for thread in threads:
        thread.start()
    for number, thread in enumerate(threads):
        thread.join()
        if (finding := findings[number]) is not None:
            yield finding
