"""Posting crashes, as stubborn clients do: again and again until there is an answer."""

import itertools
import re
import secrets
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import urllib3

from tests.builders import DUMPS

ANNOTATIONS = {
    "ProductName": "Firefox",
    "Version": "140.0a1",
    "ReleaseChannel": "nightly",
    "BuildID": "20261120031153",
}
GOOD_DUMP = DUMPS / "rust-minidump" / "test.dmp"
REFUSED = {"invalid-range.dmp", "invalid-record-count.dmp"}  # no walker can read these
GOOD_DUMPS = sorted(
    path
    for path in DUMPS.glob("*/*.dmp")
    if path.name not in REFUSED and path.stat().st_size < 100_000
)
SIDE_BY_SIDE = 8
_ANSWER = re.compile(r"CrashID=bp-([0-9a-f-]{36})\s*")


class Poster:
    """Posts to one collector; `answered` holds every crash id that was given back."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._http = urllib3.PoolManager(
            maxsize=SIDE_BY_SIDE, retries=False, timeout=urllib3.Timeout(connect=5, read=30)
        )
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self.answered: set[str] = set()

    def once(self, dump: bytes, **annotations: str) -> tuple[int, str]:
        """Post one crash; return status and crash id, "" without one. Raises HTTPError."""
        fields: dict[str, object] = {
            **ANNOTATIONS, "CrashEventID": secrets.token_hex(16), **annotations,
            "upload_file_minidump": ("dump.dmp", dump, "application/octet-stream"),
        }  # fmt: skip
        response = self._http.request("POST", self._url, fields=fields)
        match = _ANSWER.fullmatch(response.data.decode("utf-8", "replace"))
        if response.status != 200 or not match:
            return response.status, ""
        with self._lock:
            self.answered.add(match[1])
        return response.status, match[1]

    def send(self, dump: bytes, seconds: float = 60, **annotations: str) -> str:
        """Post one crash until it is answered; return its id, "" when *seconds* are over.

        It is the same crash each time, so a lost answer costs nothing.
        """
        annotations.setdefault("CrashEventID", secrets.token_hex(16))
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline and not self._stop.is_set():
            try:
                status, crash_id = self.once(dump, **annotations)
            except urllib3.exceptions.HTTPError:
                status, crash_id = 0, ""
            if crash_id:
                return crash_id
            if status and status not in (503, 500):
                raise ValueError(f"the collector answers {status} to a good crash")
            self._stop.wait(0.3)
        return ""

    def send_many(self, count: int, seconds: float = 60) -> list[str]:
        """Post *count* crashes side by side; return the ids that were given."""
        dumps = itertools.islice(itertools.cycle(read_dumps()), count)
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            ids = list(pool.map(lambda dump: self.send(dump, seconds), dumps))
        return [crash_id for crash_id in ids if crash_id]

    @contextmanager
    def sending(self, count: int, seconds: float = 120) -> Iterator[threading.Event]:
        """Post *count* crashes during a with block, and wait at its end until all are answered.

        Gives an event that is set when all are.
        """
        done = threading.Event()

        def run() -> None:
            self.send_many(count, seconds)
            done.set()

        thread = threading.Thread(target=run, daemon=True)
        thread.start()
        yield done
        thread.join(seconds + 30)

    def reconnect(self) -> None:
        """Post the next crashes over new connections."""
        self._http.clear()

    def close(self) -> None:
        """Let nobody post any more."""
        self._stop.set()
        self._http.clear()


def read_dumps(paths: list[Path] | None = None) -> list[bytes]:
    """Return the contents of dumps that every walker can read."""
    return [path.read_bytes() for path in paths or GOOD_DUMPS]
