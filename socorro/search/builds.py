"""Ranges of build ids (`build_id=>=20261101000000`): they are text, but sort like numbers.

Engines compare numbers and dates only, so a range becomes a regular expression that 14 digits
match. A shorter id, a date, stands for all builds of that time: `>20261101` begins on 2 November.
"""

import re
from typing import Final

from socorro.search.errors import quote

BUILDS: Final = frozenset({"build", "application_build_id"})  # fields
DIGITS: Final = 14  # YYYYMMDDhhmmss
_BUILD = re.compile(r"\d{4,14}", re.ASCII)


def build_range(operator: str, text: str) -> str:
    """Return the regular expression of > >= < <= and a build id, whole or its beginning.

    Raises ValueError with a sentence.
    """
    build = text.strip()
    if not _BUILD.fullmatch(build):
        raise ValueError(
            f"{quote(text)} is no build id: write YYYYMMDDhhmmss, or its beginning, e.g. 20261101."
        )
    # ">" and "<=" are about the last build of that time, ">=" and "<" about the first.
    edge = build.ljust(DIGITS, "9" if operator in (">", "<=") else "0")
    is_lower = operator.startswith(">")
    alternatives = [
        f"{edge[:place]}[{_digits(digit, is_lower)}][0-9]{{{DIGITS - place - 1}}}"
        for place, digit in enumerate(edge)
        if digit != ("9" if is_lower else "0")
    ]
    if operator.endswith("="):
        alternatives.append(edge)
    if not alternatives:
        raise ValueError(f"No build id is {operator} {build}.")
    return f"^(?:{'|'.join(alternatives)})$"


def _digits(digit: str, is_lower: bool) -> str:
    """Return the digits above or below one, for use in [ ]."""
    return f"{int(digit) + 1}-9" if is_lower else f"0-{int(digit) - 1}"
