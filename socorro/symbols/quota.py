"""How much may be uploaded: by one user a day, by all users a day, and in all; and free disk.

What a user uploaded today (UTC) is kept in a file of the symbol store, so all processes share it
and a restart forgets nothing. An upload is charged the bytes that it sends when it begins, and more
as soon as it writes more than that: a small zip can hold much.
"""

import hashlib
import json
import os
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final, Self

from socorro import files, metrics
from socorro.symbols.config import SymbolsConfig
from socorro.symbols.locks import lock
from socorro.symbols.store import SymbolStore

STEP: Final = 2**24  # bytes that are charged at once while an upload writes
MEASURE_SECONDS: Final = 600.0  # between two measurements of the whole store
_LOCK_SECONDS: Final = 60


class OverQuota(Exception):
    """An upload is refused; *reason* is short, for metrics, and the text is for people."""

    def __init__(self, reason: str, text: str, retry_after: int | None = None) -> None:
        super().__init__(text)
        self.reason, self.retry_after = reason, retry_after

    def counted(self) -> Self:
        """Count the refusal; return it."""
        metrics.symbols_uploads_refused.labels(self.reason).inc()
        return self


class UploadQuota:
    """The limits of uploads into one symbol store; safe to share between threads."""

    def __init__(self, config: SymbolsConfig, free: Callable[[Path], int] | None = None) -> None:
        """*free* returns the free bytes of the disk that a folder is on."""
        self._config, self._free = config, free or free_bytes
        self._folder = config.store / ".uploads"
        self._lock = threading.Lock()
        self._measured_at = -MEASURE_SECONDS
        self._measured = 0  # bytes of the store, then
        self._added = 0  # bytes charged since

    def begin(self, user: str, size: int, now: datetime) -> "Upload":
        """Charge *size* bytes to *user*. Raises OverQuota; nothing is charged then."""
        upload = Upload(self, user, now)
        upload.charge(size, size)
        return upload

    def charge(self, user: str, least: int, most: int, now: datetime) -> int:
        """Charge *user* for *most* bytes on the day of *now*, or for *least* if that is too much.

        Return which. Raises OverQuota. A negative number is given back.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        day = self._folder / f"{now.astimezone(UTC):%Y-%m-%d}.json"
        with lock(self._folder / "lock", "", _LOCK_SECONDS):
            uploaded = _read(day)
            size = most
            if most > 0 and self._refusal(user, uploaded, most, now):
                size = least
                if refusal := self._refusal(user, uploaded, least, now):
                    raise refusal.counted()
            uploaded[_key(user)] = max(0, uploaded.get(_key(user), 0) + size)
            files.write_whole(day, json.dumps(uploaded), durable=False)
            for old in self._folder.glob("*.json"):
                if old.name < day.name:
                    old.unlink(missing_ok=True)
        with self._lock:
            self._added += size
        return size

    def _refusal(
        self, user: str, uploaded: Mapping[str, int], size: int, now: datetime
    ) -> OverQuota | None:
        config, tomorrow = self._config, _seconds_to_midnight(now)
        if uploaded.get(_key(user), 0) + size > config.upload_user_bytes:
            text = f"You may upload {config.upload_user_bytes:,} bytes a day"
            return OverQuota("user", text, tomorrow)
        if sum(uploaded.values()) + size > config.upload_day_bytes:
            text = f"All users together may upload {config.upload_day_bytes:,} bytes a day"
            return OverQuota("day", text, tomorrow)
        if self._stored() + size > config.store_bytes:
            text = f"The symbol store is full: its limit is {config.store_bytes:,} bytes"
            return OverQuota("store", text)
        return self._full_disk(size)

    def check_disk(self, size: int) -> None:
        """Raise OverQuota when *size* more bytes would leave less than the reserve free."""
        if refusal := self._full_disk(size):
            raise refusal.counted()

    def _full_disk(self, size: int) -> OverQuota | None:
        if self._free(self._config.store) - size >= self._config.reserve:
            return None
        return OverQuota("disk", "The disk of the symbol store is full, except for its reserve")

    def _stored(self) -> int:
        """Return the size of the store: measured now and then, with what was charged since."""
        with self._lock:
            if time.monotonic() - self._measured_at >= MEASURE_SECONDS:
                store = SymbolStore(self._config.store, self._config.file_bytes)
                self._measured = sum(entry.size for entry in store.entries())
                self._added, self._measured_at = 0, time.monotonic()
            return self._measured + self._added


class Upload:
    """One upload under way."""

    def __init__(self, quota: UploadQuota, user: str, now: datetime) -> None:
        self._quota, self._user, self._now = quota, user, now
        self._charged = self._written = 0  # bytes

    def charge(self, least: int, most: int) -> None:
        """Charge *most* bytes more, or *least* if that is too much. Raises OverQuota."""
        self._charged += self._quota.charge(self._user, least, most, self._now)

    def write(self, size: int) -> None:
        """Note that *size* bytes will be written to the store. Raises OverQuota."""
        before, self._written = self._written, self._written + size
        excess = self._written - self._charged
        if excess > 0:
            self.charge(excess, max(excess, STEP))
        elif before // STEP != self._written // STEP:
            self._quota.check_disk(size)

    def end(self, size: int) -> None:
        """Charge what was sent (*size* bytes) or written, whichever is more, and no more."""
        excess = self._charged - max(size, self._written)
        if excess > 0:
            self.charge(-excess, -excess)
        metrics.symbols_upload_bytes.inc(self._charged)


def free_bytes(folder: Path) -> int:
    """Return the free bytes of the disk that *folder* is on, or will be on."""
    while not folder.exists():
        folder = folder.parent
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize


def _read(path: Path) -> dict[str, int]:
    with suppress(FileNotFoundError, ValueError, AttributeError):
        document = json.loads(path.read_bytes())
        return {str(key): int(size) for key, size in document.items()}
    return {}


def _key(user: str) -> str:
    """Return a name for *user*, who may be an e-mail address."""
    return hashlib.sha256(user.encode()).hexdigest()[:32]


def _seconds_to_midnight(now: datetime) -> int:
    day = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return int((day + timedelta(days=1) - now).total_seconds()) + 1
