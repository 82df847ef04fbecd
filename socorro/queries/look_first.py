"""Signatures that are new in a product on a day."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from socorro.postgres import Connection, load_sql, rows
from socorro.queries.versions import Version, ids

SQL = load_sql(__file__)


class NewSignature(NamedTuple):
    """A signature that no version of the product had before; *bugs* name it now.

    *total* is the number of all such signatures.
    """

    signature: str
    crash_count: int
    estimated_count: float
    bugs: list[int]
    total: int


def new_on(
    db: Connection, product: str, versions: Sequence[Version], day: date, most: int
) -> list[NewSignature]:
    """Return signatures that are new on a UTC day, most crashes first."""
    return rows(
        db, SQL["new_on"], NewSignature,
        product=product, versions=ids(versions), day=day, most=most,
    )  # fmt: skip
