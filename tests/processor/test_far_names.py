"""Frames far behind a public symbol get the place that Breakpad's walker does not report."""

from pathlib import Path
from typing import Any

import pytest

from processor import far_names
from processor.far_names import MOST_HITS, MOST_NAMES, place

DEBUG_ID = "0123456789ABCDEF0123456789ABCDEF1"
HEAD = f"MODULE Linux x86_64 {DEBUG_ID} libfoo.so\n"
FAR = 0x2000


def frame(function: str = "exported", **more: Any) -> dict[str, Any]:
    usual = {"function_offset": f"0x{FAR:016x}", "module": "libfoo.so"}
    return {"function": function, "file": None, "line": None, **usual, **more}


def placed(folder: Path, symbols: str, *frames: dict[str, Any]) -> list[str | None]:
    """The offsets in the module after `place`."""
    path = folder / "libfoo.so" / DEBUG_ID / "libfoo.so.sym"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(symbols, newline="")
    module = {
        "filename": "libfoo.so",
        "debug_file": "libfoo.so",
        "debug_id": DEBUG_ID,
        "base_addr": "0x0000000000400000",
    }
    document = {"modules": [module], "threads": [{"frames": list(frames)}]}
    place(document, [folder / "none", folder])
    return [one.get("module_offset") for one in frames]


@pytest.mark.parametrize(
    "symbols",
    [
        HEAD + "PUBLIC 1000 0 exported\n",
        HEAD + "PUBLIC m 1000 0 exported\r\nPUBLIC 5000 0 other\r\n",
        HEAD + "PUBLIC 500 0 not exported\nPUBLIC 1000 0 exported\nPUBLIC 9000 0 exported too\n",
        HEAD + "PUBLIC 1000 0 exported",
        HEAD + "FUNC 1000 20 0 exported\n1000 20 7 0\n",
        HEAD + "PUBLIC 1000 0 exported\nPUBLIC 1000 8 exported\n",
    ],
)
def test_the_symbol_file_says_where_the_symbol_is(tmp_path: Path, symbols: str) -> None:
    far = frame()

    assert placed(tmp_path, symbols, far) == ["0x0000000000003000"]
    assert far["offset"] == "0x0000000000403000"
    assert far["function"] == "exported"


@pytest.mark.parametrize(
    "symbols",
    [
        HEAD,
        "",
        HEAD + "PUBLIC 1000 0 exported\nPUBLIC 9000 0 exported\n",  # which one?
        HEAD + "INLINE_ORIGIN 1 exported\nPUBLIC 1000 0 other\n",
        HEAD + "PUBLIC 1000 0 exported\n" + "INFO exported\n" * MOST_HITS,
    ],
)
def test_without_one_address_nothing_is_said(tmp_path: Path, symbols: str) -> None:
    assert placed(tmp_path, symbols, frame()) == [None]


@pytest.mark.parametrize(
    "unclear",
    [
        frame(module=None),
        frame(module="other.so"),
        frame(function_offset=None),
        frame(function_offset="0x0000000000000010"),
        frame(file="foo.cpp"),
        frame("unknown to the file"),
        frame("not\ntext\ud800"),
    ],
)
def test_frames_that_are_in_their_function_or_unclear_stay(
    tmp_path: Path, unclear: dict[str, Any]
) -> None:
    before = dict(unclear)

    placed(tmp_path, HEAD + "PUBLIC 1000 0 exported\n", unclear)

    assert unclear == before


def test_a_crash_has_a_limit_of_names_and_each_is_looked_up_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked_up = []
    monkeypatch.setattr(
        far_names, "_address", lambda _folders, _module, name: looked_up.append(name)
    )
    names = [f"name {number}" for number in range(MOST_NAMES + 1)]

    placed(tmp_path, HEAD, *(frame(name) for name in [*names[:2], *names]))

    assert looked_up == names[:MOST_NAMES]
