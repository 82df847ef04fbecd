"""Ctrl-C and SIGTERM: an interrupt ends a bench even where Python loses its exception.

An exception of a signal's handler is only printed, or lost, when it hits code that may not raise
(functions that run at a fork, finalizers), and one that comes right before a system call waits for
its end. So the handler also keeps that it was called, and long waits look at that now and then.
"""

import signal
from typing import Final, NoReturn

LOOK_SECONDS: Final = 1  # how often long waits look

_came = False


def install() -> None:
    """Raise KeyboardInterrupt at SIGINT and SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _interrupt)


def look() -> None:
    """Raise KeyboardInterrupt when a signal came."""
    if _came:
        raise KeyboardInterrupt


def _interrupt(_number: int, _frame: object) -> NoReturn:
    global _came
    _came = True
    raise KeyboardInterrupt
