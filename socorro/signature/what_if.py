"""Which crashes would move: stored signatures compared with those from changed lists. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from socorro.signature.crash_data import read
from socorro.signature.generate import OURS, generate
from socorro.signature.lists import Lists

MOST_EXAMPLES = 5


class Move(NamedTuple):
    """Crashes that would leave one signature for another."""

    before: str
    after: str
    crashes: int
    examples: Sequence[str]  # crash ids

    def document(self) -> dict[str, Any]:
        """Return the move as JSON."""
        return {
            "from": self.before,
            "to": self.after,
            "count": self.crashes,
            "examples": list(self.examples),
        }


@dataclass
class WhatIf:
    """Counts crashes by the signatures between which they would move."""

    lists: Lists
    style: str = OURS
    seen: int = 0
    _moved: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    _counts: dict[tuple[str, str], int] = field(default_factory=dict)

    def add(
        self, crash_id: str, processed: Mapping[str, Any], annotations: Mapping[str, Any]
    ) -> None:
        """Compare one stored crash."""
        self.seen += 1
        before = str(processed.get("signature") or "")
        after = generate(read(processed, annotations), self.style, self.lists).signature
        if before == after:
            return
        examples = self._moved.setdefault((before, after), [])
        if len(examples) < MOST_EXAMPLES:
            examples.append(crash_id)
        self._counts[before, after] = self._counts.get((before, after), 0) + 1

    @property
    def moved(self) -> int:
        """How many crashes would move."""
        return sum(self._counts.values())

    def moves(self) -> list[Move]:
        """Return all moves, the largest first."""
        all_moves = [
            Move(before, after, crashes, self._moved[before, after])
            for (before, after), crashes in self._counts.items()
        ]
        return sorted(all_moves, key=lambda move: (-move.crashes, move.before, move.after))
