"""The ids accepted on each day: a log per day and, once all of them are proven to be safe, counts.

    accepted/2026-11-23.log    the ids, each on a line
    accepted/2026-11-23.json   what the ledger counted when the day was even; the log is gone

An id of a crash that was forgotten on request is overwritten in place by a token of the same
length (socorro/jobs/forgotten.py), so that collectors may append meanwhile and the day stays even.

A log goes in two steps: the counts are written, with a digest of the log that they count, then the
log is removed. After a kill in between both are there, the digest is that of the log, and the log
is what counts. A log with another digest was written after its day was proven, by a collector whose
clock was wrong: its ids count besides, and it stays.
"""

import contextlib
import hashlib
import json
import os
import re
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path
from typing import Final, NamedTuple

from socorro import files
from socorro.crash_id import BadCrashId, CrashId, parse
from socorro.spool.entry import path_in

TOKEN: Final = re.compile("[0-9a-f]{36}")


class Proven(NamedTuple):
    """What the ledger counted on a day that was even, and the digest of the log that it read."""

    accepted: int
    elsewhere: int
    digest: str


class AcceptedLogs:
    """The logs in *folder*."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def log_of(self, day: date) -> Path:
        """Return the path of *day*'s log."""
        return path_in(self.folder, f"{day}.log")

    def days(self) -> list[date]:
        """Return the days that have a log, oldest first."""
        return sorted(_days(self.folder.glob("????-??-??.log")))

    def ids(self, day: date) -> list[CrashId]:
        """Return the ids in *day*'s log, in order; none without a log."""
        crash_ids = []
        for line in self._read(day).decode("ascii", "replace").split("\n"):
            with contextlib.suppress(BadCrashId):  # a line torn by a full disk or a power cut
                crash_ids.append(parse(line))
        return crash_ids

    def erased(self, day: date) -> frozenset[str]:
        """Return the tokens that are in *day*'s log in place of ids."""
        lines = self._read(day).decode("ascii", "replace").split("\n")
        return frozenset(line for line in lines if TOKEN.fullmatch(line))

    def erase(self, day: date, tokens: Mapping[CrashId, str]) -> None:
        """Overwrite ids in *day*'s log by their tokens, of 36 hexadecimal digits.

        Counts of this very log, left by a kill, go first: they are made again.
        """
        content = self._read(day)
        present = [crash_id for crash_id in tokens if crash_id.encode("ascii") in content]
        if not present:
            return
        before = self._counts(day)
        if before and before.digest == hashlib.sha256(content).hexdigest():
            files.drop(str(self._counts_of(day)))
        with self.log_of(day).open("r+b", buffering=0) as log:
            for crash_id in present:
                for match in re.finditer(crash_id.encode("ascii"), content):
                    os.pwrite(log.fileno(), tokens[crash_id].encode("ascii"), match.start())
            os.fsync(log.fileno())

    def digest(self, day: date) -> str:
        """Return the digest of *day*'s log."""
        return hashlib.sha256(self._read(day)).hexdigest()

    def proven(self, day: date) -> Proven | None:
        """Return the counts that replace *day*'s log; None while it has that log."""
        proven = self._counts(day)
        if proven and self.log_of(day).exists() and self.digest(day) == proven.digest:
            return None
        return proven

    def prune(self, day: date, proven: Proven) -> bool:
        """Replace *day*'s log by its counts; False when it is not the log that was counted."""
        if self.digest(day) != proven.digest:
            return False
        before = self._counts(day)
        if before and before.digest != proven.digest:
            return False
        files.write_whole(self._counts_of(day), json.dumps(proven._asdict()) + "\n")
        files.drop(str(self.log_of(day)))
        return True

    def _counts(self, day: date) -> Proven | None:
        try:
            return Proven(**json.loads(self._counts_of(day).read_bytes()))
        except FileNotFoundError:
            return None

    def _counts_of(self, day: date) -> Path:
        return path_in(self.folder, f"{day}.json")

    def _read(self, day: date) -> bytes:
        try:
            return self.log_of(day).read_bytes()
        except FileNotFoundError:
            return b""


def _days(paths: Iterator[Path]) -> Iterator[date]:
    for path in paths:
        with contextlib.suppress(ValueError):
            yield date.fromisoformat(path.stem)
