"""The releases of a machine: folders side by side, and the link `current` that leads to one.

    <prefix>/releases/<version>/   unpacked, with its own venv; release.json says that it is whole
    <prefix>/current               -> releases/<version>: what services run when they start
    <prefix>/previous              -> the release before it
    <prefix>/unfinished.json       exists from before the switch until all services are healthy
    <prefix>/contractions.json     migrations that keep older releases from running
    <prefix>/deploy.log, deploy.lock

A release without release.json is what a killed deploy left, and is removed by the next one. With
unfinished.json, a killed deploy is known to have restarted some services and not others.
"""

import json
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from socorro_deploy.artifact import MANIFEST, Manifest, parse_manifest

RELEASE: Final = "release.json"
TRASH: Final = ".trash-"


@dataclass(frozen=True)
class Release:
    """A whole release; *used* is when it was current for the last time, in seconds since 1970."""

    version: str
    folder: Path
    checksum: str
    used: float

    def manifest(self) -> Manifest:
        """Return what its artifact said of itself. Raises DeployFailed."""
        return parse_manifest((self.folder / MANIFEST).read_bytes())

    def program(self, name: str) -> str:
        """Return the path of a program in its venv."""
        return str(self.folder / "venv" / "bin" / name)


@dataclass(frozen=True)
class Unfinished:
    """A switch that was begun: to which version, from which one that was healthy, if any.

    *previous* is what `previous` led to before it, for the way back.
    """

    version: str
    origin: str | None
    previous: str | None


class Releases:
    """The releases under one prefix. One deploy at a time changes them (lock.py)."""

    def __init__(self, prefix: Path) -> None:
        self.prefix = prefix
        self._folder = prefix / "releases"
        self._note = prefix / "unfinished.json"
        self._contractions = prefix / "contractions.json"

    def prepare(self) -> None:
        """Create the folders, and remove what killed deploys left."""
        self._folder.mkdir(mode=0o755, parents=True, exist_ok=True)
        for path in self._folder.iterdir():
            if path.name.startswith(TRASH) or not (path / RELEASE).exists():
                self._discard(path)

    def folder(self, version: str) -> Path:
        """Return where a version is, or will be."""
        return self._folder / version

    def all(self) -> list[Release]:
        """Return the whole releases, the one used last first."""
        folders = self._folder.iterdir() if self._folder.is_dir() else ()
        releases = [release for path in folders if (release := self.get(path.name))]
        return sorted(releases, key=lambda release: release.used, reverse=True)

    def get(self, version: str | None) -> Release | None:
        """Return a whole release by version."""
        path = self.folder(version or "") / RELEASE
        if not version or version.startswith(".") or not path.is_file():
            return None
        checksum = str(json.loads(path.read_text())["sha256"])
        return Release(version, path.parent, checksum, path.stat().st_mtime)

    def complete(self, version: str, checksum: str) -> Release:
        """Mark a release as whole: all of it is on the disk. Raises OSError."""
        os.sync()  # before the mark, else a power cut may leave a mark and empty files
        folder = self.folder(version)
        write(folder / RELEASE, {"version": version, "sha256": checksum})
        return Release(version, folder, checksum, time.time())

    def current(self) -> Release | None:
        """Return what `current` leads to."""
        return self.get(self._target("current"))

    def previous(self) -> Release | None:
        """Return the release before the current one."""
        return self.get(self._target("previous"))

    def switch(self, release: Release, origin: Release | None) -> None:
        """Let `current` lead to a release, in one step, and `previous` to the one before."""
        if origin and origin.version != release.version:
            self._link("previous", origin.version)
        self._link("current", release.version)
        os.utime(release.folder / RELEASE)

    def switch_back(self, origin: Release) -> None:
        """Let both links lead where they led before `begin`."""
        unfinished = self.unfinished()
        self._link("current", origin.version)
        if unfinished and unfinished.previous:
            self._link("previous", unfinished.previous)
        else:
            (self.prefix / "previous").unlink(missing_ok=True)

    def unlink_current(self) -> None:
        """Have no current release again, after a first deploy that failed."""
        (self.prefix / "current").unlink(missing_ok=True)

    def unfinished(self) -> Unfinished | None:
        """Return the switch that a killed deploy began."""
        if not self._note.exists():
            return None
        return Unfinished(**json.loads(self._note.read_text()))

    def begin(self, release: Release, origin: Release | None) -> None:
        """Note that services are about to change."""
        earlier = self.unfinished()
        write(
            self._note,
            {
                "version": release.version,
                "origin": origin.version if origin else None,
                "previous": earlier.previous if earlier else self._target("previous"),
            },
        )

    def end(self) -> None:
        """Note that all services run the current release."""
        self._note.unlink(missing_ok=True)

    def contractions(self) -> dict[str, dict[str, Any]]:
        """Return migrations that contracted the schema: reason, and versions they fit."""
        try:
            return dict(json.loads(self._contractions.read_text()))
        except FileNotFoundError:
            return {}

    def note_contractions(self, manifest: Manifest, origin: Release | None) -> None:
        """Note what a release contracts: it and the release before go on, none before that."""
        noted = self.contractions()
        fits = [manifest.version, *([origin.version] if origin else [])]
        new = {
            name: {"reason": reason, "fits": fits}
            for name, reason in manifest.migrations.items()
            if reason and name not in noted
        }
        if new:
            write(self._contractions, noted | new)

    def remove(self, version: str) -> None:
        """Remove a release."""
        self._discard(self.folder(version))

    def prune(self, keep: int) -> list[str]:
        """Remove the releases used longest ago, never `current` or `previous`; return them."""
        needed = {self._target("current"), self._target("previous")}
        removed = [one.version for one in self.all()[keep:] if one.version not in needed]
        for version in removed:
            self.remove(version)
        return removed

    def _target(self, name: str) -> str | None:
        try:
            return (self.prefix / name).readlink().name
        except OSError:
            return None

    def _link(self, name: str, version: str) -> None:
        scratch = self.prefix / f".{name}.new"
        scratch.unlink(missing_ok=True)
        scratch.symlink_to(Path("releases") / version)
        scratch.replace(self.prefix / name)
        sync_folder(self.prefix)

    def _discard(self, folder: Path) -> None:
        """Remove a folder; programs of a killed deploy may still write into it for a moment."""
        trash = folder
        if not folder.name.startswith(TRASH) and folder.exists():
            trash = self._folder / f"{TRASH}{os.getpid()}-{time.monotonic_ns()}"
            folder.rename(trash)
        shutil.rmtree(trash, ignore_errors=True)


def write(path: Path, document: dict[str, Any]) -> None:
    """Write JSON, whole or not at all. Raises OSError."""
    scratch = path.with_name(f".{path.name}.new")
    with scratch.open("w") as file:
        json.dump(document, file)
        file.flush()
        os.fsync(file.fileno())
    scratch.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Have the names in a folder on the disk. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
