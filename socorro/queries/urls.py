"""Crashes by page and by domain; those that few people crashed on are not named.

docs/counts.md has the rules.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from socorro.postgres import Connection, load_sql, rows
from socorro.queries.versions import Version, ids

SQL = load_sql(__file__)

RARE = "(rare)"  # stands for pages or domains that too few people crashed on


class UrlCount(NamedTuple):
    """Reports on one page; *percent* of all reports with a URL. RARE: all other pages."""

    url: str
    domain: str
    crash_count: int
    percent: float


class DomainCount(NamedTuple):
    """Reports on one domain, the sum over its pages; *pages* of them are named."""

    domain: str
    crash_count: int
    percent: float
    pages: int


class NamedCount(NamedTuple):
    """Reports with one signature on a page or domain, or on one page with a signature."""

    name: str
    crash_count: int


def by_url(
    db: Connection,
    versions: Sequence[Version],
    start: date,
    end: date,
    *,
    domain: str | None = None,
    most: int = 100,
    skip: int = 0,
) -> list[UrlCount]:
    """Return pages on which crashes of the UTC days [start, end) happened, most crashes first.

    With *domain*, its pages only. RARE comes last, on the last page of the list only.
    """
    parameters = _period(versions, start, end, most, skip)
    return rows(db, SQL["by_url"], UrlCount, domain=domain, rare=RARE, **parameters)


def by_domain(
    db: Connection,
    versions: Sequence[Version],
    start: date,
    end: date,
    *,
    most: int = 100,
    skip: int = 0,
) -> list[DomainCount]:
    """Return domains on which crashes of the UTC days [start, end) happened, most crashes first."""
    parameters = _period(versions, start, end, most, skip)
    return rows(db, SQL["by_domain"], DomainCount, rare=RARE, **parameters)


def signatures_of(
    db: Connection,
    versions: Sequence[Version],
    start: date,
    end: date,
    *,
    url: str | None = None,
    domain: str | None = None,
    most: int = 100,
) -> list[NamedCount]:
    """Return signatures that several people had on a page, or on a domain, most first."""
    parameters = _period(versions, start, end, most, 0)
    return rows(db, SQL["signatures_of"], NamedCount, url=url, domain=domain, **parameters)


def urls_of(
    db: Connection,
    versions: Sequence[Version],
    start: date,
    end: date,
    signature: str,
    most: int = 100,
) -> list[NamedCount]:
    """Return pages on which several people had a signature, most reports first."""
    parameters = _period(versions, start, end, most, 0)
    return rows(db, SQL["urls_of"], NamedCount, signature=signature, **parameters)


def _period(
    versions: Sequence[Version], start: date, end: date, most: int, skip: int
) -> dict[str, object]:
    return {"versions": ids(versions), "start": start, "end": end, "most": most, "skip": skip}
