"""Bugs that name signatures: how they are read, and how they get into bugs and bug_signatures."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from socorro.postgres import Connection, execute, load_sql, rows

SQL = load_sql(__file__)

_LONGEST_SIGNATURE: Final = 255  # as in reports
_LONGEST_TEXT: Final = 1000
_MOST_SIGNATURES: Final = 200  # of one bug


class Bug(NamedTuple):
    """One bug as its tracker tells it; None where the source does not tell."""

    bug_id: int
    status: str
    resolution: str
    summary: str
    signatures: tuple[str, ...]
    duplicate_of: int | None = None
    changed_at: datetime | None = None


class _Id(NamedTuple):
    bug_id: int


def signatures_in(text: str) -> tuple[str, ...]:
    """Return the signatures that a bug's crash signature field names: each in [@ … ].

    A signature may hold brackets itself, such as "[@ core::slice<T>[u8]::index]": it goes up to
    the last bracket before the next "[@" or the end of its line.
    """
    found = []
    for line in text.splitlines():
        for part in line.split("[@")[1:]:
            inside, bracket, _ = part.rpartition("]")
            signature = inside.strip()[:_LONGEST_SIGNATURE]
            if bracket and signature:
                found.append(signature)
    return tuple(dict.fromkeys(found))[:_MOST_SIGNATURES]


def save(db: Connection, bugs: Iterable[Bug], source: str) -> int:
    """Bring what is known of *bugs* up to date; return how many rows that changed.

    A bug that never named a signature is not kept. One that names none any more keeps its rows,
    with the time until when it did.
    """
    listed = {bug.bug_id: bug for bug in bugs}
    if not listed:
        return 0
    known = _known(db, list(listed))
    wanted = [bug for bug in listed.values() if bug.signatures or bug.bug_id in known]
    return keep(db, wanted, source) + _match(db, wanted)


def keep(db: Connection, bugs: Sequence[Bug], source: str) -> int:
    """Write the rows of *bugs*, without their signatures; return how many changed."""
    if not bugs:
        return 0
    return execute(
        db,
        SQL["keep"],
        bug_ids=[bug.bug_id for bug in bugs],
        statuses=[bug.status[:_LONGEST_TEXT] for bug in bugs],
        resolutions=[bug.resolution[:_LONGEST_TEXT] for bug in bugs],
        summaries=[bug.summary[:_LONGEST_TEXT] for bug in bugs],
        duplicates=[bug.duplicate_of for bug in bugs],
        changes=[bug.changed_at for bug in bugs],
        source=source,
    )


def originals(db: Connection, bugs: Sequence[Bug]) -> list[int]:
    """Return the bugs, not known yet, that those of *bugs* that name signatures repeat."""
    wanted = {bug.duplicate_of for bug in bugs if bug.signatures and bug.duplicate_of}
    return sorted(wanted - _known(db, list(wanted)))


def _known(db: Connection, bug_ids: list[int]) -> set[int]:
    return {found.bug_id for found in rows(db, SQL["known"], _Id, bug_ids=bug_ids)}


def _match(db: Connection, bugs: Sequence[Bug]) -> int:
    pairs = [(bug.bug_id, signature) for bug in bugs for signature in bug.signatures]
    told = {
        "bug_ids": [bug.bug_id for bug in bugs],
        "named_ids": [bug_id for bug_id, _ in pairs],
        "signatures": [signature for _, signature in pairs],
    }
    return execute(db, SQL["end"], **told) + execute(db, SQL["name"], **told)
