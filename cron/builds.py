"""A build, as the release tree or a feed describes it; saves builds to releases_raw."""

import re
from collections.abc import Iterable
from typing import Final, NamedTuple

from socorro.postgres import Connection, execute, load_sql, rows

SQL = load_sql(__file__)

CHANNELS: Final = ("nightly", "aurora", "beta", "release", "esr")
_VERSION: Final = re.compile(r"(\d{1,4}(?:\.\d{1,6}){1,4})(?:(a[12])|b(\d{1,3})|(esr))?")
_BUILD_ID: Final = re.compile(r"\d{10}|\d{14}")
_LONGEST: Final = 100  # characters of platform and repository


class BadBuild(ValueError):
    """The values are no build; the error says why."""


class Build(NamedTuple):
    """One row of releases_raw."""

    product: str
    version: str
    build_id: str
    release_channel: str
    platform: str
    beta_number: int = 0
    repository: str = ""


class Product(NamedTuple):
    """A product that is counted, and its folder in the release tree."""

    product: str
    release_folder: str


class Version(NamedTuple):
    """A version as people write it, split; *channel* is "" when the version does not imply one."""

    version: str
    beta_number: int
    channel: str


def products(db: Connection) -> list[Product]:
    """Return the products whose builds are read."""
    return rows(db, SQL["products"], Product)


def parse_version(text: str) -> Version:
    """Split 140.0, 141.0b3, 142.0a1 or 128.5.0esr. Raises BadBuild."""
    match = _VERSION.fullmatch(text)
    if not match:
        raise BadBuild("not a version (expected e.g. 141.0b3)")
    number, alpha, beta, esr = match.groups()
    if alpha:
        return Version(number + alpha, 0, "nightly" if alpha == "a1" else "aurora")
    if beta:
        return Version(number, int(beta), "beta")
    return Version(number, 0, "esr" if esr else "")


def make_build(
    product: str, version: str, build_id: str, channel: str, platform: str, repository: str = ""
) -> Build:
    """Check the values of a build and return it. Raises BadBuild."""
    parsed = parse_version(version)
    release_channel = parsed.channel or channel or "release"
    if channel == "aurora" and parsed.beta_number:
        release_channel = channel  # the developer edition is built as a beta
    if not _BUILD_ID.fullmatch(build_id):
        raise BadBuild("not a build id")
    if release_channel not in CHANNELS:
        raise BadBuild(f"not a counted channel ({', '.join(CHANNELS)})")
    if not platform:
        raise BadBuild("the platform is missing")
    return Build(
        product,
        parsed.version,
        build_id,
        release_channel,
        platform[:_LONGEST],
        parsed.beta_number,
        repository[:_LONGEST],
    )


def save(db: Connection, builds: Iterable[Build], source: str) -> int:
    """Save the builds that are new; return how many."""
    unique = sorted(set(builds))
    if not unique:
        return 0
    columns = [list(column) for column in zip(*unique, strict=True)]
    parameters = dict(zip(Build._fields, columns, strict=True))
    return execute(db, SQL["save"], source=source, **parameters)
