"""The lists that make signatures: which frames say nothing, which need the next one to tell.

One regular expression a line, matched from the start of a frame's name; `#` starts a comment.
"""

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

_CONDITION = " if "


class Line(NamedTuple):
    """One line of a list; *where* names it, as in "prefix.txt:12"."""

    where: str
    pattern: re.Pattern[str]
    condition: re.Pattern[str] | None = None  # only when such a frame is on the stack, too


class FrameList:
    """A list. An empty one matches nothing (an empty pattern would match everything)."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = tuple(lines)
        together = "|".join(f"(?:{line.pattern.pattern})" for line in self.lines)
        self._any = re.compile(together) if self.lines else None

    def find(self, name: str) -> Line | None:
        """Return the first line that matches a frame's *name*."""
        if self._any is None or not self._any.match(name):
            return None
        return next(line for line in self.lines if line.pattern.match(name))


def parse(name: str, text: str) -> FrameList:
    """Return the list in *text*. Raises ValueError, naming the line that is no pattern."""
    lines = []
    for number, written in enumerate(text.splitlines(), 1):
        told = written.strip()
        if not told or told.startswith("#"):
            continue
        where = f"{name}:{number}"
        pattern, _, condition = told.partition(_CONDITION)
        try:
            lines.append(
                Line(where, re.compile(pattern), re.compile(condition) if condition else None)
            )
        except re.error as why:
            raise ValueError(f"{where}: {why}") from None
    return FrameList(lines)


@cache
def load(name: str) -> FrameList:
    """Return the list of that file name in this folder, read once."""
    return parse(name, (Path(__file__).parent / name).read_text())
