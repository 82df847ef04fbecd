"""Products and versions: their names, and the ids by which the daily tables count them."""

from collections.abc import Sequence
from datetime import date
from difflib import get_close_matches
from typing import NamedTuple

from socorro.no_product import NO_PRODUCT
from socorro.postgres import Connection, column, load_sql, rows

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
    """No such *parameter* (product, version, channel); the text lists those there are."""

    def __init__(self, parameter: str, text: str) -> None:
        super().__init__(text)
        self.parameter = parameter


def products(db: Connection) -> list[str]:
    """Return products that can be counted, in the order in which pages list them."""
    return column(db, SQL["products"])


def versions(
    db: Connection, product: str, version: str | None = None, most: int = 1000
) -> list[Version]:
    """Return versions of a product, newest first; with *version*, only those of that name.

    Several can have one name: betas that do not say which beta they are call themselves 140.0,
    as the release does.
    """
    return rows(db, SQL["versions"], Version, product=product, version=version, most=most)


def find(db: Connection, product: str, version: str | None = None) -> list[Version]:
    """Return versions of a product, or those called *version*. Raises Unknown when none exists.

    A product in other case counts when none has exactly that name: of several the first one that
    pages list. The list is empty for a product of which no version was counted yet, and for crashes
    without a product, which are in no count.
    """
    if product == NO_PRODUCT:
        return []
    names = products(db)
    by_letters = {name.lower(): name for name in reversed(names)}
    name = product if product in names else by_letters.get(product.lower())
    if name is None:
        text = f"no product {product!r} ({_listed('products', names, product)})"
        raise Unknown("product", text)
    matches = versions(db, name, version)
    if version is not None and not matches:
        counted = [other.version for other in versions(db, name)]
        listed = _listed("counted versions", counted, version)
        raise Unknown("version", f"{name} has no version {version!r} ({listed})")
    return matches


def of_channel(versions: Sequence[Version], channel: str) -> list[Version]:
    """Return those of a release channel. Raises Unknown when there are others only."""
    matches = [version for version in versions if version.release_channel == channel.lower()]
    if versions and not matches:
        channels = sorted({version.release_channel for version in versions})
        text = f"no channel {channel!r} ({_listed('channels', channels, channel)})"
        raise Unknown("channel", text)
    return matches


def in_other_case(db: Connection, product: str) -> list[str]:
    """Return products whose name differs from *product* in the case of its letters only."""
    return [name for name in products(db) if name != product and name.lower() == product.lower()]


def ids(versions: Sequence[Version], by: str = "report") -> list[int]:
    """Return the ids by which the daily tables count these versions, no crash twice.

    By report, rapid betas are counted one by one as well as together, so the version that counts
    them together is left out unless it is the only one; by build, they are counted together only.
    """
    if by == "build":
        return [version.product_version_id for version in versions if version.has_builds]
    single = [version.product_version_id for version in versions if not version.is_rapid_beta]
    return single or [version.product_version_id for version in versions]


def _listed(kind: str, names: Sequence[str], wrong: str, most: int = 12) -> str:
    """Name those there are: the nearest to *wrong* first, then the others in order.

    Nearest are names that begin with it (158 of 158.0.1), then those that look like it.
    """
    if not names:
        return f"no {kind} yet"
    wrong = wrong.lower()
    near = get_close_matches(wrong, [name.lower() for name in names], n=most, cutoff=0.75)
    places = {name: place for place, name in enumerate(near)}

    def distance(name: str) -> tuple[bool, int]:
        begins = bool(wrong) and name.lower().startswith(wrong)
        return not begins, places.get(name.lower(), most)

    names = sorted(names, key=distance)
    more = f" and {len(names) - most} more" if len(names) > most else ""
    return f"{kind}: {', '.join(names[:most])}{more}"
