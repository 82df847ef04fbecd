"""The tables of docs/signatures.md: names, lists and rules, from the tests and the lists.

docs/generate.py puts them between the page's marks; a test fails when they are stale.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, NamedTuple

from socorro.signature.lists import SHIPPED, Line, parse
from socorro.signature.normalize import printable
from socorro.signature.rules import AFTER_THE_STACK

TABLES: Final = Path(__file__).parents[1] / "tests/signature/tables"
ARROW: Final = "  =>  "
LANGUAGES: Final = {
    "cpp": "C++", "rust": "Rust", "swift": "Swift", "go": "Go", "objc": "Objective-C",
    "jvm": "Java, Kotlin",
}  # fmt: skip
LISTS: Final = ("sentinels", "irrelevant", "prefix", "bottom", "with_line")
_LONGEST: Final = 70  # characters of a name in a table
_MARKED = re.compile(r"(<!-- made from the tests: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


class Example(NamedTuple):
    """A line of a table of the tests, under its heading."""

    heading: str
    before: str
    after: str


def page(text: str) -> str:
    """Return the page with today's tables between its marks."""
    tables: Mapping[str, Callable[[], Iterator[str]]] = {
        "names": _names, "lists": _lists, "rules": _rules,
    }  # fmt: skip

    def table(marks: re.Match[str]) -> str:
        return "\n".join([marks[1], *tables[marks[2]](), "", marks[3]])

    return _MARKED.sub(table, text)


def examples(name: str) -> Iterator[Example]:
    """Yield the lines of a table of the tests."""
    heading = ""
    for line in (TABLES / f"{name}.txt").read_text().splitlines():
        if line.startswith("# "):
            heading = line[2:].rstrip(".")
        elif line:
            before, after = line.split(ARROW)
            yield Example(heading, before, after)


def _names() -> Iterator[str]:
    """Yield for each heading the first name that changes; the shortest say most."""
    yield "| Language | What | Name in the symbol file | Name in signatures |"
    yield "|---|---|---|---|"
    for table, language in LANGUAGES.items():
        headings: set[str] = set()
        for example in examples(table):
            if example.before == example.after or example.heading in headings:
                continue
            headings.add(example.heading)
            name = printable(example.after)
            yield _row(language, example.heading, _code(example.before), _code(name))


def _lists() -> Iterator[str]:
    yield "| List | Family | Lines | For example |"
    yield "|---|---|---|---|"
    for name in LISTS:
        for family, lines in _families((SHIPPED / f"{name}.txt").read_text()):
            names = ", ".join(_code(line.examples[0]) for line in lines[:3])
            yield _row(f"`{name}.txt`", family, str(len(lines)), names)


def _families(text: str) -> Iterator[tuple[str, tuple[Line, ...]]]:
    """Yield each comment above lines of a list, and these lines."""
    comment, block = "", ""
    for text_line in (*text.splitlines(), "# "):
        if not text_line.startswith("#"):
            block += f"{text_line}\n"
            continue
        if block.strip():
            yield comment.strip().rstrip("."), parse("", block).lines
            comment = ""
        comment = f"{comment} {text_line[1:].strip()}" if not block else text_line[1:].strip()
        block = ""


def _rules() -> Iterator[str]:
    yield "| Rule | What it does | Crash | Before | After |"
    yield "|---|---|---|---|---|"
    by_rule: dict[str, list[tuple[str, str]]] = {}
    for example in examples("rules"):
        name, crash = example.before.split(" ", 1)
        by_rule.setdefault(name, []).append((crash, example.after))
    for rule in AFTER_THE_STACK:
        does = (rule.__doc__ or "").splitlines()[0].rstrip(".")
        for place, (crash, changes) in enumerate(by_rule[rule.__name__]):
            fields = {name: sent for name, sent in json.loads(crash).items() if name != "stack"}
            sent = ", ".join(_code(f"{name}={value}") for name, value in fields.items())
            title = ("", "") if place else (f"`{rule.__name__}`", does)
            yield _row(*title, sent, *map(_code, changes.split(" -> ")))


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _code(text: str) -> str:
    """Return text as code in a cell of a table; long text is cut."""
    text = text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
    text = re.sub(" $", "␣", text).replace("|", "\\|").replace("\0", "\\u0000")
    return f"`` {text} ``" if "`" in text else f"`{text}`"
