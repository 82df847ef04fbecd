"""Chooses the symbols to remove when there are too many. Pure, so that a dry run is exact."""

from collections.abc import Iterable

from socorro.symbols.store import Entry


def chosen(
    entries: Iterable[Entry],
    now: float,
    most_bytes: int | None = None,
    older_than_seconds: float | None = None,
) -> list[Entry]:
    """Return the entries to remove, the least recently used first.

    These are the entries unused for *older_than_seconds*, and more until the rest, with its
    indexes, takes at most *most_bytes*.
    """
    by_use = sorted(entries, key=lambda entry: (entry.used, entry.module))
    total = sum(entry.size + entry.index_size for entry in by_use)
    going = []
    for entry in by_use:
        too_old = older_than_seconds is not None and entry.used < now - older_than_seconds
        too_much = most_bytes is not None and total > most_bytes
        if not (too_old or too_much):
            break
        going.append(entry)
        total -= entry.size + entry.index_size
    return going
