"""Every dump, by either walker, becomes the processed crash it became before, every time."""

import json

import pytest

from processor.process import process, process_again
from processor.row import to_row
from socorro.crash import MAIN_DUMP
from socorro.fields import problems, redact
from tests.processor.goldens import CASES, FOLDER, Case, crash_of, text


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path.stem)
def test_a_dump_becomes_the_same_processed_crash_to_the_byte(case: Case) -> None:
    raw = crash_of(case.dump)

    first = process(raw, {MAIN_DUMP: case.walk()})
    second = process(raw, {MAIN_DUMP: case.walk()})

    assert json.dumps(first, sort_keys=True) == json.dumps(second, sort_keys=True)
    assert text(first) == case.path.read_text(), "see goldens.py"
    assert problems("processed_crash", first) == []
    assert "private.example" not in str([redact("processed_crash", first), to_row(first)])


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path.stem)
def test_a_signature_made_again_from_the_stored_crash_is_the_same(case: Case) -> None:
    raw = crash_of(case.dump)
    stored = json.loads(json.dumps(process(raw, {MAIN_DUMP: case.walk()})))

    again = process_again(raw, stored, "regenerate_signature")

    assert again == stored


def test_no_golden_file_is_left_over_and_all_are_small() -> None:
    sizes = {path: path.stat().st_size for path in FOLDER.iterdir()}

    assert set(sizes) == {case.path for case in CASES}
    assert sum(sizes.values()) < 3 * 2**20
