"""Small symbol files, good and bad."""

import zipfile
from collections.abc import Sequence
from pathlib import Path

from socorro.symbols.intake import Intake, Result, files_of
from socorro.symbols.module import ModuleId
from tests.builders import DUMPS

SYMBOLS = DUMPS / "symbols"
EVERY_SYM = sorted(SYMBOLS.rglob("*.sym"))
ID = "000102030405060708090A0B0C0D0E0F1"
OTHER_ID = "F00102030405060708090A0B0C0D0E0F1"
CRASHER = ModuleId("crasher", ID)
HEAD = f"MODULE Linux x86_64 {ID} crasher\n"
FUNC = "FUNC 1000 10 0 boom\n1000 8 3 1\n1008 8 4 1\n"
FILE = "FILE 1 /src/crasher.c\n"
CFI = "STACK CFI INIT 1000 10 .cfa: $rsp 8 +\nSTACK CFI 1001 .cfa: $rsp 16 +\n"
PUBLIC = "PUBLIC 2000 0 middle\n"
SYM = (HEAD + FILE + FUNC + PUBLIC + CFI).encode()


def sym(module: ModuleId = CRASHER, lines: Sequence[str] = (FILE, FUNC), filler: int = 0) -> bytes:
    """A good symbol file of *module*, with *filler* more records."""
    more = [f"PUBLIC {0x3000 + number:x} 0 f{number}\n" for number in range(filler)]
    head = f"MODULE Linux x86_64 {module.debug_id} {module.debug_file}\n"
    return "".join([head, *lines, *more]).encode()


def number(count: int) -> ModuleId:
    """A module of its own for every number."""
    return ModuleId(f"lib{count}.so", f"{count + 1:032X}0")


def all_files(folder: Path) -> list[str]:
    """All files below *folder* except hidden ones."""
    return sorted(
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and not path.relative_to(folder).parts[0].startswith(".")
    )


def take(intake: Intake, *paths: Path) -> list[Result]:
    return [result for path in files_of(paths) for result in intake.path(path)]


def only(results: list[Result]) -> Result:
    (result,) = results
    return result


def put(path: Path, data: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return path


def zipped(path: Path, members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path
