"""The signature of every dump that lies here, as a person who reads the stack would name it."""

import pytest

from socorro.signature.crash_data import of_walk
from socorro.signature.generate import generate
from tests.processor.goldens import CASES, Case
from tests.signature.test_tables import rows

SIGNATURES = dict(row.values for row in rows("dumps.txt"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path.stem)
def test_a_dump_has_the_same_signature_from_both_walkers(case: Case) -> None:
    found = case.walk().json_dump

    signature = generate(of_walk(found)).signature if found else None

    assert signature == SIGNATURES.get(case.dump.stem)
