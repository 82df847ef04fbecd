import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from socorro import quick_json

TEXTS = st.text(st.characters(exclude_categories=["Cs"]) | st.just("\x00"))
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS,
    lambda values: st.lists(values) | st.dictionaries(TEXTS, values),
)


@given(VALUES)
def test_what_is_written_is_read_by_everybody(value: object) -> None:
    assert json.loads(quick_json.dumps(value)) == value


@given(VALUES)
def test_what_everybody_writes_is_read_alike(value: object) -> None:
    assert quick_json.loads(json.dumps(value).encode()) == value


@given(VALUES)
def test_json_is_clean_only_without_nul(value: object) -> None:
    if quick_json.is_clean(value):
        assert "\x00" not in _all_text(value)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'{"a": NaN, "b": -Infinity}', {"a": None, "b": None}),
        (b'"\\ud83d"', "\ud83d"),
        (b"[" * 600 + b"]" * 600, json.loads("[" * 600 + "]" * 600)),
        (b'{"a": 1, "a": 2}', {"a": 2}),
    ],
)
def test_what_is_no_strict_json_is_read_nevertheless(text: bytes, value: object) -> None:
    assert quick_json.loads(text) == value


@pytest.mark.parametrize("text", [b"", b"{", b"\xff", b"[1,]", b"walker"])
def test_what_is_no_json_is_refused(text: bytes) -> None:
    with pytest.raises(ValueError):
        quick_json.loads(text)


def test_json_that_is_nested_without_end_is_refused() -> None:
    with pytest.raises(RecursionError):
        quick_json.loads(b"[" * 100_000)


@pytest.mark.parametrize(
    ("value", "text"), [({1: 2}, b'{"1": 2}'), ([10**30], b"[1" + b"0" * 30 + b"]")]
)
def test_what_the_fast_way_refuses_is_written_by_the_slow_one(value: object, text: bytes) -> None:
    assert quick_json.dumps(value) == text


@pytest.mark.parametrize("value", ["\x00", {"\x00": 1}, ["\ud83d"], {"a": {"b": ["c\x00"]}}])
def test_text_that_no_database_takes_is_not_clean(value: object) -> None:
    assert not quick_json.is_clean(value)
    assert quick_json.is_clean(["\u00e9", {"a": "\\u0041"}])


def _all_text(value: object) -> str:
    if isinstance(value, dict):
        return "".join(map(_all_text, [*value, *value.values()]))
    return "".join(map(_all_text, value)) if isinstance(value, list) else str(value)
