"""The signature of every test dump is the one that a person who reads the stack would choose."""

import pytest

from socorro.signature.crash_data import of_walk
from socorro.signature.generate import generate
from tests.processor.goldens import CASES, Case
from tests.signature.test_tables import rows

SIGNATURES = dict(row.values for row in rows("dumps.txt"))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.path.stem)
def test_a_dump_has_the_same_signature_from_both_walkers(case: Case) -> None:
    dump = case.walk().json_dump

    signature = generate(of_walk(dump)).signature if dump else None

    assert signature == SIGNATURES.get(case.dump.stem)
