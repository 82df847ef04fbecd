"""Adding an annotation is one entry in one file; without it, the annotation is shown nowhere."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CHECKOUT = Path(__file__).parents[2]
COPIED = ("socorro", "processor", "middleware", "webapp", "sql")
ENTRY = """\
  coffee_level:
    description: How much coffee is left, per cent.
    examples: [40]
    type: integer
    permission: public
    source_annotation: CoffeeLevel
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A copy of the code, to be edited."""
    copy = tmp_path / "checkout"
    ignored = shutil.ignore_patterns("__pycache__")
    for package in COPIED:
        shutil.copytree(CHECKOUT / package, copy / package, ignore=ignored)
    shutil.copytree(CHECKOUT / "tests" / "fields", copy / "tests" / "fields", ignore=ignored)
    for path in (CHECKOUT / "tests").glob("*.py"):
        shutil.copy(path, copy / "tests")
    (copy / "tests" / "data").symlink_to(CHECKOUT / "tests" / "data")
    (copy / ".parts").symlink_to(CHECKOUT / ".parts")
    return copy


def shown(checkout: Path, dsn: str) -> dict[str, Any]:
    """Where the annotation CoffeeLevel can be seen, when that code runs."""
    command = [sys.executable, "-m", "tests.fields.shown", dsn, str(checkout.parent)]
    done = subprocess.run(
        command, cwd=checkout, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": "."}
    )
    assert done.returncode == 0, done.stderr
    places: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    assert places.pop("code") == str(checkout)
    return places


def test_an_undeclared_annotation_is_stored_and_shown_nowhere(checkout: Path, dsn: str) -> None:
    assert shown(checkout, dsn) == {
        "stored": "873187318731",
        "processed": None,
        "rest raw": None,
        "rest processed": None,
        "page": False,
        "dictionary": False,
        "reports": None,
        "bad value": None,
        "notes": [],
        "problems": [],
    }


def test_one_entry_in_one_file_adds_an_annotation(checkout: Path, dsn: str) -> None:
    declarations = checkout / "socorro/fields/processed_crash.yaml"
    text = declarations.read_text()
    declarations.write_text(text.replace("properties:\n", f"properties:\n{ENTRY}", 1))

    assert shown(checkout, dsn) == {
        "stored": "873187318731",
        "processed": 873187318731,
        "rest raw": "873187318731",
        "rest processed": 873187318731,
        "page": True,
        "dictionary": True,
        "reports": 873187318731,
        "bad value": None,
        "notes": ["CoffeeLevel is not of type integer"],
        "problems": [],
    }


def test_a_protected_entry_is_copied_and_shown_to_nobody(checkout: Path, dsn: str) -> None:
    declarations = checkout / "socorro/fields/processed_crash.yaml"
    entry = ENTRY.replace("    permission: public\n", "")
    text = declarations.read_text()
    declarations.write_text(text.replace("properties:\n", f"properties:\n{entry}", 1))

    places = shown(checkout, dsn)

    assert (places["processed"], places["dictionary"]) == (873187318731, True)
    assert [places[place] for place in ("rest raw", "rest processed", "page", "reports")] == [
        None, None, False, None,
    ]  # fmt: skip
