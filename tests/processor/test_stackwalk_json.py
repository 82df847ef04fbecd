"""The walker's JSON: whatever it contains, known keys have their type."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from processor.process import process, process_again
from processor.stackwalk import OK, Walk
from processor.stackwalk_json import BadOutput, parse
from socorro.crash import MAIN_DUMP
from socorro.signature.frames import frame_name
from tests.builders import make_crash

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    "text", [b"", b"null", b"[]", b'"x"', b"{", b"\xff", b"[" * 10_000, b'{"a":' * 10_000]
)
def test_what_is_no_json_object_is_bad_output(text: bytes) -> None:
    with pytest.raises(BadOutput):
        parse(text)


def test_a_number_of_many_digits_is_bad_output() -> None:
    with pytest.raises(BadOutput):
        parse(b'{"pid": ' + b"9" * 10_000 + b"}")


def test_missing_keys_have_their_type() -> None:
    dump, _ = parse(b"{}")

    assert dump["threads"] == []
    assert dump["modules"] == []
    assert dump["crashing_thread"] is None
    assert dump["crash_info"]["crashing_thread"] is None
    assert dump["system_info"]["os"] is None


def test_values_of_the_wrong_type_become_null_and_unknown_ones_stay() -> None:
    text = b"""{"crash_info": {"crashing_thread": true, "type": 7, "new": [1]}, "threads": [1,
        {"frames": [{"function": {}, "line": "12", "inlines": [{"line": 3}, 4]}]}], "pid": NaN}"""

    dump, _ = parse(text)

    assert dump["pid"] is None
    assert dump["crash_info"]["crashing_thread"] is None
    assert dump["crash_info"]["type"] is None
    assert dump["crash_info"]["new"] == [1]
    [frame] = dump["threads"][0]["frames"]
    assert (frame["function"], frame["line"]) == (None, None)
    assert frame["inlines"] == [{"line": 3, "function": None, "file": None}]


@pytest.mark.parametrize(
    "name", ["<unknown in xul.dll>", "<.text ELF section in xul.dll>", "<name omitted>"]
)
def test_code_that_has_no_name_is_not_called_by_one(name: str) -> None:
    frame_values = {"function": name, "module": "xul.dll", "function_offset": "0x2"}
    text = json.dumps({"threads": [{"frames": [{**frame_values, "module_offset": "0x1002"}]}]})

    [frame] = parse(text.encode())[0]["threads"][0]["frames"]

    assert (frame["function"], frame["function_offset"]) == (None, None)
    assert frame_name(frame, windows=True) == "xul.dll@0x1002"


def keyed(*names: str) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names), JSON, max_size=len(names))


FRAMES = keyed("function", "module", "module_offset", "offset", "file", "line", "inlines", "frame")
THREADS = st.fixed_dictionaries(
    {"frames": st.lists(FRAMES | JSON, max_size=4), "thread_name": JSON}
)
DUMPS = st.fixed_dictionaries(
    {
        "crash_info": keyed("crashing_thread", "type", "address", "adjusted_address") | JSON,
        "system_info": keyed("os", "os_ver", "cpu_info", "cpu_count", "cpu_arch") | JSON,
        "lsb_release": keyed("description") | JSON,
        "modules": st.lists(keyed("filename", "version") | JSON, max_size=3),
        "threads": st.lists(THREADS | JSON, max_size=3),
        "crashing_thread": THREADS | JSON,
    }
)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(DUMPS)
def test_whatever_the_walker_prints_no_rule_fails(printed: dict[str, Any]) -> None:
    dump, _ = parse(json.dumps(printed).encode())

    processed = process(make_crash(), {MAIN_DUMP: Walk(OK, dump)})

    assert not [note for note in processed["processor_notes"] if note.startswith("rule ")]
    assert 0 < len(processed["signature"]) <= 255
    json.dumps(processed).encode()


def test_modules_have_no_folders_wherever_they_are_named() -> None:
    """rust-minidump prints the whole path of a module that was unloaded."""
    paths = {"module": "C:\\Users\\ann\\x.dll", "filename": "/home/ann/x.dll"}
    frame = {**paths, "unloaded_modules": [{**paths, "offsets": ["0x1"]}, 5]}
    module = {**paths, "debug_file": "C:\\Users\\ann\\x.pdb"}
    thread = {"frames": [frame, {"module": "C:\\Users\\ann\\"}]}
    dump, _ = parse(
        json.dumps(
            {
                "threads": [thread], "crashing_thread": thread, "modules": [module],
                "unloaded_modules": [module, {"filename": ["/home/ann"]}],
            }
        ).encode()
    )  # fmt: skip

    for frames in (dump["threads"][0]["frames"], dump["crashing_thread"]["frames"]):
        assert [frame["module"] for frame in frames] == ["x.dll", None]
        assert frames[0]["unloaded_modules"][0] == {
            "module": "x.dll", "filename": "/home/ann/x.dll", "offsets": ["0x1"],
        }  # fmt: skip
    assert (dump["modules"][0]["filename"], dump["modules"][0]["debug_file"]) == ("x.dll", "x.pdb")
    assert [module["filename"] for module in dump["unloaded_modules"]] == ["x.dll", None]


def test_folders_in_stored_walks_are_removed_when_signatures_are_made_again() -> None:
    """Walks of before have the folders of unloaded modules, in signatures, too."""
    path = "C:\\Users\\jdoe\\x.dll"
    frame = {"module": None, "offset": "0x10", "unloaded_modules": [{"module": path}]}
    walk = {"threads": [{"frames": [frame]}], "crashing_thread": {"frames": [frame]},
            "unloaded_modules": [{"filename": path}], "modules": [{"filename": path}]}  # fmt: skip
    raw = make_crash(JavaStackTrace="a.B: text\n\tat c.D.e(D.java:5)")
    stored = {
        **process(raw, {}), "json_dump": walk, "signature": f"(unloaded {path})",
        f"{MAIN_DUMP}_browser": {"json_dump": walk}, "crashing_thread": 0,
        "distribution_id": "jdoe", "moz_crash_reason": "jdoe",
    }  # fmt: skip

    again = process_again(raw, stored, "regenerate_signature")

    assert "jdoe" not in json.dumps(again)
    assert again["json_dump"]["unloaded_modules"] == [{"filename": "x.dll"}]
    assert again["signature"] == "a.B: at c.D.e(D.java)"
    assert walk["modules"] == [{"filename": path}]  # the stored one is not changed
