"""Crashes with an empty signature: a beta against the beta before it, per 1,000 ADI."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from socorro.postgres import Connection, load_sql, rows
from socorro.queries import comparisons
from socorro.queries.comparisons import Difference, Installs, Kind, Side
from socorro.queries.versions import Version, ids

SQL = load_sql(__file__)


class Crashes(NamedTuple):
    """Reports of a version, and those of them with an empty signature."""

    reports: int
    without_signature: int


class Pair(NamedTuple):
    """The versions that are compared; *old* is None when the new one is the first."""

    old: Version | None
    new: Version


def pair(versions: Sequence[Version], new: Version | None = None) -> Pair | None:
    """Return *new*, else the newest beta, and the version before it on its channel.

    *versions* are those of one product, newest first, as versions.versions() gives them. None
    when there is no beta. A version that counts betas together is compared with others of its
    kind only.
    """
    betas = [
        version
        for version in versions
        if version.release_channel == "beta" and version.beta_number > 0
    ]
    new = new or (betas[0] if betas else None)
    if new is None:
        return None
    same_kind = [
        version
        for version in versions
        if version.release_channel == new.release_channel
        and version.is_rapid_beta == new.is_rapid_beta
        and (version.beta_number > 0) == (new.beta_number > 0)
    ]
    place = [version.product_version_id for version in same_kind].index(new.product_version_id)
    return Pair(same_kind[place + 1] if place + 1 < len(same_kind) else None, new)


def side(version: Version | None) -> Side:
    """Return a version as one side of a comparison; the empty side without one."""
    return Side(ids([version]) if version else [])


def installs(db: Connection, version: Version, start: date, end: date) -> Installs:
    """Return the ADI of a version on the UTC days [start, end) from its build on."""
    return comparisons.installs(db, side(version), version.build_date, start, end)


def crashes(db: Connection, versions: Sequence[int], start: date, end: date) -> Crashes:
    """Return the reports of *versions* (ids) on the UTC days [start, end), with ADI or not."""
    [counted] = rows(db, SQL["shares"], Crashes, versions=list(versions), start=start, end=end)
    return counted


def signatures(
    db: Connection,
    compared: Pair,
    start: date,
    end: date,
    *,
    only_null: bool = True,
    most: int = 200,
    skip: int = 0,
) -> list[Difference]:
    """Return signatures as comparisons.signatures() does, the one that grew most first."""
    return comparisons.signatures(
        db, side(compared.old), side(compared.new), start, end,
        only_null=only_null, by_size=False, most=most, skip=skip,
    )  # fmt: skip


def facts(
    db: Connection,
    compared: Pair,
    start: date,
    end: date,
    kind: Kind,
    most: int = 200,
    skip: int = 0,
) -> list[Difference]:
    """Return what crashes with an empty signature have in common, by *kind*, most growth first."""
    return comparisons.facts(
        db, side(compared.old), side(compared.new), start, end, kind,
        by_size=False, most=most, skip=skip,
    )  # fmt: skip
