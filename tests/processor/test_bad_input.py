"""Whatever clients and walkers send: notes instead of failures, bounded and as declared."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from processor.pipeline import Rule, run_rules
from processor.process import process
from processor.row import to_row, user_info
from processor.ruleset import INPUTS, RULESETS
from processor.stackwalk import OK, Walk
from processor.stackwalk_json import normalize
from socorro import quick_json
from socorro.crash import MAIN_DUMP, RawCrash
from socorro.fields import field_of, fields, problems, redact
from tests.builders import NOON, make_crash

OURS = {*INPUTS, *(name for step in RULESETS["default"] for name in step.writes)}
ANNOTATIONS = sorted({name for step in RULESETS["default"] for name in step.reads} - OURS)

BAD = {
    "nothing": "",
    "blanks": " \t\r\n",
    "NUL": "\x00" * 1000,
    "1601": "-11644473600",
    "9999": "253402300799",
    "negative": "-1",
    "inf": "inf",
    "nan": "NaN",
    "overflow": "1e400",
    "digits": "9" * 5000,
    "other digits": "٣٤",
    "1 MB": "x" * 2**20,
    "1 MB of lines": "\n" * 2**20,
    "1 MB of colons": ":" * 2**20,
    "1 MB of commas": "," * 2**20,
    "surrogates": "\ud800\udfff\udc00" * 1000,
    "controls": "".join(map(chr, range(32))),
    "deep list": "[" * 10_000 + "]" * 10_000,
    "deep object": '{"a":' * 10_000 + "1" + "}" * 10_000,
    "open object": '{"exception": {"values": [',
    "escaped surrogate": '{"a": "\\ud800", "values": [{"\\u0000": 1}]}',
    "huge number": "[1" + "0" * 4000 + "]",
    "wrong types": '{"build": [], "partner": 7, "exception": {"values": [{"type": {}}]}}',
    "null": "null",
    "add-ons": ",".join(f"addon{number}%40example.org:1" for number in range(5000)),
    "percents": "%" * 10_000,
    "bad percents": "%ff%fe%00:%zz",
    "markup": "<script>alert(1)</script>",
}


@pytest.mark.parametrize("value", BAD.values(), ids=BAD)
def test_one_bad_value_in_every_annotation_fails_no_rule(value: str) -> None:
    raw = replace(make_crash(), annotations=dict.fromkeys(ANNOTATIONS, value))

    processed = process(RawCrash.from_json(raw.to_json()), {})

    row, _ = to_row(processed)
    assert processed["success"], processed["processor_notes"]
    assert problems("processed_crash", processed) == []
    assert len(json.dumps(processed)) < 2 * 2**20
    assert len(quick_json.dumps(row)) < 2**17
    assert max(map(len, processed["processor_notes"])) <= 300
    assert "\x00" not in str(processed)
    json.dumps({**row, **user_info(processed)}, ensure_ascii=False).encode()


@pytest.mark.parametrize("value", [None, True, 7, 1.5, [], {"a": [None]}, "text"])
def test_annotations_of_other_types_in_a_stored_raw_crash_are_text(value: object) -> None:
    document = {**dict.fromkeys(ANNOTATIONS, value), **make_crash().document()}

    processed = process(RawCrash.from_json(json.dumps(document)), {})

    assert processed["success"], processed["processor_notes"]
    assert problems("processed_crash", processed) == []


def test_notes_name_annotations_and_never_what_they_hold() -> None:
    marked = {name: f"xyzzy {name}" for name in ANNOTATIONS}

    processed = process(replace(make_crash(), annotations=marked), {})

    assert len(processed["processor_notes"]) > 20
    assert "xyzzy" not in str(processed["processor_notes"])


def test_an_annotation_of_ten_thousand_names_shows_none_of_them() -> None:
    many = {f"Invented{number}": "xyzzy" for number in range(10_000)}

    processed = process(replace(make_crash(), annotations=many), {})

    assert "xyzzy" not in str(processed)
    assert "Invented" not in str(processed)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=8,
)
WORDS = st.sampled_from(
    ["libflashplayer.so", "NPSWF32_11_1.dll", "0x8", "Windows NT", "10.0.1", "x"]
)


def mostly(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with the expected values, or with anything else."""
    return st.fixed_dictionaries({}, optional={name: part | JSON for name, part in values.items()})


FRAME = mostly(
    module=WORDS,
    function=WORDS,
    file=WORDS,
    line=st.integers(),
    inlines=st.lists(JSON, max_size=2),
)
THREAD = mostly(frames=st.lists(FRAME | JSON, max_size=4), thread_name=WORDS)
DUMPS = mostly(
    crash_info=mostly(
        type=WORDS,
        address=WORDS,
        crashing_thread=st.integers(-1, 3),
        adjusted_address=mostly(
            kind=st.sampled_from(["null-pointer", "non-canonical"]), address=WORDS, offset=WORDS
        ),
        possible_bit_flips=st.lists(mostly(confidence=st.floats()), max_size=3),
        memory_accesses=st.lists(mostly(is_likely_guard_page=st.booleans()), max_size=3),
        crash_inconsistencies=st.lists(WORDS, max_size=3),
    ),
    system_info=mostly(os=WORDS, os_ver=WORDS, cpu_arch=WORDS, cpu_count=st.integers()),
    threads=st.lists(THREAD, max_size=3),
    crashing_thread=THREAD,
    modules=st.lists(
        mostly(filename=WORDS, debug_id=WORDS, missing_symbols=st.booleans(), cert_subject=WORDS),
        max_size=4,
    ),
    lsb_release=mostly(description=WORDS),
    mac_crash_info=mostly(records=st.lists(JSON, max_size=2)),
    mac_boot_args=WORDS,
    soft_errors=st.lists(JSON, max_size=3),
).map(normalize)  # fmt: skip

TEXT = (
    st.text(max_size=200)
    | st.from_regex(r"-?\d{1,20}(\.\d{1,3})?", fullmatch=True)
    | st.sampled_from(["1", "true", "beta", "esr", "a:1,b", "plugin", *BAD.values()])
    | JSON.map(json.dumps)
)
INPUT_VALUES: dict[str, st.SearchStrategy[Any]] = {
    "id": st.just("0bba929f-8721-460c-8e70-a43c00261123"),
    "submitted": st.just(NOON),
    "metadata": mostly(throttle_rule=WORDS, throttle_rate=st.floats(), collector_notes=JSON),
    "json_dump": st.none() | DUMPS,
    "mdsw_status_string": st.sampled_from(["OK", "Timeout"]),
    "extra_dumps": st.dictionaries(
        st.just("upload_file_minidump_x"), DUMPS.map(lambda dump: {"json_dump": dump}), max_size=1
    ),
}  # fmt: skip
BY_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "string": TEXT.map(lambda text: text[:1000]),
    "integer": st.integers(-(2**40), 2**40),
    "number": st.floats(allow_nan=False),
    "boolean": st.booleans(),
    "object": st.just({}),
    "array": st.just([]),
}


def values_of(name: str) -> st.SearchStrategy[Any]:
    """What a rule may find: anything a client may send, or what an earlier rule wrote."""
    if name in INPUT_VALUES:
        return INPUT_VALUES[name]
    declared = field_of("processed_crash", name) if name in OURS else None
    return TEXT if declared is None else st.none() | BY_TYPE[declared.type]


@pytest.mark.parametrize("step", RULESETS["default"], ids=lambda step: step.name)
@settings(deadline=None, max_examples=40, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_a_rule_alone_never_fails_and_writes_what_is_declared(
    step: Rule, data: st.DataObject
) -> None:
    names = sorted(step.reads)
    if len(names) > 20:  # the copies: some at a time
        names = data.draw(st.lists(st.sampled_from(names), max_size=5, unique=True))
    values = {name: data.draw(values_of(name), label=name) for name in names}
    ours = {name: value for name, value in values.items() if name in OURS}
    theirs = {name: value for name, value in values.items() if name not in OURS}

    outcome = run_rules((step,), theirs, {**dict.fromkeys(INPUTS), **ours})

    written = {name: value for name, value in outcome.processed.items() if name != "extra_dumps"}
    if "json_dump" in written:  # the walker's own keys have no declared type
        written.pop("json_dump")
    assert outcome.failed == [], outcome.notes
    assert problems("processed_crash", written) == []
    redact("processed_crash", written)
    json.dumps(outcome.processed)


def test_a_crash_whose_dump_never_came_is_processed() -> None:  # defect 22 of earlier systems
    processed = process(make_crash(), {})

    assert processed["mdsw_status_string"] == "NoMinidump"
    assert processed["success"] is True
    assert processed["json_dump"] is None


def test_a_rule_that_failed_makes_success_false(monkeypatch: pytest.MonkeyPatch) -> None:
    # Defect 5 of earlier systems: success was true whatever happened.
    def fail(_: object) -> dict[str, Any]:
        raise ZeroDivisionError("private")

    first = RULESETS["default"][0]
    broken = (Rule(first.name, first.reads, first.writes, fail), *RULESETS["default"][1:])
    monkeypatch.setitem(RULESETS, "default", broken)

    processed = process(make_crash(), {MAIN_DUMP: Walk(OK, {})})

    assert processed["success"] is False
    assert processed["processor_notes"][0] == f"rule {first.name} failed: ZeroDivisionError"
    assert "private" not in str(processed)
    assert processed["product"] == "Firefox"


def test_every_rule_reads_only_names_that_are_sent_or_written() -> None:
    # Defect 16 of earlier systems: a rule read product_name, which nothing wrote, to no effect.
    readable = {*INPUTS, *fields("raw_crash")}

    for step in RULESETS["default"]:
        assert step.reads <= readable, step.name
        readable |= step.writes
