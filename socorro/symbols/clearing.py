"""Which symbols go when there are too many: pure, so that a dry run says what a run would do."""

from collections.abc import Iterable

from socorro.symbols.store import Entry


def chosen(
    entries: Iterable[Entry],
    now: float,
    most_bytes: int | None = None,
    older_than_seconds: float | None = None,
) -> list[Entry]:
    """Return what has to go, the longest unused first.

    That is what was not used for *older_than_seconds*, and more of it until the rest, with its
    indexes, comes to at most *most_bytes*.
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
