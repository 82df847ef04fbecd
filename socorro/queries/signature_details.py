"""What a list of signatures shows beside its counts: trend, first build, bugs, findings."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Final, NamedTuple

from socorro.postgres import Connection, column, load_sql, rows
from socorro.queries.versions import Version, ids

SQL = load_sql(__file__)
TREND: Final = 28  # days


class Finding(NamedTuple):
    """What is most unusual about the installs with a signature; shares from 0 to 1."""

    attribute: str
    value: str
    share: float
    other_share: float


class Details(NamedTuple):
    """One signature. *trend* has a value for each of TREND days, the oldest first.

    Estimated crashes; None: no crash of these versions was counted on that day. *closed_bugs* are
    those of its bugs that are resolved.
    """

    trend: list[float | None]
    first_build: str | None
    closed_bugs: list[int]
    finding: Finding | None


def details(
    db: Connection,
    signatures: Sequence[str],
    versions: Sequence[Version],
    end: date,
    *,
    product: str,
    channel: str | None = None,
    measure: str | None = None,
) -> dict[str, Details]:
    """Return details of signatures that were counted, by name; the trend ends before *end*.

    *measure* is one of SYSTEMS or TYPES of top_crashers: the trend is of such crashes. What goes
    with a signature is of the product's *channel*, or of any.
    """
    start = end - timedelta(days=TREND)
    common = {"signatures": list(signatures), "versions": ids(versions), "start": start, "end": end}
    days = set(column(db, SQL["days"], **common))
    findings = _findings(db, signatures, product, channel, start)
    result = {}
    for signature, first_build, closed, on, counts in rows(
        db, SQL["trends"], lambda *row: row, measure=measure, **common
    ):
        by_day = dict(zip(on, counts, strict=True))
        trend = [
            by_day.get(day, 0.0) if day in days else None
            for day in (start + timedelta(days=back) for back in range(TREND))
        ]
        result[signature] = Details(trend, first_build, closed, findings.get(signature))
    return result


def _findings(
    db: Connection, signatures: Sequence[str], product: str, channel: str | None, since: date
) -> Mapping[str, Finding]:
    findings = rows(
        db,
        SQL["findings"],
        lambda signature, *finding: (signature, Finding(*finding)),
        signatures=list(signatures),
        product=product,
        channel=channel,
        since=since,
    )
    return dict(findings)
