"""`socorro signature`: a signature explained, and what changed lists would move."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from socorro.crash_id import CrashId
from socorro.crashstore.interface import CrashStore
from socorro.signature.lists import SHIPPED
from tests.builders import NOON, make_crash

Run = Callable[..., Result]
DAY = str(NOON.date())


def crash(*functions: str, **more: Any) -> dict[str, Any]:
    frames = [{"frame": number, "function": name} for number, name in enumerate(functions)]
    dump = {"crashing_thread": {"frames": frames}, "threads": []}
    return {"crashing_thread": 0, "json_dump": dump, "mdsw_status_string": "OK", **more}


def put(store: CrashStore, processed: dict[str, Any] | None, **annotations: str) -> CrashId:
    raw = make_crash(**annotations)
    store.put_raw(raw, {})
    if processed is not None:
        store.put_processed(raw.crash_id, processed)
    return raw.crash_id


@pytest.fixture
def lists(tmp_path: Path) -> Path:
    """The shipped lists, but for Boring, which is irrelevant."""
    folder = tmp_path / "lists"
    folder.mkdir()
    for path in SHIPPED.glob("*.txt"):
        (folder / path.name).write_text(path.read_text())
    (folder / "irrelevant.txt").write_text("Boring$  # Boring\n")
    return folder


def test_a_stored_crash_is_explained_frame_by_frame_and_rule_by_rule(
    run: Run, store: CrashStore, settings: Path
) -> None:
    crash_id = put(store, crash("raise", "free", "CloseDir", "main"), OOMAllocationSize="300000")

    lines = run("signature", f"bp-{crash_id}", "--explain").stdout.splitlines()

    assert lines[0] == "OOM | large | free | CloseDir"
    assert [line.split()[:4] for line in lines[3:6]] == [
        ["0", "raise", "irrelevant:", lines[3].split()[3]],
        ["1", "free", "prefix:", lines[4].split()[3]],
        ["2", "CloseDir", "ends", "the"],
    ]
    assert lines[3].split()[3].startswith("irrelevant.txt:")
    assert lines[6].strip() == "1 more name below not needed"
    assert lines[8:] == [
        "rule out_of_memory:",
        "    free | CloseDir",
        " -> OOM | large | free | CloseDir",
    ]


def test_without_explain_it_is_one_line_and_a_stored_one_that_differs_is_told(
    run: Run, store: CrashStore, settings: Path
) -> None:
    crash_id = put(store, crash("CloseDir", signature="Older"))

    result = run("signature", crash_id)

    assert result.stdout == "CloseDir\n"
    assert result.stderr == "stored signature: Older\n"


def test_a_file_of_a_walker_or_of_a_processed_crash_will_do(
    run: Run, settings: Path, tmp_path: Path
) -> None:
    processed, walked = tmp_path / "processed.json", tmp_path / "walked.json"
    processed.write_text(json.dumps(crash("boom")))
    dump = {**crash("boom")["json_dump"], "crash_info": {"crashing_thread": 0}, "status": "OK"}
    walked.write_text(json.dumps(dump))

    for path in (processed, walked):
        result = run("signature", str(path))
        assert (result.stdout, result.stderr) == ("boom\n", "")


def test_a_signature_that_equals_the_stored_one_needs_no_remark(
    run: Run, store: CrashStore, settings: Path
) -> None:
    crash_id = put(store, crash("CloseDir", signature="CloseDir"))

    result = run("signature", crash_id)

    assert (result.stdout, result.stderr) == ("CloseDir\n", "")


@pytest.mark.parametrize("text", ["[]", "{", "[" * 100_000, "\x00"])
def test_a_file_of_anything_else_is_refused_in_one_line(
    run: Run, settings: Path, tmp_path: Path, text: str
) -> None:
    path = tmp_path / "crash.json"
    path.write_text(text)

    result = run("signature", str(path))

    assert result.exit_code == 1
    assert result.stderr == f"Error: {path} is not a JSON object\n"


def test_a_crash_that_is_not_processed_is_named_with_what_to_do(
    run: Run, store: CrashStore, settings: Path
) -> None:
    crash_id = put(store, None)

    result = run("signature", crash_id)

    assert result.exit_code == 1
    assert f"socorro process {crash_id}" in result.stderr


def test_a_style_makes_it_as_in_2012(run: Run, store: CrashStore, settings: Path) -> None:
    crash_id = put(store, crash("Foo::bar(int)"))

    assert run("signature", crash_id, "--style", "2012").stdout == "Foo::bar(int)\n"


def test_what_if_counts_what_would_move_from_where_to_where(
    run: Run, store: CrashStore, settings: Path, lists: Path
) -> None:
    boring = [put(store, crash("Boring", "boom", signature="Boring")) for _ in range(2)]
    put(store, crash("fine", signature="fine"))
    put(store, None)

    output = run("signature", "what-if", "--until", DAY, "--lists", str(lists), "--json").stdout
    text = run("signature", "what-if", "--until", DAY, "--lists", str(lists)).stdout

    document = json.loads(output)
    assert (document["seen"], document["moved"]) == (3, 2)
    assert [(move["from"], move["to"], move["count"]) for move in document["moves"]] == [
        ("Boring", "boom", 2)
    ]
    assert sorted(document["moves"][0]["examples"]) == sorted(boring)
    assert text.startswith(
        "3 crashes checked, 2 would change\n\n       2  Boring\n      ->  boom\n"
    )


def test_what_if_changes_nothing_and_says_so_when_nothing_moves(
    run: Run, store: CrashStore, settings: Path
) -> None:
    crash_id = put(store, crash("fine", signature="fine"))
    before = store.get_processed(crash_id)

    text = run("signature", "what-if", "--until", DAY, "--limit", "10").stdout

    assert text == "1 crash checked, 0 would change\n"
    assert store.get_processed(crash_id) == before


def test_lists_with_a_wrong_pattern_are_refused_by_file_and_line(
    run: Run, settings: Path, lists: Path
) -> None:
    (lists / "prefix.txt").write_text("fine\n(broken\n")

    result = run("signature", "what-if", "--lists", str(lists))

    assert result.exit_code == 1
    assert "prefix.txt:2" in result.stderr
