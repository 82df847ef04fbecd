"""Bugs and the signatures that they name today."""

from collections.abc import Sequence
from typing import NamedTuple

from socorro.postgres import Connection, load_sql, rows

SQL = load_sql(__file__)


class BugSignature(NamedTuple):
    """A bug, and a signature that it or a duplicate of it names."""

    bug_id: int
    signature: str


def of_signatures(db: Connection, signatures: Sequence[str], most: int) -> list[BugSignature]:
    """Return the bugs of *signatures* with all signatures of each, by bug, then signature."""
    return rows(db, SQL["of_signatures"], BugSignature, signatures=list(signatures), most=most)


def of_bugs(db: Connection, bug_ids: Sequence[int], most: int) -> list[BugSignature]:
    """Return the signatures of these bugs, by bug, then signature."""
    return rows(db, SQL["of_bugs"], BugSignature, bug_ids=list(bug_ids), most=most)
