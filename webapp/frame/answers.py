"""Answers that pages keep while the counts are what they were: everybody asks the same today."""

import threading
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

from socorro.postgres import Connection
from socorro.queries import freshness
from socorro.questions.interface import Answer

MOST: Final = 100  # answers that are kept
MOST_ROWS: Final = 300  # of one; so all of them take tens of megabytes at most
MOST_KEY: Final = 2_000  # characters of what is asked; longer ones are not kept

T = TypeVar("T")


class Answers:
    """The latest answers, each until something was counted or a job brought something else up.

    Only for what is the same for everybody. Safe to share between threads.
    """

    def __init__(self, most: int = MOST) -> None:
        self._kept: OrderedDict[str, tuple[str, Any]] = OrderedDict()
        self._most = most
        self._lock = threading.Lock()

    def get(self, db: Connection, key: str, compute: Callable[[], T]) -> T:
        """Return the answer that is kept under *key*, or compute it, and keep it if it is short."""
        if len(key) > MOST_KEY:
            return compute()
        state = f"{freshness.state(db)} {datetime.now(UTC).date()}"  # periods end with the day
        with self._lock:
            kept = self._kept.get(key)
        if kept is not None and kept[0] == state:
            answer: T = kept[1]
            return answer
        answer = compute()
        if isinstance(answer, Answer) and len(answer.rows) > MOST_ROWS:
            return answer
        with self._lock:
            self._kept[key] = (state, answer)
            self._kept.move_to_end(key)
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return answer


def kept(answers: Answers | None, db: Connection, key: str, compute: Callable[[], T]) -> T:
    """Return the answer that is kept, where answers are."""
    return compute() if answers is None else answers.get(db, key, compute)
