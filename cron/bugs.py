"""Bugs that name signatures: read from their text, saved to bugs and bug_signatures."""

import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final, NamedTuple

from socorro.postgres import Connection, column, execute, load_sql
from socorro.signature.stack import LONGEST

SQL = load_sql(__file__)

_INVISIBLE: Final = re.compile(r"[\u200b-\u200f\u2060\ufeff\u00ad]")  # copied along from pages
_BAR: Final = re.compile(r"(?<!operator)(?<!\|)\|(?![|=])")  # between functions; no operator|
_BRACKET: Final = re.compile(r"[][\r\n]")
_LONGEST_TEXT: Final = 1000
_MOST_SIGNATURES: Final = 200  # of one bug


class Bug(NamedTuple):
    """One bug as its tracker has it; None where the source does not say."""

    bug_id: int
    status: str
    resolution: str
    summary: str
    signatures: tuple[str, ...]
    duplicate_of: int | None = None
    changed_at: datetime | None = None


def signatures_in(text: str) -> tuple[str, ...]:
    """Return the signatures in a bug's text, each in [@ … ].

    A signature may hold brackets itself, such as "[@ core::slice<T>[u8]::index]", and go on in the
    next line: "[@ foo |" LF "bar]". It ends at the bracket that closes it.
    """
    signatures = []
    for piece in text.split("[@")[1:]:
        words = _BAR.sub(" | ", _INVISIBLE.sub("", _inside(piece))).split()
        signature = " ".join(words)[:LONGEST].strip()
        if signature:
            signatures.append(signature)
    return tuple(dict.fromkeys(signatures))[:_MOST_SIGNATURES]


def _inside(piece: str) -> str:
    """Return what stands before the bracket that closes a signature; "" when none does.

    A signature that was cut may lack brackets: then it ends at the last one of a line, if the line
    ends there, or at the last one before the end.
    """
    depth, closed, is_last = 1, -1, False
    for match in _BRACKET.finditer(piece):
        if match[0] == "[":
            depth, is_last = depth + 1, False
        elif match[0] == "]":
            depth, closed, is_last = depth - 1, match.start(), True
            if depth == 0:
                return piece[:closed]
        elif is_last:  # the end of the line in which a bracket was last
            if not piece[closed + 1 : match.start()].strip():
                return piece[:closed]
            is_last = False
    return piece[: max(closed, 0)]


def save(db: Connection, bugs: Iterable[Bug], source: str) -> int:
    """Save *bugs*; return how many rows changed.

    A bug that never named a signature is not kept. One that names none any more keeps its rows,
    which then have the time until when it did.
    """
    listed = {bug.bug_id: bug for bug in bugs}
    if not listed:
        return 0
    kept = _kept(db, list(listed))
    to_keep = [bug for bug in listed.values() if bug.signatures or bug.bug_id in kept]
    return keep(db, to_keep, source) + _match(db, to_keep)


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
    """Return the originals of those *bugs* that name signatures, except originals that are kept."""
    bug_ids = {bug.duplicate_of for bug in bugs if bug.signatures and bug.duplicate_of}
    return sorted(bug_ids - _kept(db, list(bug_ids)))


def _kept(db: Connection, bug_ids: list[int]) -> set[int]:
    return set(column(db, SQL["kept"], bug_ids=bug_ids))


def _match(db: Connection, bugs: Sequence[Bug]) -> int:
    pairs = [(bug.bug_id, signature) for bug in bugs for signature in bug.signatures]
    parameters = {
        "bug_ids": [bug.bug_id for bug in bugs],
        "named_ids": [bug_id for bug_id, _ in pairs],
        "signatures": [signature for _, signature in pairs],
    }
    return execute(db, SQL["end"], **parameters) + execute(db, SQL["name"], **parameters)
