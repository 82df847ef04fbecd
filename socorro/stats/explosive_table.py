"""Collects the counts of one product and channel for the detector of explosions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from socorro.stats.explosive import Booleans, Floats, Line
from socorro.stats.exposure import exposure


class Past(NamedTuple):
    """An earlier alarm of a signature: days [first, end) by their number, 0 or more."""

    signature_id: int
    first: int
    end: int


class Table:
    """Counts of versions and signatures on *days* days; *places* says which row a version has."""

    def __init__(self, places: Mapping[int, int], days: int) -> None:
        self._places, self._days = places, days
        shape = (max(places.values(), default=-1) + 1, days)
        self.reports, self.estimated, self.adi = (np.zeros(shape) for _ in range(3))
        self.signature_ids: list[int] = []
        self._cells: list[tuple[NDArray[np.int64], NDArray[np.int64], Floats]] = []

    def add_total(self, version: int, day: int, reports: float, estimated: float) -> None:
        """Add the crashes of a version on a day."""
        self.reports[self._places[version], day] += reports
        self.estimated[self._places[version], day] += estimated

    def add_adi(self, version: int, day: int, adi: float) -> None:
        """Add the installs of a version on a day."""
        self.adi[self._places[version], day] += adi

    def add_signature(
        self, signature_id: int, versions: Iterable[int], days: Sequence[int], counts: Sequence[int]
    ) -> None:
        """Add a signature: one version, day and count for each of its cells."""
        self.signature_ids.append(signature_id)
        places = np.array([self._places[version] for version in versions], dtype=np.int64)
        self._cells.append((places, np.array(days, dtype=np.int64), np.array(counts, dtype=float)))

    def line(self, signatures: int, alarms: Iterable[Past]) -> tuple[Line, bool, int | None]:
        """Return what is judged, whether it follows ADI, and the last day with ADI.

        *signatures* is the number of all, also of those that were not added.
        """
        counts = np.zeros((len(self._cells), self._days))
        seen = np.zeros((len(self._cells), len(self.reports)), dtype=bool)
        for row, (versions, days, numbers) in enumerate(self._cells):
            np.add.at(counts[row], days, numbers)
            seen[row, versions] = True
        alarmed = self._alarmed(alarms)
        calm = np.maximum(self.reports - self._exploded(alarmed), 0)
        used = exposure(self.adi, calm, np.maximum(self.estimated, calm))
        others = max(0, signatures - len(counts))
        line = Line(counts, used.values, seen, alarmed, self.reports.sum(axis=0), others)
        return line, used.follows_adi, used.last

    def _alarmed(self, alarms: Iterable[Past]) -> Booleans:
        table = np.zeros((len(self._cells), self._days), dtype=bool)
        rows = {signature_id: row for row, signature_id in enumerate(self.signature_ids)}
        for alarm in alarms:
            if alarm.signature_id in rows:
                table[rows[alarm.signature_id], alarm.first : alarm.end] = True
        return table

    def _exploded(self, alarmed: Booleans) -> Floats:
        """Return (versions, days): crashes of earlier alarms, which are in no usual total."""
        table = np.zeros_like(self.reports)
        for row in np.flatnonzero(alarmed.any(axis=1)):
            versions, days, numbers = self._cells[row]
            np.add.at(table, (versions, days), np.where(alarmed[row][days], numbers, 0))
        return table
