"""Checks the signature lists line by line: `python -m socorro.signature.lint [FOLDER]`.

Each line has to give example names. It must match them, and it must be the line that decides on
them: no earlier line matches, and no line of a list with precedence. No line may be there twice,
and none may match all of some ordinary names that belong in no list.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from socorro.signature.lists import SHIPPED, BadList, Line, Lists, read

# Names that no list has a reason to match: a pattern that matches all of them matches everything.
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
    for name in line.examples:
        if not line.pattern.match(name):
            yield f"{line.where}: does not match {name}"
        elif first := _first(name, earlier):
            yield f"{line.where}: does not decide on {name}; {first.where} already does"


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
