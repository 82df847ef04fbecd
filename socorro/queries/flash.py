"""Flash versions: their share of a signature's crashes, against their share of all crashes."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from socorro.postgres import Connection, load_sql, rows
from socorro.queries.versions import Version, ids

SQL = load_sql(__file__)

FEWEST = 10  # reports of a signature with a Flash version; of fewer, the share means nothing


class FlashShare(NamedTuple):
    """Reports of one signature with one Flash version.

    *percent* is their share of the signature's reports, *baseline_percent* the share of that
    Flash version among all reports of the period, *difference* the points between the two.
    """

    signature: str
    flash_version: str
    crash_count: int
    percent: float
    baseline_percent: float
    difference: float


def shares(
    db: Connection,
    versions: Sequence[Version],
    start: date,
    end: date,
    *,
    signature: str | None = None,
    fewest: int = FEWEST,
    most: int = 100,
    skip: int = 0,
) -> list[FlashShare]:
    """Return the shares on the UTC days [start, end), the greatest difference first.

    With *signature*, only its Flash versions, however few reports they have.
    """
    return rows(
        db,
        SQL["shares"],
        FlashShare,
        versions=ids(versions),
        start=start,
        end=end,
        signature=signature,
        fewest=1 if signature is not None else fewest,
        most=most,
        skip=skip,
    )
