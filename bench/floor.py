"""What a crash costs before a collector has done anything: its files, written in C, and its hash.

Milliseconds of processor time differ between machines by a factor of two; their ratio to this
floor does not. Receiving the body is not in it.
"""

import hashlib
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

from bench.posts import DUMP_BYTES, annotations
from socorro.quick_json import dumps

CRASHES = 400
BATCH = 4  # crashes that share a sync, as over eight connections
HASHES = 50


class Floor(NamedTuple):
    """Milliseconds of processor time of one crash."""

    files: float
    hash: float

    def text(self) -> str:
        """Return a line for people."""
        return (
            f"  floor: {self.files:.2f} ms for the same files by a C program, "
            f"{self.hash:.2f} ms for SHA-256 of the dump"
        )


class Program:
    """Writes crashes, in C."""

    def __init__(self, scratch: Path) -> None:
        self._program = scratch / "floor"
        code = Path(__file__).with_name("floor.c")
        subprocess.run(["cc", "-O2", "-Wall", "-o", str(self._program), str(code)], check=True)

    def measure(self, folder: Path) -> Floor:
        """Write crashes into *folder*, and remove them."""
        place = tempfile.mkdtemp(dir=folder)
        sizes = (CRASHES, BATCH, DUMP_BYTES, len(dumps(annotations())))
        words = [str(self._program), place, *map(str, sizes)]
        try:
            done = subprocess.run(words, capture_output=True, text=True, check=True)
        finally:
            shutil.rmtree(place, ignore_errors=True)
        return Floor(float(done.stdout), _hash_milliseconds())


def _hash_milliseconds() -> float:
    dump = bytes(DUMP_BYTES)
    began = time.thread_time()
    for _ in range(HASHES):
        hashlib.sha256(dump).digest()
    return (time.thread_time() - began) * 1000 / HASHES
