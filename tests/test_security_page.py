"""docs/security.md: the tests and files that it names exist, and every measure has all rows."""

import fnmatch
import re
from pathlib import Path

from tests.faults.registry import load_all

CHECKOUT = Path(__file__).parent.parent
PAGE = (CHECKOUT / "docs" / "security.md").read_text()
ROW_NAMES = ("Stops", "How", "Settings", "Tests")


def test_every_measure_says_what_it_stops_how_it_is_set_and_what_proves_it() -> None:
    sections = re.split(r"^## ", PAGE, flags=re.MULTILINE)[1:]
    measures = [section for section in sections if "| **" in section]

    assert len(measures) >= 15
    for section in measures:
        assert tuple(re.findall(r"^\| \*\*(\w+)\*\* \|", section, re.MULTILINE)) == ROW_NAMES


def test_every_test_that_the_page_names_exists() -> None:
    paths = (CHECKOUT / "tests").rglob("*.py")
    tests = {name for path in paths for name in re.findall(r"def (test_\w+)\(", path.read_text())}
    folders = re.findall(r"`(tests/[\w/.]+)`", PAGE)

    assert set(re.findall(r"`(test_\w+)`", PAGE)) - tests == set()
    assert [folder for folder in folders if not (CHECKOUT / folder).exists()] == []
    assert len(folders) >= 20


def test_every_fault_that_the_page_names_exists() -> None:
    names = [*load_all().faults]
    rows = re.findall(r"^\| \*\*Tests\*\* \|.*make test-faults.*$", PAGE, re.MULTILINE)
    quoted = [name for row in rows for name in re.findall(r"`([a-z]+(?:-[a-z*]+)+)`", row)]

    assert [name for name in quoted if not fnmatch.filter(names, name)] == []
    assert len(quoted) >= 6
