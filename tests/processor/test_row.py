"""The row of a report is bounded, whatever the processed crash holds."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from processor.pipeline import clean_all
from processor.process import process
from processor.row import LARGEST_FIELDS, TEXTS, to_row, user_info
from socorro import quick_json
from tests.builders import make_crash


def test_other_public_fields_are_kept_and_protected_ones_are_not() -> None:
    processed = process(
        make_crash(Theme="dark", URL="http://private", JavaStackTrace="private"), {}
    )

    row, _ = to_row(processed)

    assert row["fields"]["theme"] == "dark"
    assert "private" not in str(row)


@pytest.mark.parametrize("signature", ["it's", "a''b", 'say "no"', "back\\slash", "50%s"])
def test_a_signature_is_stored_as_it_is(signature: str) -> None:
    # Defect 23 of earlier systems: quotes were doubled for SQL, and stored so.
    row, _ = to_row({**process(make_crash(), {}), "signature": signature})

    assert row["signature"] == signature


def test_large_fields_stay_in_the_crash_store_with_a_note() -> None:
    processed = {**process(make_crash(), {}), "addons": ["a" * 200] * 1000}

    row, notes = to_row(processed)

    assert "addons" not in row["fields"]
    assert notes == ["addons is too large for reports"]


def test_no_column_has_what_nobody_declared() -> None:
    row, _ = to_row({**process(make_crash(), {}), "unknown": "xyzzy"})

    assert "xyzzy" not in str(row)


VALUES = st.none() | st.integers() | st.text() | st.lists(st.text(), max_size=3) | st.booleans()
KEYS = sorted({key for key, _ in TEXTS.values()} | {"uptime", "url", "email", "addons", "theme"})


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(st.sampled_from(KEYS), VALUES))
def test_any_values_make_a_row_that_fits(values: dict[str, object]) -> None:
    processed = clean_all({**process(make_crash(), {}), **values})

    row, _ = to_row(processed)

    assert all(
        row[column] is None or len(row[column]) <= most for column, (_, most) in TEXTS.items()
    )
    assert row["uptime"] is None or abs(row["uptime"]) <= 2**31
    assert len(quick_json.dumps(row["fields"])) <= LARGEST_FIELDS
    assert all(value is None or len(value) <= 2000 for value in user_info(processed).values())
