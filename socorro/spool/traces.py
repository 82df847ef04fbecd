"""Every file of the spool that has something of given crashes, whatever became of its entry."""

from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from socorro.crash import BadRawCrash, RawCrash
from socorro.crash_id import CrashId
from socorro.spool.entry import folders, names
from socorro.spool.spool import Spool

_ID: Final = slice(0, 36)  # of the names of an entry's files, and of its folder in quarantine


def traces(spool: Spool, crash_ids: Collection[CrashId]) -> Iterator[Path]:
    """Yield the files of these crashes, those first that make an entry: ready, kept, quarantined.

    Dumps without their entry are among them, and what a killed collector left half-written, when
    it had got as far as the crash id. Folders of the quarantine come after their files.
    """
    spool.require()
    yield from sorted(_of_entries(spool, crash_ids), key=lambda path: path.suffix != ".json")
    yield from _half_written(spool.incoming, crash_ids)
    for folder in folders(spool.quarantine_folder):
        if folder.name[_ID] in crash_ids:
            yield folder


def entered(spool: Spool) -> Iterator[RawCrash]:
    """Yield the raw crashes of all entries, also kept and quarantined ones; broken ones are not."""
    spool.require()
    for path in _files(spool):
        if path.suffix == ".json":
            with suppress(FileNotFoundError, BadRawCrash):
                yield RawCrash.from_json(path.read_bytes())


def _of_entries(spool: Spool, crash_ids: Collection[CrashId]) -> Iterator[Path]:
    for path in _files(spool):
        if path.name[_ID] in crash_ids or path.parent.name[_ID] in crash_ids:
            yield path


def _files(spool: Spool) -> Iterator[Path]:
    for area in (spool.minutes, spool.kept_folder, spool.quarantine_folder):
        for folder in folders(area):
            yield from (folder / name for name in names(folder))


def _half_written(incoming: Path, crash_ids: Collection[CrashId]) -> Iterator[Path]:
    for path in incoming.glob("*.json"):
        with suppress(FileNotFoundError, BadRawCrash):
            if RawCrash.from_json(path.read_bytes()).crash_id in crash_ids:
                yield path
                yield from incoming.glob(f"{path.stem}.[0-9]*")
