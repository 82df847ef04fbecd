"""Who may see what: protected unless declared public, hidden unless declared."""

from pathlib import Path
from typing import Any

import hypothesis
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from socorro.fields import Field, copies, field_of, fields, is_public, problems, redact
from socorro.fields.coerce import DEEPEST, coerce
from socorro.fields.declaration import LONGEST_JSON, load, read


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
    "name", ["url", "email", "user_comments", "mdsw_stderr", "java_stack_trace_raw", "undeclared"]
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


@pytest.mark.parametrize(
    "note",
    [
        "Comments: longer than 1048576 bytes, dropped",
        "Email: sent more than once, the last value was kept",
        "comments: NUL or invalid characters were removed",
        "PluginUserComment: null, dropped",
        "URL cut to 10000 characters",
        "user_comments cut to 2000 characters in reports",
    ],
)
def test_a_note_that_says_what_the_user_wrote_is_hidden(note: str) -> None:
    notes = ["Version is missing", note, "TelemetryServerURL: dropped", None]
    raw = {"metadata": {"collector_notes": notes}}
    processed = {"collector_notes": notes, "processor_notes": notes}

    shown = [redact("raw_crash", raw)["metadata"], redact("processed_crash", processed)]

    public = [notes[0], *notes[2:]]
    assert shown == [
        {"collector_notes": public},
        {"collector_notes": public, "processor_notes": public},
    ]
    assert raw["metadata"]["collector_notes"] == processed["processor_notes"] == notes


@pytest.mark.parametrize("value", [{"a": "b"}, ["x"], 7, True, 1.5])
def test_a_value_of_another_type_than_declared_is_hidden(value: object) -> None:
    assert redact("processed_crash", {"signature": value}) == {}


def test_null_is_shown_where_the_field_is_public() -> None:
    assert redact("processed_crash", {"signature": None, "url": None}) == {"signature": None}


@pytest.mark.parametrize("kind", ["raw_crash", "processed_crash"])
def test_every_field_is_described_and_has_an_example_that_is_as_declared(kind: Any) -> None:
    for name, field in fields(kind).items():
        assert field.description, name
        assert field.examples, name
        assert [problems(kind, {name: example}) for example in field.examples] == [
            [] for _ in field.examples
        ], name


@pytest.mark.parametrize(
    "entry",
    [
        {"type": "text"},
        {},
        {"type": "string", "permission": "none"},
        {"type": "string", "x": 1},
        {"type": "string", "search": "fast"},
        {"type": "string", "maxLength": 0},  # 1 is the least: see the next test
        {"type": "string", "maxLength": "9"},
        {"type": "string", "source_annotation": 7},
        {"type": "string", "description": ""},
        {"type": "string", "examples": []},
        {"type": "integer", "examples": [True]},
        {"type": "integer", "examples": ["1"]},
        {"type": "array", "items": {"type": "x"}},
        {"type": "array", "items": {"type": "string", "source_annotation": "A"}},
    ],
)
def test_a_wrong_declaration_is_refused(entry: dict[str, object]) -> None:
    whole = {"description": "d", "examples": ["e"], **entry}

    with pytest.raises(ValueError):
        read("wrong", whole)


@pytest.mark.parametrize("length", [1, 2])
def test_the_shortest_longest_text_has_one_character(length: int) -> None:
    entry = {"type": "string", "description": "d", "examples": ["e"], "maxLength": length}

    declared = read("field", entry)

    assert coerce(declared, "x" * length) == ("x" * length, "")
    assert coerce(declared, "x" * (length + 1)).value == "x" * length


def nested(depth: int) -> list[object]:
    """A list in a list, *depth* levels."""
    inner: list[object] = []
    for _ in range(depth - 1):
        inner = [inner]
    return inner


ENTRY = """
  {name}:
    description: d
    examples: [e]
    type: string
"""


@pytest.mark.parametrize(
    ("raw", "processed"),
    [
        (["A", "A"], []),
        ([], ["a", "a"]),
        (["A"], ["a\n    source_annotation: A"]),
        ([], ["a\n    source_annotation: A", "b\n    source_annotation: A"]),
    ],
)
def test_what_is_declared_twice_is_refused(
    raw: list[str], processed: list[str], tmp_path: Path
) -> None:
    for kind, names in {"raw_crash": raw, "processed_crash": processed}.items():
        entries = ""
        for name in names:
            name, _, more = name.partition("\n")
            entries += ENTRY.format(name=name) + (f"{more}\n" if more else "")
        (tmp_path / f"{kind}.yaml").write_text(f"properties:{entries or ' {}'}\n")

    with pytest.raises(ValueError, match="twice"):
        load(tmp_path)


def test_a_copied_annotation_is_declared_with_its_copy_and_has_its_permission() -> None:
    for annotation, field in copies():
        sent = field_of("raw_crash", annotation)
        assert sent is not None
        assert (sent.type, sent.public) == ("string", field.public), annotation


@pytest.mark.parametrize(
    ("kind", "text", "expected", "problem"),
    [
        ("string", "x" * 10_000, "x" * 10_000, ""),
        ("string", "x" * 10_001, "x" * 10_000, "cut to 10000 characters"),
        ("string", "", "", ""),
        ("integer", " 262144 ", 262144, ""),
        ("integer", "", None, ""),
        ("integer", "9" * 18, int("9" * 18), ""),
        ("integer", str(2**63 - 1), 2**63 - 1, ""),
        ("integer", str(2**63), 2**63 - 1, "is over 2^63 - 1, which was stored"),
        ("integer", f" {2**64 - 1} ", 2**63 - 1, "is over 2^63 - 1, which was stored"),
        ("integer", str(2**64), None, "is not of type integer"),
        ("integer", "-" + "9" * 19, None, "is not of type integer"),
        ("integer", " " * 99 + "1", 1, ""),
        ("integer", " " * 100 + "1", None, "is not of type integer"),
        ("integer", "1.5", None, "is not of type integer"),
        ("integer", "1e400", None, "is not of type integer"),
        ("integer", "٣", None, "is not of type integer"),
        ("number", "-1.5e3", -1500.0, ""),
        ("number", "9" * 40, float("9" * 40), ""),
        ("number", "9" * 41, None, "is not of type number"),
        ("number", "1." + "5" * 40, float("1." + "5" * 40), ""),
        ("number", "1." + "5" * 41, None, "is not of type number"),
        ("number", "0e9999", 0.0, ""),
        ("number", "0e10000", None, "is not of type number"),
        ("number", " " * 199 + "1", 1.0, ""),
        ("number", " " * 200 + "1", None, "is not of type number"),
        ("number", "1e400", None, "is not of type number"),
        ("number", "inf", None, "is not of type number"),
        ("number", "nan", None, "is not of type number"),
        ("number", "1_0", None, "is not of type number"),
        ("boolean", "TRUE", True, ""),
        ("boolean", "0", False, ""),
        ("boolean", " " * 99 + "1", True, ""),
        ("boolean", " " * 100 + "1", None, "is not of type boolean"),
        ("boolean", "perhaps", None, "is not of type boolean"),
        ("object", '{"a": NaN}', {"a": None}, ""),
        ("object", "[1]", None, "is not of type object"),
        ("object", "{", None, "is not of type object"),
        ("object", "{" * 10_000, None, "is not of type object"),
        ("array", "[" * DEEPEST + "]" * DEEPEST, nested(DEEPEST), ""),
        ("array", "[" * (DEEPEST + 1) + "]" * (DEEPEST + 1), None, "is not of type array"),
        ("array", "[" * 10_000 + "]" * 10_000, None, "is not of type array"),
        ("array", "[1]", [1], ""),
        ("array", "[1" + "0" * 5000 + "]", None, "is not of type array"),
        ("array", " " * (LONGEST_JSON - 2) + "[]", [], ""),
        ("array", " " * (LONGEST_JSON - 1) + "[]", None, "is longer than 200000 characters"),
    ],
)
def test_text_is_converted_to_the_declared_type_or_the_problem_is_reported(
    kind: str, text: str, expected: object, problem: str
) -> None:
    examples = {"string": "", "integer": 1, "number": 1.5, "boolean": True, "object": {}}
    declared = read(
        "field", {"type": kind, "description": "d", "examples": [examples.get(kind, [])]}
    )

    assert coerce(declared, text) == (expected, problem)


@settings(deadline=None)
@hypothesis.given(
    st.sampled_from(copies()),
    st.text()
    | st.binary().map(
        lambda body: body.decode("utf-16", "surrogatepass") if len(body) % 2 == 0 else ""
    ),
)
def test_any_text_becomes_a_value_as_declared_or_none(copy: tuple[str, Field], text: str) -> None:
    _, declared = copy

    value, problem = coerce(declared, text)

    assert problems("processed_crash", {declared.name: value}) == []
    assert text not in problem or len(text) < 3


def test_problems_name_the_place_and_never_the_value() -> None:
    document = {
        "signature": 7,
        "addons": ["a", {"private": 1}],
        "java_exception": {"exception": {"values": "private"}},
        "json_dump": {"pid": "private", "new": "fine"},
        "invented": "private",
        "uptime": True,
        "url": None,
    }

    assert problems("processed_crash", document) == [
        "signature: not of type string",
        "addons[1]: not of type string",
        "java_exception.exception.values: not of type array",
        "json_dump.pid: not of type integer",
        "invented: not declared",
        "uptime: not of type integer",
    ]
    assert problems("raw_crash", {"Invented": "fine", "Version": 7}) == [
        "Version: not of type string"
    ]


@pytest.mark.parametrize(("count", "reported"), [(99, 99), (100, 100), (101, 100), (1000, 100)])
def test_at_most_100_problems_are_reported(count: int, reported: int) -> None:
    document = {f"x{number}": 1 for number in range(count)}

    assert len(problems("processed_crash", document)) == reported


@pytest.mark.parametrize(("length", "shown"), [(300, 300), (301, 300), (10_000, 300)])
def test_a_problem_has_at_most_300_characters(length: int, shown: int) -> None:
    name = "x" * (length - len(": not declared"))

    [problem] = problems("processed_crash", {name: 1})

    assert len(problem) == shown


def leaks(declared: Field | None, value: object) -> bool:
    """Return whether *value* contains anything that is not declared public."""
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
@hypothesis.given(st.dictionaries(NAMES, VALUES))
def test_nothing_leaks(document: dict[str, object]) -> None:
    shown = redact("processed_crash", document)

    assert not any(leaks(field_of("processed_crash", name), part) for name, part in shown.items())
