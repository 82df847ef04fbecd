"""The filesystem store's counters: counters/<yymmdd> has "HHMM" of each put. Advisory."""

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from socorro import files, log
from socorro.crashstore.interface import Level
from socorro.crashstore.limits import LENGTH, span

_RECORD: Final = len("HHMM\n")


class CountersFolder:
    """The counters in *root*."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def add(self, submitted: datetime) -> None:
        """Count one put; a failure is logged only."""
        at = submitted.astimezone(UTC)
        try:
            files.append(f"{self._root}/{at:%y%m%d}", f"{at:%H%M}\n".encode())
        except OSError as error:
            log.get().warning("crash stored but not counted", error=error.strerror)

    def between(self, level: Level, start: datetime, end: datetime) -> dict[datetime, int]:
        """See CrashStore.counters."""
        counted: Counter[datetime] = Counter()
        day = span("day", start)
        while day < end:
            counted.update(self._of_day(level, day))
            day += LENGTH["day"]
        first = span(level, start)
        return {at: counted[at] for at in sorted(counted) if first <= at < end}

    def _of_day(self, level: Level, day: datetime) -> Mapping[datetime, int]:
        path = self._root / f"{day:%y%m%d}"
        try:
            if level == "day":
                return {day: path.stat().st_size // _RECORD}
            records = Counter(path.read_text("ascii", "replace").split())
        except FileNotFoundError:
            return {}
        counted: Counter[datetime] = Counter()
        for record, count in records.items():
            with suppress(ValueError):  # torn by a power cut
                at = day + timedelta(hours=int(record[:2]), minutes=int(record[2:]))
                counted[span(level, at)] += count
        return counted
