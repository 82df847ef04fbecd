"""Adding symbols never makes a signature worse: by the real walkers, over a dump made by hand."""

import struct
from pathlib import Path
from typing import Any

import pytest

from processor.process import process
from processor.stackwalk import Walker
from socorro.crash import MAIN_DUMP
from tests.builders import make_crash
from tests.processor.goldens import WALKERS
from tests.synthetic_dump import BASE, DEBUG_ID, Module, synthetic_dump

FAR = 0x900000
CALLER = 0x510
DUMP = synthetic_dump(
    Module(size=0x1000000), address=BASE + FAR, stack=struct.pack("<Q", BASE + CALLER) + bytes(64)
)
HEAD = f"MODULE windows x86_64 {DEBUG_ID} foo.pdb\nFILE 0 a.cpp\n"
CALL_FRAMES = f"STACK CFI INIT {FAR:x} 100 .cfa: $rsp 8 + .ra: .cfa 8 - ^\n"
DEEP = "FUNC 500 100 0 deep(int)\n500 100 10 0\n"


def processed(folder: Path, kind: str, symbols: str) -> dict[str, Any]:
    path = folder / "foo.pdb" / DEBUG_ID / "foo.sym"
    path.parent.mkdir(parents=True)
    path.write_text(symbols or "MODULE windows x86_64 0 other.pdb\n")
    walk = Walker(str(WALKERS[kind]), symbols=[folder]).walk(DUMP)
    return process(make_crash(), {MAIN_DUMP: walk})


FAR_SYMBOL = f"{HEAD}{DEEP}PUBLIC 1000 0 exported\n{CALL_FRAMES}"
PLACEHOLDER = f"{HEAD}{DEEP}FUNC 900000 100 0 <name omitted>\n{CALL_FRAMES}"


@pytest.mark.parametrize("kind", WALKERS)
@pytest.mark.parametrize(
    ("symbols", "signature"),
    [
        ("", "foo.exe@0x900000"),
        (f"{HEAD}{CALL_FRAMES}{DEEP}", "foo.exe@0x900000"),
        (FAR_SYMBOL, "foo.exe@0x900000"),
        (PLACEHOLDER, "foo.exe@0x900000"),
        (f"{HEAD}PUBLIC 8ff000 0 exported\n{CALL_FRAMES}{DEEP}", "exported"),
        (f"{HEAD}FUNC 900000 100 0 void top(int)\n{CALL_FRAMES}{DEEP}", "top"),
    ],
)
def test_the_frame_that_crashed_names_the_crash_whatever_symbols_there_are(
    tmp_path: Path, kind: str, symbols: str, signature: str
) -> None:
    crash = processed(tmp_path, kind, symbols)

    if kind == "breakpad" and symbols == PLACEHOLDER:
        signature = "foo.exe"  # it reports no offset in the module, and there is no name to look up
    assert crash["signature"] == signature
    assert crash["signature_trace"][0]["frame"] == 0


def test_the_trace_says_why_a_frame_is_not_called_by_its_symbol(tmp_path: Path) -> None:
    crash = processed(tmp_path, "rust", FAR_SYMBOL)

    assert crash["signature_trace"] == [
        {
            "frame": 0,
            "name": "foo.exe@0x900000",
            "action": "ends the signature",
            "decided_by": "9433088 bytes into a public symbol, so not called by its name",
        }
    ]
    assert crash["json_dump"]["crashing_thread"]["frames"][1]["trust"] == "cfi"
