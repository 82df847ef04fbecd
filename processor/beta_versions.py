"""Which beta a build is, by the release feed: 159.0 of build 20261110093000 is 159.0b6."""

import threading
from typing import Final, NamedTuple

from processor.rules.product import BETAS
from socorro.clients import with_our_names
from socorro.crash import RawCrash
from socorro.postgres import Database, load_sql, value

SQL = load_sql(__file__)
MOST: Final = 10_000  # builds that are remembered


class Build(NamedTuple):
    """A build as its crashes describe it."""

    product: str
    version: str
    release_channel: str
    build_id: str


class BetaVersions:
    """Looks betas up by their build, as the counts do. Safe to share between threads.

    What the feed knows is remembered. What it does not know is looked up each time: the feed may
    learn it at any moment, and few clients leave their beta number out.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._versions: dict[Build, str] = {}
        self._lock = threading.Lock()

    def of(self, raw: RawCrash) -> str | None:
        """Return the version of the beta that crashed; None for others, and unknown builds."""
        build = _build(raw)
        if build is None:
            return None
        version = self._versions.get(build)
        if version is None:
            with self._database.statement() as db:
                version = value(db, SQL["version"], **build._asdict())
            if version is not None:
                self._remember(build, version)
        return version

    def _remember(self, build: Build, version: str) -> None:
        with self._lock:
            if len(self._versions) >= MOST:
                self._versions.clear()
            self._versions[build] = version


def _build(raw: RawCrash) -> Build | None:
    """Return the build of a beta whose version has no beta number."""
    annotations = with_our_names(raw.annotations)
    names = ("ProductName", "Version", "ReleaseChannel", "BuildID")
    product, version, channel, build_id = (
        annotations.get(name, "").strip()[:200].replace("\0", "") for name in names
    )
    channel = channel.lower()
    if channel not in BETAS or not build_id or not version.replace(".", "").isdigit():
        return None
    return Build(product, version, channel, build_id)
