"""The collector's notes about one crash.

They go into the raw crash and everybody can read them, so they say names, never values.
"""

MOST_NOTES = 100


class Notes:
    """Notes about one crash: each once, and not more than MOST_NOTES."""

    def __init__(self) -> None:
        self._notes: dict[str, None] = {}

    def add(self, note: str) -> None:
        """Add *note*; it must not hold a value."""
        if len(self._notes) < MOST_NOTES:
            self._notes[note] = None
        else:
            self._notes["more notes were dropped"] = None

    def all(self) -> list[str]:
        """Return the notes in the order in which they came."""
        return list(self._notes)
