"""The add-ons of a crash, as a table."""

from collections.abc import Sequence
from typing import NamedTuple

from webapp.crashstats.reading import Document, texts

MOST_ADDONS = 200


class Addon(NamedTuple):
    """One add-on; its version is "" when the client did not send it."""

    name: str
    version: str


class Addons(NamedTuple):
    """The first add-ons, and how many there are."""

    listed: Sequence[Addon]
    total: int


def addons(processed: Document) -> Addons:
    """Return the add-ons, which the processed crash has as `id:version`."""
    entries = texts(processed, "addons")
    return Addons([_addon(entry) for entry in entries[:MOST_ADDONS]], len(entries))


def _addon(entry: str) -> Addon:
    name, _, version = entry.rpartition(":")
    return Addon(name or version, "" if version == "NO_VERSION" or not name else version)
