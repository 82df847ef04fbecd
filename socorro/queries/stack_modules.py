"""What scans of stacks said: installs that mix builds, and suspicious modules."""

from collections.abc import Sequence
from datetime import date
from typing import Literal, NamedTuple

from socorro.postgres import Connection, load_sql, rows

SQL = load_sql(__file__)
Kind = Literal["frankeninstalls", "suspicious-modules"]


class Scan(NamedTuple):
    """One scan: of the days *first_day* to *day*, UTC, one in *one_in* crashes was read."""

    day: date
    first_day: date
    crashes: int
    one_in: int
    notes: Sequence[str]


class Channel(NamedTuple):
    """Installs of a channel that crashed, and those with modules of two builds."""

    product: str
    release_channel: str
    installs: int
    crashes: int
    mixed_installs: int
    mixed_crashes: int


class Mix(NamedTuple):
    """A signature with mixed installs, and the commonest foreign module of these."""

    product: str
    release_channel: str
    signature: str
    installs: int
    crashes: int
    mixed_installs: int
    mixed_crashes: int
    os_name: str
    build_id: str
    filename: str
    debug_id: str
    of_build: str | None
    rule: str
    share: float
    owner_share: float | None
    distribution: str | None
    distribution_installs: int
    module_installs: int  # of that build with the module, whatever the signature


class Suspect(NamedTuple):
    """A suspicious module: its first name, its names and ids (100 each at most), and why."""

    product: str
    name: str
    names: Sequence[str]
    name_count: int
    debug_ids: Sequence[str]
    debug_id_count: int
    points: float
    reasons: Sequence[str]
    installs: int
    crashes: int
    first_day: date
    is_signed: bool | None
    signature: str | None
    signature_installs: int


def scan(db: Connection, kind: Kind, day: date | None = None) -> Scan | None:
    """Return the scan of a day, or the last one; None when there is none."""
    scans = rows(db, SQL["scan"], Scan, kind=kind, day=day)
    return scans[0] if scans else None


def channels(
    db: Connection, day: date, product: str | None = None, channel: str | None = None
) -> list[Channel]:
    """Return all channels of a scan, most mixed installs first."""
    return rows(db, SQL["channels"], Channel, day=day, product=product, channel=channel)


def mixes(
    db: Connection,
    day: date,
    product: str | None = None,
    channel: str | None = None,
    signature: str | None = None,
    *,
    most: int = 100,
    skip: int = 0,
) -> list[Mix]:
    """Return signatures of a scan with mixed installs, most first."""
    return rows(
        db, SQL["mixes"], Mix, day=day, product=product, channel=channel, signature=signature,
        most=most, skip=skip,
    )  # fmt: skip


def suspects(
    db: Connection, day: date, product: str | None = None, *, most: int = 100, skip: int = 0
) -> list[Suspect]:
    """Return suspicious modules of a scan, most points first."""
    return rows(db, SQL["suspects"], Suspect, day=day, product=product, most=most, skip=skip)
