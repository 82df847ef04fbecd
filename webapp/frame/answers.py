"""Answers that pages keep while the counts are what they were: everybody asks the same today."""

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any, Final, NamedTuple, TypeVar

from socorro.postgres import Connection
from socorro.queries import freshness
from socorro.questions.interface import Answer

MOST: Final = 100  # answers that are kept
MOST_ROWS: Final = 300  # of one; so all of them take tens of megabytes at most
MOST_KEY: Final = 2_000  # characters of what is asked; longer ones are not kept

COSTLY: Final = 0.5  # seconds; such an answer outlives the counts that it was made of ...
SHARE: Final = 30  # ... by so many times as long as it took ...
LONGEST: Final = 120.0  # ... and by two minutes at most: it says of when it is
OLD: Final = 300.0  # seconds; an answer is computed again: what a command wrote is no count

T = TypeVar("T")


class Kept(NamedTuple):
    """An answer: what it says, of which state of the counts, and for how long it may do.

    *day* is the UTC day it was computed on, as periods end with it; *until* and *old* are times of
    time.monotonic(): the end of a costly answer after newer counts, and of any answer.
    """

    answer: Any
    state: str
    day: date
    until: float
    old: float


class Answers:
    """The latest answers, each until something was counted or a job brought something else up.

    Where crashes never stop, something is always counted: an answer that is costly is kept a little
    longer, and while one visitor waits for the new one, all others get the former.
    Only for what is the same for everybody. Safe to share between threads.
    """

    def __init__(self, most: int = MOST, costly: float = COSTLY) -> None:
        self._kept: OrderedDict[str, Kept] = OrderedDict()
        self._computing: set[str] = set()
        self._most, self._costly = most, costly
        self._lock = threading.Lock()

    def get(self, db: Connection, key: str, compute: Callable[[], T]) -> T:
        """Return the answer that is kept under *key*, or compute it, and keep it if it is short."""
        if len(key) > MOST_KEY:
            return compute()
        state, day = freshness.state(db), datetime.now(UTC).date()
        with self._lock:
            kept = self._kept.get(key)
            if kept is not None and kept.day == day and self._does(kept, key, state):
                answer: T = kept.answer
                return answer
            self._computing.add(key)
        started = time.monotonic()
        try:
            answer = compute()
            seconds = time.monotonic() - started
            self._keep(key, Kept(answer, state, day, *self._ends(seconds)))
        finally:
            with self._lock:
                self._computing.discard(key)
        return answer

    def _does(self, kept: Kept, key: str, state: str) -> bool:
        now = time.monotonic()
        is_same = kept.state == state and now < kept.old
        return is_same or now < kept.until or key in self._computing

    def _ends(self, seconds: float) -> tuple[float, float]:
        now = time.monotonic()
        extra = min(seconds * SHARE, LONGEST) if seconds >= self._costly else 0.0
        return now + extra, now + OLD

    def _keep(self, key: str, kept: Kept) -> None:
        if isinstance(kept.answer, Answer) and len(kept.answer.rows) > MOST_ROWS:
            return
        with self._lock:
            self._kept[key] = kept
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)


def kept(answers: Answers | None, db: Connection, key: str, compute: Callable[[], T]) -> T:
    """Return the answer that is kept, where answers are."""
    return compute() if answers is None else answers.get(db, key, compute)
