"""Checks the signature lists line by line: `python -m socorro.signature.lint [FOLDER]`.

Each line has to give example names. It must match them, and it must be the line that decides on
them: no earlier line matches, and no line of a list with precedence. No line may be there twice,
and none may match all of some ordinary names that belong in no list.

Frames of modules without symbols are named `NAME@0x1`. The line `sentry_` would also match the
module `sentry_example`, whose frames would then never name a crash. So a line that is not about
modules must not match `NAME@0x1`: it ends with `$`, or with `[^@]*$` where any ending is meant.
"""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

from socorro.signature.lists import SHIPPED, BadList, Line, Lists, read

# Names that no list has a reason to match: a pattern that matches all of them matches everything.
_NOT_OF_A_FILE = re.compile(r"[^\w.+-]")  # a character that ends what may be a module's name
_ENDINGS = ("", "x", "_x", ".x")
_OFFSET = "@0x"

ORDINARY = ("CloseDir", "x", "app::View::draw", "(anonymous namespace)::Run", "foo.dll@0x12ab")


def problems(lists: Lists) -> list[str]:
    """Return what is wrong with the lists, in the order of their lines."""
    problem_list = []
    for of_list in (lists.sentinels, lists.irrelevant, lists.prefix, lists.bottom, lists.with_line):
        first_places: dict[str, str] = {}
        for place, line in enumerate(of_list.lines):
            written = line.pattern.pattern + (line.condition.pattern if line.condition else "")
            if written in first_places:
                problem_list.append(f"{line.where}: the same as {first_places[written]}")
                continue
            first_places[written] = line.where
            earlier = of_list.lines[:place]
            earlier_lists = lists.irrelevant.lines if of_list is lists.prefix else ()
            problem_list += _of_line(line, (*earlier_lists, *earlier))
    return problem_list


def _of_line(line: Line, earlier: tuple[Line, ...]) -> Iterator[str]:
    if line.pattern.match(""):
        yield f"{line.where}: matches everything, even the empty name"
        return
    if all(line.pattern.match(name) for name in ORDINARY):
        yield f"{line.where}: matches every name"
    if not line.examples:
        yield f"{line.where}: has no example (add two spaces, #, a name)"
        return
    if module := _module(line):
        yield (
            f"{line.where}: matches frames of modules, too, such as {module}"
            f" (end it with $ or [^@]*$, or say {_OFFSET})"
        )
    for name in line.examples:
        if not line.pattern.match(name):
            yield f"{line.where}: does not match {name}"
        elif first := _first(name, earlier):
            yield f"{line.where}: does not decide on {name}; {first.where} already does"


def _module(line: Line) -> str | None:
    """Return a frame of a module whose name begins like an example, and that the line matches."""
    if _OFFSET in line.pattern.pattern:
        return None
    beginnings = (
        file[:length]
        for file in (_NOT_OF_A_FILE.split(name, maxsplit=1)[0] for name in line.examples)
        for length in range(1, len(file) + 1)
    )
    frames = (f"{text}{ending}{_OFFSET}1" for text in beginnings for ending in _ENDINGS)
    return next((frame for frame in frames if line.pattern.match(frame)), None)


def _first(name: str, lines: tuple[Line, ...]) -> Line | None:
    return next((line for line in lines if not line.condition and line.pattern.match(name)), None)


def main() -> int:
    """Print the problems; return 1 when there are any."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else SHIPPED
    try:
        problem_list = problems(read(folder))
    except BadList as error:
        problem_list = [str(error)]
    for problem in problem_list:
        sys.stdout.write(f"{folder.name}/{problem}\n")
    return 1 if problem_list else 0


if __name__ == "__main__":
    sys.exit(main())
