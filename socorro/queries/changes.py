"""Which signatures are new, came back or are gone."""

from collections.abc import Sequence
from datetime import date
from typing import Final, NamedTuple

from socorro.postgres import Connection, load_sql, rows
from socorro.queries.versions import Version, ids

SQL = load_sql(__file__)

BEFORE: Final = 28  # days before the period that "back" and "gone" look at
LEAST: Final = 3  # crashes of a signature that came back


class Change(NamedTuple):
    """One signature: *kind* is new, back or gone.

    *since* is the first day of the period with a crash; of those that are gone, the first without.
    *expected* crashes of those that are gone, at as many crashes as the versions have now; *chance*
    of all signatures would be gone by chance. *installs* sent the crashes, each counted once a day;
    None: not counted. *kinds* is how many there are of each kind.
    """

    kind: str
    signature: str
    crash_count: int
    installs: int | None
    expected: float | None
    since: date
    chance: float | None
    first_build: str | None
    bugs: list[int]
    kinds: dict[str, int]


def changes(
    db: Connection,
    product: str,
    versions: Sequence[Version],
    start: date,
    end: date,
    *,
    most: int,
) -> list[Change]:
    """Return what is new, back and gone in *versions* on the UTC days [start, end).

    The first *most* of them: new ones first, of each kind those with most crashes.
    """
    parameters = {
        "product": product,
        "versions": ids(versions),
        "start": start,
        "end": end,
        "before": BEFORE,
        "least": LEAST,
        "most": most,
    }
    return rows(db, SQL["changes"], Change, **parameters)
