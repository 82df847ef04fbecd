"""The table of docs/doctor.md: every check of `socorro doctor`, by subject."""

import re
from collections.abc import Iterator
from typing import Final

from cli.doctor.checks import CHECKS
from cli.doctor.report import SUBJECTS

MARKED: Final = re.compile(r"(<!-- checks -->)\n.*?(<!-- end -->)", re.DOTALL)


def page(text: str) -> str:
    """Return the page with today's table between its marks."""
    table = "\n".join(_rows())
    return MARKED.sub(lambda marks: f"{marks[1]}\n\n{table}\n\n{marks[2]}", text)


def _rows() -> Iterator[str]:
    yield "| Subject | `--only` | Ok when |"
    yield "|---|---|---|"
    for subject, title in SUBJECTS.items():
        for number, check in enumerate(one for one in CHECKS if one.subject == subject):
            names = ("", "") if number else (title, f"`{subject}`")
            yield f"| {names[0]} | {names[1]} | {check.sentence} |"
