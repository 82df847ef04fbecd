"""make bench-search generates its crashes, asks every question and judges it by its goal."""

import re
import subprocess
import sys
from pathlib import Path

from bench.search_questions import questions

CHECKOUT = Path(__file__).parent.parent


def test_every_question_is_asked_and_judged(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "bench.search", "--crashes", "4800", "--days", "2"]
    options = ["--rounds", "2", "--home", str(tmp_path)]

    done = subprocess.run(
        [*command, *options], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )

    lines = done.stdout.splitlines()
    names = [question.name for question in questions("")]
    judged = [
        name
        for name in names
        for line in lines
        if re.fullmatch(rf"{re.escape(name)}( +[\d,]+){{4}} +(met|MISSED): 60", line.rstrip())
    ]
    assert judged == names
    assert "4,800 crashes" in done.stdout
    assert (
        len(list(tmp_path.rglob("*.parquet"))) == 1 + 24
    )  # a day that is merged, and one of hours
