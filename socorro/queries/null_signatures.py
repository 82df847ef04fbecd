"""Crashes whose signature says nothing, of a beta against the beta before it, per 1,000 ADI."""

from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple

from socorro.postgres import Connection, load_sql, rows
from socorro.queries.versions import Version, ids

SQL = load_sql(__file__)

Kind = Literal["build", "module", "os", "reason"]
NO_VALUE = "(none)"


class Difference(NamedTuple):
    """Crashes per 1,000 ADI and day in the old and in the new version, throttle corrected.

    *name* is the signature, or the build, module, system or reason that was asked for; the counts
    are reports. A rate is None when its version has no ADI.
    """

    name: str
    old_count: int
    new_count: int
    old_rate: float | None
    new_rate: float | None
    difference: float | None


class Installs(NamedTuple):
    """What the rates of one version are of: ADI summed over the days that have it."""

    days: list[date]
    missing: list[date]
    adi: int


class Pair(NamedTuple):
    """The versions that are compared; *old* is None when the new one is the first."""

    old: Version | None
    new: Version


def pair(versions: Sequence[Version], new: Version | None = None) -> Pair | None:
    """Return *new*, else the newest beta, and the version before it on its channel.

    *versions* are those of one product, newest first, as versions.versions() gives them. None
    when there is no beta. A version that counts betas together is compared with its like only.
    """
    betas = [
        known for known in versions if known.release_channel == "beta" and known.beta_number > 0
    ]
    new = new or (betas[0] if betas else None)
    if new is None:
        return None
    like = [
        known
        for known in versions
        if known.release_channel == new.release_channel
        and known.is_rapid_beta == new.is_rapid_beta
        and (known.beta_number > 0) == (new.beta_number > 0)
    ]
    place = [known.product_version_id for known in like].index(new.product_version_id)
    return Pair(like[place + 1] if place + 1 < len(like) else None, new)


def installs(db: Connection, version: Version, start: date, end: date) -> Installs:
    """The ADI of a version on the UTC days [start, end); days before its build do not count."""
    [found] = rows(
        db, SQL["installs"], Installs, version=version.product_version_id, start=start, end=end
    )
    return found


def signatures(
    db: Connection,
    compared: Pair,
    start: date,
    end: date,
    *,
    only_null: bool = True,
    most: int = 200,
) -> list[Difference]:
    """Signatures on the UTC days [start, end), the one that grew most first.

    Both rates are of the days on which the version has ADI. *only_null*: signatures that say
    nothing (EMPTY: …), else all.
    """
    return _compare(db, "signatures", compared, start, end, only_null=only_null, most=most)


def facts(
    db: Connection, compared: Pair, start: date, end: date, kind: Kind, most: int = 200
) -> list[Difference]:
    """What crashes without a signature have in common, by *kind*, what grew most first."""
    return _compare(db, "facts", compared, start, end, kind=kind, none=NO_VALUE, most=most)


def _compare(
    db: Connection, name: str, compared: Pair, start: date, end: date, **told: object
) -> list[Difference]:
    return rows(
        db,
        SQL[name],
        Difference,
        old=ids([compared.old]) if compared.old else [],
        new=ids([compared.new]),
        start=start,
        end=end,
        **told,
    )
