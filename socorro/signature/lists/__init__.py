"""The signature lists: which frames say nothing, and which need the next frame to say something.

A line is a regular expression, matched from the start of a frame's name. After `  # ` come the
names that it was added for, separated by `; `:

    _int_(?:malloc|free)  # _int_malloc; _int_free

A line that is open at its end says `[^@]*$`, so that it matches functions and no module without
symbols (`sentry_example@0x2480`). Lines for modules say `@0x`.

`python -m socorro.signature.lint` checks that each line matches its names, that no earlier line
does, and that lines for functions match no modules. Lines that start with `#` are comments.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple

SHIPPED = Path(__file__).parent

_CONDITION = " if "
_EXAMPLES = re.compile(r"\s{2,}# ")


class Line(NamedTuple):
    """One line of a list; *where* names it, as in "prefix.txt:12"."""

    where: str
    pattern: re.Pattern[str]
    condition: re.Pattern[str] | None = None  # only when such a frame is on the stack, too
    examples: tuple[str, ...] = ()


class BadList(ValueError):
    """A line of a list is not a valid pattern; the text says which."""


class FrameList:
    """A list. An empty one matches nothing (an empty pattern would match everything)."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = tuple(lines)
        together = "|".join(f"(?:{line.pattern.pattern})" for line in self.lines)
        self._any = re.compile(together) if self.lines else None
        self.find = lru_cache(maxsize=4096)(self._find)  # few names are frequent

    def _find(self, name: str) -> Line | None:
        """Return the first line that matches a frame's *name*."""
        if self._any is None or not self._any.match(name):
            return None
        return next(line for line in self.lines if line.pattern.match(name))


@dataclass(frozen=True)
class Lists:
    """The lists, and a version that changes when any of them does."""

    sentinels: FrameList  # the signature starts here
    irrelevant: FrameList  # skipped
    prefix: FrameList  # joined with the next
    bottom: FrameList  # where threads begin: no better than a distrusted frame
    with_line: FrameList  # functions so long that the line number is needed
    version: str = ""

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> "Lists":
        """Return the lists in *texts*, by file name; a list that is missing is empty.

        Raises BadList.
        """
        digest = hashlib.sha256()
        frame_lists = []
        for name in ("sentinels", "irrelevant", "prefix", "bottom", "with_line"):
            text = texts.get(f"{name}.txt", "")
            frame_lists.append(parse(f"{name}.txt", text))
            digest.update(f"{name}\0{text}\0".encode())
        sentinels, irrelevant, prefix, bottom, with_line = frame_lists
        version = digest.hexdigest()[:12]
        return cls(sentinels, irrelevant, prefix, bottom, with_line, version)


def parse(name: str, text: str) -> FrameList:
    """Return the list in *text*. Raises BadList, naming the line that is not a valid pattern."""
    lines = []
    for number, written in enumerate(text.splitlines(), 1):
        text_line = written.strip()
        if not text_line or text_line.startswith("#"):
            continue
        place = f"{name}:{number}"
        text_line, *examples = _EXAMPLES.split(text_line, maxsplit=1)
        pattern, _, condition = text_line.partition(_CONDITION)
        try:
            lines.append(
                Line(
                    place,
                    re.compile(pattern),
                    re.compile(condition) if condition else None,
                    tuple(examples[0].split("; ")) if examples else (),
                )
            )
        except re.error as error:
            raise BadList(f"{place}: {error}") from None
    return FrameList(lines)


def read(folder: Path) -> Lists:
    """Return the lists in a folder. Raises BadList, OSError."""
    return Lists.of({path.name: path.read_text() for path in sorted(folder.glob("*.txt"))})


@cache
def shipped() -> Lists:
    """Return the lists that come with Socorro, read once."""
    return read(SHIPPED)
