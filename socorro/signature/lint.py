"""Proves the lists of signatures line by line: `python -m socorro.signature.lint [FOLDER]`.

Each line has to name what it is there for. On these names it is shown to match, to be the line
that decides (no earlier line does, nor one of a list that is asked before), and not to be there
twice; on names that no list should know, that it does not match whatever comes.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from socorro.signature.lists import SHIPPED, BadList, Line, Lists, read

# Names that no list has a reason to match: all patterns that do, match (nearly) everything.
ORDINARY = ("CloseDir", "x", "app::View::draw", "(anonymous namespace)::Run", "foo.dll@0x12ab")


def problems(lists: Lists) -> list[str]:
    """Return what is wrong with the lists, in the order of their lines."""
    found = []
    for of_list in (lists.sentinels, lists.irrelevant, lists.prefix, lists.bottom, lists.with_line):
        seen: dict[str, str] = {}
        for place, line in enumerate(of_list.lines):
            written = line.pattern.pattern + (line.condition.pattern if line.condition else "")
            if written in seen:
                found.append(f"{line.where}: the same as {seen[written]}")
                continue
            seen[written] = line.where
            earlier = of_list.lines[:place]
            asked_before = lists.irrelevant.lines if of_list is lists.prefix else ()
            found += _of_line(line, (*asked_before, *earlier))
    return found


def _of_line(line: Line, earlier: tuple[Line, ...]) -> Iterator[str]:
    if line.pattern.match(""):
        yield f"{line.where}: matches everything, the empty name too"
        return
    if all(line.pattern.match(name) for name in ORDINARY):
        yield f"{line.where}: matches every name"
    if not line.examples:
        yield f"{line.where}: names nothing that it is there for (two spaces, #, a name)"
        return
    for name in line.examples:
        if not line.pattern.match(name):
            yield f"{line.where}: does not match {name}"
        elif first := _first(name, earlier):
            yield f"{line.where}: does not decide on {name}, {first.where} does before it"


def _first(name: str, lines: tuple[Line, ...]) -> Line | None:
    return next((line for line in lines if not line.condition and line.pattern.match(name)), None)


def main() -> int:
    """Print the problems; 1 when there are some."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else SHIPPED
    try:
        found = problems(read(folder))
    except BadList as why:
        found = [str(why)]
    for problem in found:
        sys.stdout.write(f"{folder.name}/{problem}\n")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
