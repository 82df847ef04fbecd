"""Crashes by page and by domain, as far as several people were there (docs/counts.md)."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from socorro.postgres import Connection, load_sql, rows
from socorro.queries.versions import Version, ids

SQL = load_sql(__file__)

RARE = "(rare)"  # pages or domains that too few people crashed on to name them


class UrlCount(NamedTuple):
    """Reports on one page; *percent* of all reports with a URL. RARE: the rest of the domain."""

    url: str
    domain: str
    crash_count: int
    percent: float


class DomainCount(NamedTuple):
    """Reports on one domain, the sum of its pages; *pages* of it have a name of their own."""

    domain: str
    crash_count: int
    percent: float
    pages: int


class Beside(NamedTuple):
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
    """Pages that crashes submitted on UTC days [start, end) happened on, most first.

    With *domain*, its pages only. What is rare comes last and is there on the last page only.
    """
    told = _period(versions, start, end, most, skip)
    return rows(db, SQL["by_url"], UrlCount, domain=domain, rare=RARE, **told)


def by_domain(
    db: Connection,
    versions: Sequence[Version],
    start: date,
    end: date,
    *,
    most: int = 100,
    skip: int = 0,
) -> list[DomainCount]:
    """Domains that crashes submitted on UTC days [start, end) happened on, most first."""
    told = _period(versions, start, end, most, skip)
    return rows(db, SQL["by_domain"], DomainCount, rare=RARE, **told)


def signatures_of(
    db: Connection,
    versions: Sequence[Version],
    start: date,
    end: date,
    *,
    url: str | None = None,
    domain: str | None = None,
    most: int = 100,
) -> list[Beside]:
    """Signatures that several people had on a page, or on any page of a domain, most first."""
    told = _period(versions, start, end, most, 0)
    return rows(db, SQL["signatures_of"], Beside, url=url, domain=domain, **told)


def urls_of(
    db: Connection,
    versions: Sequence[Version],
    start: date,
    end: date,
    signature: str,
    most: int = 100,
) -> list[Beside]:
    """Pages on which several people had a signature, most reports first."""
    told = _period(versions, start, end, most, 0)
    return rows(db, SQL["urls_of"], Beside, signature=signature, **told)


def _period(
    versions: Sequence[Version], start: date, end: date, most: int, skip: int
) -> dict[str, object]:
    return {"versions": ids(versions), "start": start, "end": end, "most": most, "skip": skip}
