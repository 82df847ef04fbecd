"""Pinned outcomes: crashes, and their signatures by one number of ALGORITHM in each style.

`tests/signature/outcomes.jsonl` begins with the number and has one crash on each line: its stack
as in `tables/`, the fields of `CrashData` that matter, and its signature in the default style;
those in other styles only where they differ. After an intended change, raise ALGORITHM, write the
file again, and read the difference before you commit it:

    .venv/bin/python -m tests.signature.outcomes

It refuses to write other outcomes for the number that the file has. While that number is in no
release yet, add `--unreleased`.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from socorro.signature.crash_data import CrashData
from socorro.signature.generate import ALGORITHM, OURS, STYLES, generate
from tests.signature.test_tables import frame

PATH = Path(__file__).parent / "outcomes.jsonl"


def crash_of(case: dict[str, Any]) -> CrashData:
    """Return the crash of a line; *main thread* is a stack, too."""
    fields = {name: value for name, value in case.items() if name not in (*STYLES, "stack")}
    main_thread = _frames(fields.pop("main thread", ""))
    return CrashData(_frames(case["stack"]), 0, first_thread=main_thread, **fields)


def _frames(stack: str) -> list[dict[str, Any]]:
    return [frame(text) for text in stack.split(" / ")] if stack else []


def outcome(case: dict[str, Any]) -> dict[str, Any]:
    """Return the line with the signatures that the code gives today."""
    crash = crash_of(case)
    ours = generate(crash).signature
    others = {style: generate(crash, style).signature for style in STYLES if style != OURS}
    differing = {style: signature for style, signature in others.items() if signature != ours}
    crash_fields = {name: value for name, value in case.items() if name not in STYLES}
    return {**crash_fields, OURS: ours, **differing}


def recorded() -> tuple[str, list[dict[str, Any]]]:
    """Return the ALGORITHM of the file, and its lines."""
    first, *lines = PATH.read_text().splitlines()
    return json.loads(first)["algorithm"], [json.loads(line) for line in lines]


def text(cases: list[dict[str, Any]]) -> str:
    """Return the file as the code of today would write it."""
    return "\n".join(_lines(cases)) + "\n"


def _lines(cases: list[dict[str, Any]]) -> Iterator[str]:
    yield json.dumps({"algorithm": ALGORITHM})
    yield from (json.dumps(outcome(case)) for case in cases)


def refusal(algorithm: str, cases: list[dict[str, Any]]) -> str | None:
    """Say why the file must not be written; None when it may."""
    changed = [case["stack"] for case in cases if OURS in case and outcome(case) != case]
    if algorithm != ALGORITHM or not changed:
        return None
    return f"ALGORITHM is still {ALGORITHM}, but these have another signature: {changed}"


def main(arguments: list[str]) -> int:
    """Write the file; return 1 when it is refused."""
    algorithm, cases = recorded()
    reason = refusal(algorithm, cases)
    if reason and "--unreleased" not in arguments:
        sys.stderr.write(f"{reason}\n")
        return 1
    PATH.write_text(text(cases))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
