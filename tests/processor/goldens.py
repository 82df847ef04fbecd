"""Golden processed crashes: what the processor makes of every dump, by either walker.

After an intended change, regenerate them, and read the difference before you commit it:

    .venv/bin/python -m tests.processor.goldens

To stay readable they contain only the first modules and frames, and only the crashing thread.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from processor.process import process
from processor.stackwalk import Walk, Walker
from socorro.crash import MAIN_DUMP, Processed, RawCrash
from tests.builders import DUMPS, make_crash

FOLDER = Path(__file__).parent / "golden" / "processed"
DUMP_FILES = sorted(DUMPS.glob("*/*.dmp"))
_BIN = Path(__file__).parents[2] / ".parts/bin"
WALKERS = {"rust": _BIN / "minidump-stackwalk", "breakpad": _BIN / "minidump_stackwalk"}
_MODULES, _FRAMES = 3, 40


class Case(NamedTuple):
    """A dump and the walker that reads it."""

    dump: Path
    kind: str

    @property
    def path(self) -> Path:
        return FOLDER / f"{self.dump.stem}.{self.kind}.txt"

    def walk(self) -> Walk:
        return Walker(str(WALKERS[self.kind]), symbols=[DUMPS / "symbols"]).walk(
            self.dump.read_bytes()
        )


CASES = [Case(dump, kind) for dump in DUMP_FILES for kind in WALKERS]


def crash_of(dump: Path) -> RawCrash:
    """A crash that is the same whenever it is made."""
    return make_crash(
        dumps={MAIN_DUMP: dump.read_bytes()},
        CrashEventID=dump.name,
        CrashTime="1795435100",
        StartupTime="1795435000",
        InstallTime="1795000000",
        URL="https://private.example/",
        **{"Add-ons": "testpilot%40labs.example:1.2"},
    )


def processed_crash(case: Case) -> Processed:
    """What the processor makes of the dump."""
    return process(crash_of(case.dump), {MAIN_DUMP: case.walk()})


def outline_of(processed: Processed) -> Processed:
    """Return a copy that a person can read."""
    dump = processed.get("json_dump")
    if not dump:
        return processed
    short: dict[str, Any] = {**dump, "modules": dump["modules"][:_MODULES]}
    short["threads"] = [thread["frame_count"] for thread in dump["threads"]]
    thread = dump["crashing_thread"]
    if thread:
        short["crashing_thread"] = {**thread, "frames": thread["frames"][:_FRAMES]}
    missing = processed["missing_symbols"]
    return {
        **processed,
        "json_dump": short,
        "missing_symbols": missing and missing.split(";")[:_MODULES],
    }


def text(processed: Processed) -> str:
    """Return the golden text: a line for each field, those of the dump apart."""
    outline = outline_of(processed)
    outline.pop("signature_version")  # changes with every list
    outline.pop("mdsw_stderr", None)  # names folders of this machine
    dump = outline.pop("json_dump", None) or {}
    lines = [*_lines(outline), *(f"json_dump.{line}" for line in _lines(dump))]
    return "\n".join(lines) + "\n"


def _lines(document: dict[str, Any]) -> Iterator[str]:
    for name, value in sorted(document.items()):
        if isinstance(value, dict) and isinstance(value.get("frames"), list):
            frames = value["frames"]
            yield f"{name}: {_json({**value, 'frames': len(frames)})}"
            yield from (f"{name}.frames: {_json(frame)}" for frame in frames)
        elif name in ("modules", "signature_trace") and isinstance(value, list):
            yield from (f"{name}: {_json(item)}" for item in value)
        else:
            yield f"{name}: {_json(value)}"


def _json(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def main() -> None:
    FOLDER.mkdir(exist_ok=True, parents=True)
    paths = {case.path for case in CASES}
    for path in set(FOLDER.iterdir()) - paths:
        path.unlink()
    for case in CASES:
        case.path.write_text(text(processed_crash(case)))
        print(case.path)


if __name__ == "__main__":
    main()
