"""Adding symbols: files, gzip, zips with all their tricks, folders, programs."""

import gzip
import io
import os
import shutil
import struct
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from cli.local import downloads
from socorro.inflate import BadGzip, inflate
from socorro.symbols.config import SymbolsConfig
from socorro.symbols.dump import Kind, architectures, debug_file, kind_of
from socorro.symbols.intake import Intake, files_of
from socorro.symbols.store import Change, SymbolStore
from tests.symbols.files import (
    CRASHER,
    EVERY_SYM,
    ID,
    OTHER_ID,
    SYM,
    SYMBOLS,
    all_files,
    number,
    only,
    put,
    sym,
    take,
    zipped,
)

DUMP_SYMS = str(downloads.BIN / "dump-syms")
PROGRAM = """
static int boom(volatile int *at) { return *at; }
int main(void) { return boom(0); }
"""


@pytest.fixture
def config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> SymbolsConfig:
    monkeypatch.setenv("SOCORRO_HOME", str(tmp_path))
    return SymbolsConfig(file_bytes=10**7, unpacked_bytes=2 * 10**7, zip_members=20)


@pytest.fixture
def store(tmp_path: Path, config: SymbolsConfig) -> SymbolStore:
    return SymbolStore(tmp_path / "symbols", config.file_bytes)


@pytest.fixture
def intake(store: SymbolStore, config: SymbolsConfig) -> Intake:
    return Intake(store, config, DUMP_SYMS)


def test_a_real_store_comes_in_whole(intake: Intake, store: SymbolStore) -> None:
    results = take(intake, SYMBOLS)

    assert [result.refused for result in results] == [""] * len(EVERY_SYM)
    assert all_files(store.folder) == all_files(SYMBOLS)


def test_a_file_of_any_name_goes_where_its_first_line_says(
    intake: Intake, store: SymbolStore, tmp_path: Path
) -> None:
    result = only(take(intake, put(tmp_path / "whatever.txt", SYM)))

    assert result.added
    assert result.added.change is Change.NEW
    assert all_files(store.folder) == [str(CRASHER.path)]


@pytest.mark.parametrize(
    ("place", "error"),
    [
        (f"crasher/{OTHER_ID}/crasher.sym", f":1: its debug id is {ID}, not {OTHER_ID}"),
        (f"other/{ID}/other.sym", ":1: its debug file is crasher, not other"),
        (f"crasher/{ID}/other.sym", ": its folder is for crasher.sym"),
    ],
)
def test_a_file_in_the_folder_of_another_module_is_refused(
    intake: Intake, store: SymbolStore, tmp_path: Path, place: str, error: str
) -> None:
    path = put(tmp_path / place, SYM)

    assert only(take(intake, path)).refused == f"{path}{error}"
    assert all_files(store.folder) == []


def test_errors_are_reported_by_file_and_line(intake: Intake, tmp_path: Path) -> None:
    bad = put(tmp_path / "bad.sym", SYM + b"oops\n")
    page = put(tmp_path / "page.sym", b"<html>\n")
    text = put(tmp_path / "notes.txt", b"notes")
    errors = [result.refused for result in take(intake, bad, page, text, tmp_path / "gone")]

    assert errors == [
        f"{bad}:9: unknown record: 'oops'",
        f"{page}:1: '<html>' is not a MODULE record",
        f"{text}: not a symbol file, an archive of symbol files, a program or a library",
        f"{tmp_path}/gone: No such file or directory",
    ]


def test_a_file_of_two_gigabytes_is_refused_before_it_is_read(tmp_path: Path) -> None:
    store = SymbolStore(tmp_path / "symbols", SymbolsConfig().file_bytes)
    path = put(tmp_path / "huge.sym", SYM)
    os.truncate(path, 2 * 10**9)
    read: list[int] = []
    intake = Intake(store, SymbolsConfig(), progress=read.append)

    result = only(list(intake.path(path)))

    assert result.refused == (
        f"{path}: larger than 1,610,612,736 bytes (SOCORRO_SYMBOLS_FILE_BYTES)"
    )
    assert read == [2 * 10**9]  # passed over in one go
    assert not store.folder.exists()


def test_progress_adds_up_to_the_size_of_the_files(
    store: SymbolStore, config: SymbolsConfig, tmp_path: Path
) -> None:
    paths = [
        put(tmp_path / "a.sym", SYM),
        put(tmp_path / "b.sym.gz", gzip.compress(SYM)),
        put(tmp_path / "c.txt", b"x" * 100),
        zipped(tmp_path / "d.zip", {"a.sym": SYM}),
    ]
    read: list[int] = []
    intake = Intake(store, config, progress=read.append)

    take(intake, *paths)

    assert sum(read) == sum(path.stat().st_size for path in paths)


def test_gzipped_files_come_in(intake: Intake, store: SymbolStore, tmp_path: Path) -> None:
    two = gzip.compress(SYM[:50]) + gzip.compress(SYM[50:])
    good = put(tmp_path / "crasher.sym.gz", two)
    cut = put(tmp_path / "cut.sym.gz", gzip.compress(sym(filler=1000))[:-10])
    bomb = put(tmp_path / "bomb.sym.gz", gzip.compress(SYM + b"\n" * 11_000_000))
    other = put(tmp_path / "other.gz", gzip.compress(b"notes"))

    results = take(intake, good, cut, bomb, other)

    assert results[0].added
    assert results[1].refused == f"{cut}: the gzip stream is cut short"
    assert "larger than 10,000,000 bytes" in results[2].refused
    assert "'notes' is not a MODULE record" in results[3].refused
    assert all_files(store.folder) == [str(CRASHER.path)]


def test_bytes_that_are_not_gzip_are_refused() -> None:
    whole = gzip.compress(b"x" * 1_000_000)

    assert sum(map(len, inflate([whole[:5], whole[5:]]))) == 1_000_000
    assert list(inflate([])) == []
    for bad in (b"plain", whole + b"more", whole[:-1]):
        with pytest.raises(BadGzip):
            list(inflate([bad]))


def test_of_a_zip_the_symbol_files_come_in(
    intake: Intake, store: SymbolStore, tmp_path: Path
) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("a.sym", SYM)
    path = zipped(
        tmp_path / "build.zip",
        {
            f"crasher/{ID}/crasher.sym": SYM,
            "folder/": b"",
            "list.txt": b"crasher.sym",
            "bad.sym": SYM + b"oops\n",
            "inner.zip": inner.getvalue(),
            f"lib1.so/{OTHER_ID}/lib1.so.sym": sym(number(1)),
        },
    )

    results = take(intake, path)

    assert [(result.name.removeprefix(f"{path}:"), bool(result.added)) for result in results] == [
        (f"crasher/{ID}/crasher.sym", True),
        ("list.txt", False),
        ("bad.sym", False),
        ("inner.zip", False),
        (f"lib1.so/{OTHER_ID}/lib1.so.sym", False),
    ]
    assert results[1].passed_over == "not a symbol file"
    assert [result.refused.removeprefix(f"{path}:") for result in results[2:]] == [
        "bad.sym:9: unknown record: 'oops'",
        "inner.zip: zip inside a zip",
        f"lib1.so/{OTHER_ID}/lib1.so.sym:1: its debug id is {number(1).debug_id}, not {OTHER_ID}",
    ]
    assert all_files(store.folder) == [str(CRASHER.path)]


@pytest.mark.parametrize("name", ["../a.sym", "/etc/a.sym", "a/../../b.sym", "a\\..\\b.sym"])
def test_a_member_whose_path_leads_out_is_refused(
    intake: Intake, tmp_path: Path, name: str
) -> None:
    result = only(take(intake, zipped(tmp_path / "a.zip", {name: SYM})))

    assert result.refused.endswith("its path leads outside the zip")


def lying(path: Path, size: int) -> Path:
    """A zip whose member claims to unpack to *size* bytes."""
    whole = bytearray(zipped(path, {"a.sym": SYM + b"\n" * 30_000_000}).read_bytes())
    central = whole.rindex(b"PK\x01\x02")
    struct.pack_into("<I", whole, central + 24, size)
    path.write_bytes(whole)
    return path


def encrypted(path: Path) -> Path:
    whole = bytearray(zipped(path, {"a.sym": SYM}).read_bytes())
    whole[whole.rindex(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(whole)
    return path


def damaged(path: Path) -> Path:
    whole = bytearray(zipped(path, {"a.sym": SYM}, zipfile.ZIP_STORED).read_bytes())
    whole[60] ^= 1
    path.write_bytes(whole)
    return path


ZIPS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "bomb": (
        lambda path: zipped(path, {"a.sym": SYM + b"\n" * 21_000_000}),
        "unpacks to more than 20,000,000 bytes (SOCORRO_SYMBOLS_UNPACKED_BYTES)",
    ),
    "a member that is too large": (
        lambda path: zipped(path, {"a.sym": SYM + b"\n" * 11_000_000}),
        "larger than 10,000,000 bytes",
    ),
    "many": (
        lambda path: zipped(path, {f"{count}.txt": b"" for count in range(21)}),
        "21 members; at most 20 are allowed (SOCORRO_SYMBOLS_ZIP_MEMBERS)",
    ),
    "a list of members without end": (
        lambda path: zipped(path, {f"{'x' * 60_000}{count}": b"" for count in range(80)}),
        "the list of members is too long",
    ),
    "a member that lies about its size": (lambda path: lying(path, 500), "cannot be unpacked"),
    "encrypted": (encrypted, "is encrypted"),
    "lzma": (
        lambda path: zipped(path, {"a.sym": SYM}, zipfile.ZIP_LZMA),
        "unsupported compression method",
    ),
    "damaged": (damaged, "a.sym"),
    "cut short": (lambda path: put(path, b"PK\x03\x04" + b"x" * 100), "not a readable zip file"),
}


@pytest.mark.parametrize(("make", "error"), ZIPS.values(), ids=ZIPS)
def test_tricks_of_zips_are_refused(
    intake: Intake, store: SymbolStore, tmp_path: Path, make: Callable[[Path], Path], error: str
) -> None:
    result = only(take(intake, make(tmp_path / "a.zip")))

    assert error in result.refused
    assert all_files(store.folder) == []


def build(folder: Path, name: str = "crasher", *options: str) -> Path:
    source = put(folder / f"{name}.c", PROGRAM.encode())
    path = folder / name
    subprocess.run(["gcc", "-g", "-O0", *options, "-o", path, source], check=True)
    return path


def test_a_program_comes_in_with_its_functions_and_lines(intake: Intake, tmp_path: Path) -> None:
    result = only(take(intake, build(tmp_path)))

    assert result.added
    assert result.added.module.debug_file == "crasher"
    text = result.added.path.read_text()
    assert "boom" in text
    assert f"FILE 0 {tmp_path}/crasher.c" in text
    assert (result.added.facts.functions, result.added.facts.stacks > 4) == (2, True)


def test_a_stripped_program_finds_its_debug_file_beside_it(intake: Intake, tmp_path: Path) -> None:
    path = build(tmp_path)
    whole = only(take(intake, path)).added
    debug = path.with_name("crasher.debug")
    subprocess.run(["objcopy", "--only-keep-debug", path, debug], check=True)
    subprocess.run(["strip", "--strip-all", path], check=True)
    bare = only(take(intake, path)).added
    subprocess.run(["objcopy", f"--add-gnu-debuglink={debug}", path], check=True)
    shutil.rmtree(intake._store.folder)
    linked = only(take(intake, path)).added

    assert whole
    assert bare
    assert linked
    assert debug_file(path) == debug
    assert whole.module == bare.module == linked.module
    assert bare.change is Change.KEPT  # names are not taken away by the stripped one
    assert bare.facts.publics == 0  # <.text ELF section in crasher> is no name
    assert linked.facts.functions == whole.facts.functions
    assert linked.facts.stacks == whole.facts.stacks


def test_a_debug_file_goes_by_the_name_of_its_program(intake: Intake, tmp_path: Path) -> None:
    path = build(tmp_path)
    debug = path.with_name("crasher.debug")
    subprocess.run(["objcopy", "--only-keep-debug", path, debug], check=True)

    result = only(take(intake, debug))

    assert result.added
    assert result.added.module.debug_file == "crasher"
    assert result.added.facts.functions == 2


def test_a_debug_file_by_build_id_is_used_for_its_program_only(
    intake: Intake, tmp_path: Path
) -> None:
    path = build(tmp_path, "crasher", "-Wl,--build-id=0xabcdef0123456789")
    place = tmp_path / "debug/.build-id/ab/cdef0123456789.debug"
    place.parent.mkdir(parents=True)
    shutil.copy(path, place)

    assert debug_file(path, tmp_path / "debug/.build-id") == place
    assert "add its program instead" in only(take(intake, place)).refused


def test_a_library_goes_by_its_own_name_not_by_a_link(intake: Intake, tmp_path: Path) -> None:
    library = build(tmp_path / "lib", "libx.so.1.2", "-shared", "-fPIC")
    link = tmp_path / "lib/libx.so"
    link.symlink_to(library.name)

    by_link, by_folder = only(take(intake, link)), take(intake, tmp_path / "lib")

    assert by_link.added
    assert by_link.added.module.debug_file == "libx.so.1.2"
    assert [result.added.change for result in by_folder if result.added] == [Change.SAME]


def test_in_a_folder_files_without_symbols_are_passed_over(intake: Intake, tmp_path: Path) -> None:
    folder = tmp_path / "build"
    program = build(folder)
    subprocess.run(["gcc", "-c", "-o", folder / "x.o", folder / "crasher.c"], check=True)
    put(folder / "deep/er/x.sym", SYM)
    put(folder / "notes.gz", gzip.compress(b"x"))
    put(folder / ".git/y.sym", SYM)
    put(folder / "Main.class", bytes.fromhex("cafebabe00000034"))

    assert list(files_of([folder])) == [program, folder / "deep/er/x.sym"]


def test_a_program_that_cannot_be_read_is_refused(
    intake: Intake, store: SymbolStore, config: SymbolsConfig, tmp_path: Path
) -> None:
    bad = put(tmp_path / "bad.exe", b"MZ" + b"x" * 100)
    elf = put(tmp_path / "bad.so", b"\x7fELF\x02\x01\x01" + b"\0" * 9 + b"\x03\x00" + b"x" * 100)

    results = take(intake, bad, elf)

    assert [result.refused.startswith(f"{path}: dump_syms: ") for path, result in
            zip((bad, elf), results, strict=True)] == [True, True]  # fmt: skip
    without = only(list(Intake(store, config).path(bad)))
    assert "PE files need dump_syms, which is not installed: run `make parts`" in without.refused
    missing = only(list(Intake(store, config, "/nowhere/dump_syms").path(bad)))
    assert "dump_syms cannot be run" in missing.refused


@pytest.mark.parametrize(
    ("head", "kind"),
    [
        (b"MODULE Linux", Kind.SYMBOLS),
        (b"PK\x03\x04", Kind.ZIP),
        (b"\x1f\x8b", Kind.COMPRESSED),
        (b"MZ\x90", Kind.PE),
        (b"Microsoft C/C++ MSF 7.00\r\n", Kind.PDB),
        (bytes.fromhex("cffaedfe"), Kind.MACH_O),
        (bytes.fromhex("cafebabe00000002"), Kind.MACH_O),
        (bytes.fromhex("cafebabe00000034"), Kind.OTHER),
        (b"\x7fELF\x02\x01\x01" + b"\0" * 9 + b"\x01\x00", Kind.OTHER),
        (b"\x7fELF\x02\x02\x01" + b"\0" * 9 + b"\x00\x02", Kind.ELF),
        (b"\x7fELF", Kind.OTHER),
        (b"", Kind.OTHER),
    ],
)
def test_files_are_recognized_by_their_first_bytes(tmp_path: Path, head: bytes, kind: Kind) -> None:
    assert kind_of(put(tmp_path / "file", head)) is kind
    assert kind_of(put(tmp_path / "file.sym", b"junk")) is Kind.SYMBOLS


def test_a_fat_file_is_dumped_for_each_processor(tmp_path: Path) -> None:
    assert architectures(put(tmp_path / "fat", bytes.fromhex("cafebabe00000002"))) == (
        "x86_64",
        "arm64",
    )
    assert architectures(put(tmp_path / "thin", bytes.fromhex("cffaedfe"))) == ("",)
