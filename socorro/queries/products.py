"""Products, their channels and versions, as lists of everything that is counted."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from socorro.postgres import Connection, column, execute, load_sql, rows, value

SQL = load_sql(__file__)


class Product(NamedTuple):
    """A product with its channels, and the number of its versions."""

    product: str
    release_channels: list[str]
    version_count: int


class Platform(NamedTuple):
    """An operating system: a short *code*, and its name."""

    code: str
    name: str


class ProductVersion(NamedTuple):
    """A version that is counted.

    It is current until *end_date*. *throttle* is the share of its crashes that is processed.
    """

    product: str
    version: str
    release_channel: str
    start_date: date
    end_date: date
    is_featured: bool
    is_rapid_beta: bool
    has_builds: bool
    throttle: float | None


class Choice(NamedTuple):
    """Which versions: any of these names, none for all; None: featured, current or not."""

    products: Sequence[str] = ()
    versions: Sequence[str] = ()
    release_channels: Sequence[str] = ()
    featured: bool | None = None
    current: bool | None = None


class UnknownVersions(LookupError):
    """No such product, or no such versions of it: which of both is *parameter*."""

    def __init__(self, parameter: str, text: str) -> None:
        super().__init__(text)
        self.parameter = parameter


def products(db: Connection) -> list[Product]:
    """Return the products in the order in which pages list them."""
    return rows(db, SQL["products"], Product)


def platforms(db: Connection) -> list[Platform]:
    """Return the operating systems that counts tell apart."""
    return rows(db, SQL["platforms"], Platform)


def versions(
    db: Connection, choice: Choice, today: date, most: int, offset: int = 0
) -> list[ProductVersion]:
    """Return versions by product, the newest first; *offset* of them are skipped."""
    page = {"most": most, "offset": offset}
    return rows(db, SQL["versions"], ProductVersion, **_parameters(choice, today), **page)


def count_versions(db: Connection, choice: Choice, today: date) -> int:
    """Return how many versions fit."""
    return int(value(db, SQL["count_versions"], **_parameters(choice, today)))


def versions_of_build(db: Connection, product: str, channel: str, build_id: str) -> list[str]:
    """Return the versions that the release feed has for a build: mostly one, or none."""
    parameters = {"product": product, "channel": channel.lower(), "build_id": build_id}
    return column(db, SQL["versions_of_build"], **parameters)


def feature(db: Connection, product: str, names: Sequence[str]) -> int:
    """Feature these versions of a product and no others; return how many changed.

    Raises UnknownVersions.
    """
    existing = set(column(db, SQL["names"], product=product))
    if not existing:
        raise UnknownVersions("product", f"{product!r} has no version")
    if missing := [name for name in names if name not in existing]:
        raise UnknownVersions("versions", f"{product} has no version {missing[0]!r}")
    return execute(db, SQL["feature"], product=product, versions=list(names))


def _parameters(choice: Choice, today: date) -> dict[str, Any]:
    return {
        "products": list(choice.products) or None,
        "versions": list(choice.versions) or None,
        "release_channels": list(choice.release_channels) or None,
        "featured": choice.featured,
        "current": choice.current,
        "today": today,
    }
