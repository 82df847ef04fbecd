"""Who may see what: protected unless declared public, hidden unless declared."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socorro.fields import Field, _read, field_of, fields, is_public, redact


@pytest.mark.parametrize(
    "name",
    ["URL", "Email", "Comments", "StackTraces", "TelemetryEnvironment", "ProfileDirectory",
     "JavaStackTrace", "UserID", "ServerURL", "guid", "NobodyDeclaredThis"],
)  # fmt: skip
def test_private_annotations_are_hidden(name: str) -> None:
    assert not is_public("raw_crash", name)
    assert redact("raw_crash", {name: "x"}) == {}


def test_public_annotations_are_shown() -> None:
    raw = {
        "ProductName": "Firefox",
        "Version": "1",
        "metadata": {"user_agent": "x", "payload": "json"},
    }

    assert redact("raw_crash", raw) == {
        "ProductName": "Firefox",
        "Version": "1",
        "metadata": {"payload": "json"},
    }


@pytest.mark.parametrize(
    "name", ["url", "email", "user_comments", "mdsw_stderr", "java_stack_trace", "undeclared"]
)
def test_private_fields_of_a_processed_crash_are_hidden(name: str) -> None:
    assert redact("processed_crash", {name: "x", "signature": "s"}) == {"signature": "s"}


def test_registers_and_unknown_keys_are_hidden_at_every_depth() -> None:
    frame = {
        "function": "f",
        "registers": {"eax": "0x1"},
        "new": 1,
        "inlines": [{"function": "g", "new": 2}],
    }
    thread = {"frames": [frame], "thread_name": "t", "new": 3}
    dump = {
        "threads": [thread],
        "crashing_thread": thread,
        "new": 4,
        "modules": [{"filename": "m", "new": 5}],
    }

    shown = redact(
        "processed_crash", {"json_dump": dump, "upload_file_minidump_x": {"json_dump": dump}}
    )

    public_thread = {
        "frames": [{"function": "f", "inlines": [{"function": "g"}]}],
        "thread_name": "t",
    }
    public = {
        "threads": [public_thread],
        "crashing_thread": public_thread,
        "modules": [{"filename": "m"}],
    }
    assert shown == {"json_dump": public, "upload_file_minidump_x": {"json_dump": public}}


@pytest.mark.parametrize("value", [{"a": "b"}, ["x"], 7, True, 1.5])
def test_a_value_of_another_type_than_declared_is_hidden(value: object) -> None:
    assert redact("processed_crash", {"signature": value}) == {}


def test_null_is_shown_where_the_field_is_public() -> None:
    assert redact("processed_crash", {"signature": None, "url": None}) == {"signature": None}


@pytest.mark.parametrize("kind", ["raw_crash", "processed_crash"])
def test_every_field_is_described(kind: Any) -> None:
    assert [name for name, found in fields(kind).items() if not found.description] == []


@pytest.mark.parametrize(
    "told",
    [{"type": "text"}, {}, {"type": "string", "permission": "none"}, {"type": "string", "x": 1}],
)
def test_a_wrong_declaration_is_refused(told: dict[str, object]) -> None:
    with pytest.raises(ValueError):
        _read("wrong", told)


def leaks(declared: Field | None, value: object) -> bool:
    """Say whether *value* holds anything that is not declared public."""
    if declared is None or not declared.public:
        return True
    if isinstance(value, dict):
        return any(leaks(declared.find(name), part) for name, part in value.items())
    if isinstance(value, list):
        return any(leaks(declared.items, part) for part in value)
    return False


NAMES = (
    st.sampled_from(sorted({*fields("processed_crash"), "frames", "registers", "x"})) | st.text()
)
VALUES = st.recursive(
    st.none() | st.text() | st.integers() | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=15,
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(NAMES, VALUES))
def test_nothing_leaks(document: dict[str, object]) -> None:
    shown = redact("processed_crash", document)

    assert not any(leaks(field_of("processed_crash", name), part) for name, part in shown.items())
