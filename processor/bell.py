"""Wakes idle threads when there are jobs."""

import threading


class Bell:
    """Rung by the queue. A worker that reads `rings` before it claims jobs misses no later ring."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._rings = 0

    @property
    def rings(self) -> int:
        """How many times it was rung."""
        return self._rings

    def ring(self) -> None:
        """Wake all waiting threads."""
        with self._condition:
            self._rings += 1
            self._condition.notify_all()

    def wait(self, seen: int, seconds: float) -> None:
        """Wait until `rings` is no longer *seen*, at most *seconds*."""
        with self._condition:
            self._condition.wait_for(lambda: self._rings != seen, seconds)
