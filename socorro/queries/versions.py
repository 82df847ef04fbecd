"""Products and versions: what can be asked for, and which numbers count it."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from socorro.postgres import Connection, load_sql, rows

SQL = load_sql(__file__)


class Version(NamedTuple):
    """A product version that is counted; *is_rapid_beta*: all betas of a release together."""

    product_version_id: int
    product: str
    version: str
    release_channel: str
    beta_number: int
    is_rapid_beta: bool
    has_builds: bool
    build_date: date
    sunset_date: date


class Unknown(LookupError):
    """No such product or version; the text says what there is."""


class _Name(NamedTuple):
    name: str


def products(db: Connection) -> list[str]:
    """Products that can be counted, in the order in which pages list them."""
    return [row.name for row in rows(db, SQL["products"], _Name)]


def versions(
    db: Connection, product: str, version: str | None = None, most: int = 1000
) -> list[Version]:
    """Versions of a product, newest first; those called *version* only, when it is given.

    One name can stand for several: betas that do not tell which beta they are call themselves
    140.0, as the release does.
    """
    return rows(db, SQL["versions"], Version, product=product, version=version, most=most)


def find(db: Connection, product: str, version: str | None = None) -> list[Version]:
    """Versions of a product, or those called *version*; raises Unknown when there are none.

    A product is found in any case of its letters. A product without any version, for which
    nothing was counted yet, is an empty list.
    """
    named = {name.lower(): name for name in products(db)}
    if product.lower() not in named:
        raise Unknown(f"no product {product!r}: {_some(list(named.values()), 'there is none yet')}")
    found = versions(db, named[product.lower()], version)
    if version is not None and not found:
        there_are = [known.version for known in versions(db, named[product.lower()])]
        raise Unknown(
            f"{named[product.lower()]} has no version {version!r}:"
            f" {_some(there_are, 'none was counted yet')}"
        )
    return found


def ids(found: Sequence[Version], by: str = "report") -> list[int]:
    """Which rows of the daily tables count these versions, none of them twice.

    By report, rapid betas are counted one by one as well as together, so the latter is left out
    when it is not the only one; by build, they are counted together only.
    """
    if by == "build":
        return [version.product_version_id for version in found if version.has_builds]
    each = [version.product_version_id for version in found if not version.is_rapid_beta]
    return each or [version.product_version_id for version in found]


def _some(names: Sequence[str], else_: str, most: int = 12) -> str:
    if not names:
        return else_
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"there are {', '.join(names[:most])}{more}"
