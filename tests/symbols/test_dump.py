"""Programs of Windows and the Mac, real ones (tests/data/programs), through dump_syms."""

import shutil
from pathlib import Path

import pytest

from cli.local import downloads
from socorro.symbols.config import SymbolsConfig
from socorro.symbols.dump import debug_file
from socorro.symbols.intake import Intake, files_of
from socorro.symbols.store import Added, Change, SymbolStore
from tests.builders import DATA

WINDOWS = DATA / "programs/windows-amd64"
MAC = DATA / "programs/mac"
C_NAMES = ["boom", "middle", "run", "start"]
PDB_NAMES = ["boom(int)", "middle(int)", "run()", "start()"]


@pytest.fixture
def intake(store: SymbolStore) -> Intake:
    return Intake(store, SymbolsConfig(), str(downloads.BIN / "dump-syms"))


def take(intake: Intake, *paths: Path) -> list[Added]:
    results = [result for path in files_of(paths) for result in intake.path(path)]
    assert not [result.refused for result in results if result.refused]
    return [result.added for result in results if result.added]


def functions(added: Added) -> list[str]:
    lines = added.path.read_text().splitlines()
    return [line.split(" ")[-1] for line in lines if line.startswith("FUNC ")]


def alone(path: Path, folder: Path) -> Path:
    """Copy a file to a folder of its own."""
    folder.mkdir(parents=True)
    return Path(shutil.copy(path, folder))


@pytest.mark.parametrize(("system", "stacks"), [("windows-x86", 12), ("windows-amd64", 4)])
def test_a_windows_program_finds_its_pdb_and_the_pdb_its_program(
    intake: Intake, system: str, stacks: int
) -> None:
    program, pdb = take(intake, DATA / "programs" / system)

    assert (program.change, pdb.change) == (Change.NEW, Change.SAME)
    assert program.module.debug_file == "small.pdb"
    assert functions(program) == PDB_NAMES
    assert (program.facts.functions, program.facts.stacks) == (4, stacks)
    assert "FILE 0 /build/small.c" in program.path.read_text()


def test_a_windows_program_without_its_pdb_names_nothing(intake: Intake, tmp_path: Path) -> None:
    (program,) = take(intake, alone(WINDOWS / "small.exe", tmp_path / "program"))

    assert functions(program) == ["small.exe>"] * 4  # <unknown in small.exe>
    assert (program.facts.functions, program.facts.publics, program.facts.stacks) == (0, 0, 4)


@pytest.mark.parametrize("order", [("small.exe", "small.pdb"), ("small.pdb", "small.exe")])
def test_a_program_and_a_pdb_that_come_apart_are_joined(
    intake: Intake, tmp_path: Path, order: tuple[str, str]
) -> None:
    together = take(intake, WINDOWS)[0].facts
    shutil.rmtree(intake._store.folder)
    paths = [alone(WINDOWS / name, tmp_path / name / "folder") for name in order]

    first, second = take(intake, *paths)
    again = take(intake, *paths)

    assert (first.change, second.change) == (Change.NEW, Change.JOINED)
    assert functions(second) == PDB_NAMES
    assert (second.facts.functions, second.facts.stacks) == (together.functions, together.stacks)
    assert [added.change for added in again] == [Change.KEPT, Change.KEPT]


def test_a_universal_mac_program_finds_its_dsym(intake: Intake) -> None:
    intel, arm = take(intake, MAC / "small")

    assert intel.module.debug_file == arm.module.debug_file == "small"
    assert intel.path.read_text().startswith("MODULE Mac x86_64 ")
    assert arm.path.read_text().startswith("MODULE Mac arm64 ")
    assert functions(intel) == functions(arm) == C_NAMES
    assert (intel.facts.stacks, arm.facts.stacks > 20) == (1, True)


def test_a_mac_program_and_a_dsym_that_come_apart_are_joined(
    intake: Intake, tmp_path: Path
) -> None:
    program = alone(MAC / "small", tmp_path / "Products")
    dsym = shutil.copytree(MAC / "small.dSYM", tmp_path / "dSYMs/small.dSYM")

    bare = take(intake, program)
    full = take(intake, dsym)

    assert [(added.facts.functions, added.facts.publics) for added in bare] == [(0, 5), (0, 5)]
    # For arm64 the .dSYM has STACK records, too, but not all PUBLIC records of the program.
    assert [added.change for added in full] == [Change.JOINED, Change.JOINED]
    assert [added.facts.publics for added in full] == [5, 5]
    assert [functions(added) for added in full] == [C_NAMES, C_NAMES]
    assert [added.facts.stacks for added in full] == [added.facts.stacks for added in bare]


def test_the_dsym_of_another_build_is_refused(intake: Intake, tmp_path: Path) -> None:
    program = alone(MAC / "small", tmp_path / "build")
    dsym = shutil.copytree(MAC / "small.dSYM", tmp_path / "build/small.dSYM")
    inner = dsym / "Contents/Resources/DWARF/small"
    data = inner.read_bytes()
    for build_id in ("9EB4ECD7A6EB3379B902F161F2856755", "04CD07A60D4F3B989BE858B01290046D"):
        data = data.replace(bytes.fromhex(build_id), build_id[:16].encode())
    inner.write_bytes(data)

    (result,) = intake.path(program)

    assert result.refused.startswith(f"{program}: {inner} is from another build: remove it")


def test_a_dsym_is_found_next_to_a_program_or_to_its_bundle(tmp_path: Path) -> None:
    inner = alone(MAC / "small", tmp_path / "My.app/Contents/Frameworks/X.framework/Versions/A")
    outer = alone(MAC / "small", tmp_path / "My.app/Contents/MacOS")
    of_x = alone(MAC / "small", tmp_path / "My.app/Contents/Frameworks/X.framework.dSYM/Contents"
                 "/Resources/DWARF")  # fmt: skip
    of_my = alone(MAC / "small", tmp_path / "My.app.dSYM/Contents/Resources/DWARF")

    assert debug_file(inner) == of_x
    assert debug_file(outer) == of_my
    assert debug_file(of_my) is None
    assert debug_file(MAC / "small") == MAC / "small.dSYM/Contents/Resources/DWARF/small"


@pytest.mark.parametrize(
    ("name", "path", "error"),
    [
        ("cut.exe", WINDOWS / "small.exe", "Unable to parse the PE file {path}"),
        ("cut.pdb", WINDOWS / "small.pdb", "invalid pdb file"),
        ("cut", MAC / "small", "Cannot find a valid object for architecture x86_64"),
    ],
)
def test_a_program_that_is_cut_short_is_refused_with_the_error_of_dump_syms(
    intake: Intake, tmp_path: Path, name: str, path: Path, error: str
) -> None:
    cut = tmp_path / name
    cut.write_bytes(path.read_bytes()[:500])

    refused = [result.refused for result in intake.path(cut)]

    assert refused[0].startswith(f"{cut}: dump_syms: {error.format(path=cut)}")
