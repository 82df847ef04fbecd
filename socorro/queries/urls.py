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
    """Reports on one page; *percent* of all reports with a URL. RARE: all other pages.

    *before_count*: on as many days before; None: no report then has a URL. *signature*: the one of
    most of its reports; None: none that several people had.
    """

    url: str
    domain: str
    crash_count: int
    percent: float
    before_count: int | None
    signature: str | None


class DomainCount(NamedTuple):
    """Reports on one domain, the sum over its pages; *pages* of them are named. See UrlCount."""

    domain: str
    crash_count: int
    percent: float
    pages: int
    before_count: int | None
    signature: str | None


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

    With *domain*, its pages only. What stands for addresses that are not shown (…_BLOCKED), and
    RARE, come last, on the last page of the list only.
    """
    parameters = _period(versions, start, end, most, skip)
    before = start - (end - start)
    return rows(db, SQL["by_url"], UrlCount, domain=domain, rare=RARE, before=before, **parameters)


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
    before = start - (end - start)
    return rows(db, SQL["by_domain"], DomainCount, rare=RARE, before=before, **parameters)


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
