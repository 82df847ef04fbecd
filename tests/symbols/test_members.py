"""Members of zips and tars: known by their content, or named with the reason why not."""

import bz2
import gzip
import io
import lzma
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import pytest

from socorro.symbols.config import SymbolsConfig
from socorro.symbols.intake import Intake
from socorro.symbols.module import ModuleId
from socorro.symbols.store import SymbolStore
from tests.symbols.files import ID, OTHER_ID, SYM, all_files, number, only, put, sym, take, zipped


@pytest.fixture
def config() -> SymbolsConfig:
    return SymbolsConfig(file_bytes=10**7, unpacked_bytes=2 * 10**7, zip_members=20)


@pytest.fixture
def store(tmp_path: Path, config: SymbolsConfig) -> SymbolStore:
    return SymbolStore(tmp_path / "symbols", config.file_bytes)


@pytest.fixture
def intake(store: SymbolStore, config: SymbolsConfig) -> Intake:
    return Intake(store, config)


MEMBERS = {
    "backslashes": (f"crasher\\{ID}\\crasher.sym", SYM),
    "backslashes and slashes": (f"build\\x64/crasher\\{ID}/crasher.sym", SYM),
    ".breakpad": ("crasher.breakpad", SYM),
    ".breakpad in its folder": (f"crasher/{ID}/crasher.breakpad", SYM),
    ".SYM": ("CRASHER.SYM", SYM),
    ".SYM in its folder": (f"CRASHER\\{ID}\\CRASHER.SYM", SYM),
    "the whole debug file": (f"app.pdb/{ID}/app.pdb.sym", sym(ModuleId("app.pdb", ID))),
    ".sym.gz": ("crasher.sym.gz", gzip.compress(SYM)),
    ".sym.gz in its folder": (f"crasher\\{ID}\\crasher.sym.gz", gzip.compress(SYM)),
    ".Sym.GZ": ("crasher.Sym.GZ", gzip.compress(SYM)),
    ".sym.bz2": ("crasher.sym.bz2", bz2.compress(SYM)),
    ".sym.xz": ("crasher.sym.xz", lzma.compress(SYM)),
    ".breakpad.gz": ("crasher.breakpad.gz", gzip.compress(SYM)),
    "gzip named .sym": ("crasher.sym", gzip.compress(SYM)),
    "any name": ("symbols of crasher.txt", SYM),
    "any name, gzip": ("crasher.gz", gzip.compress(SYM)),
    "any name, UTF-16": ("out.txt", SYM.decode().encode("utf-16")),
}


def tarred(path: Path, members: dict[str, bytes], mode: Literal["w", "w:gz", "w:bz2", "w:xz"] = "w",
           layout: int = tarfile.GNU_FORMAT) -> Path:  # fmt: skip
    with tarfile.open(path, mode, format=layout) as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return path


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize(("name", "data"), MEMBERS.values(), ids=MEMBERS)
def test_a_member_is_known_by_its_content(
    intake: Intake, store: SymbolStore, tmp_path: Path, name: str, data: bytes,
    pack: Callable[[Path, dict[str, bytes]], Path],
) -> None:  # fmt: skip
    result = only(take(intake, pack(tmp_path / "archive", {name: data})))

    assert result.added, result
    assert [path.lower() for path in all_files(store.folder)] == [
        str(result.added.module.path).lower()
    ]


@pytest.mark.parametrize("pack", [zipped, tarred])
@pytest.mark.parametrize(
    ("name", "data", "refused", "passed_over"),
    [
        ("readme.txt", b"hello", "", "not a symbol file"),
        ("empty", b"", "", "not a symbol file"),
        ("log.gz", gzip.compress(b"hello", mtime=0), "", "not a symbol file"),
        ("bad.SYM", b"hello\n", ":1: 'hello' is not a MODULE record", ""),
        ("bad.sym.gz", gzip.compress(SYM, mtime=0)[:-3], ": the gzip stream is cut short", ""),
        ("bad.sym.xz", lzma.compress(SYM)[:-3], ": cannot be unpacked: the xz stream is cut", ""),
        ("bad.sym.bz2", bz2.compress(SYM)[:-3], ": cannot be unpacked: the bzip2 stream is", ""),
        ("bad.sym.bz2", b"BZh9" + b"x" * 99, ": cannot be unpacked: Invalid data stream", ""),
        ("a.sym.zst", b"\x28\xb5\x2f\xfd" + b"x" * 99, ": a zstd file, which is not unpacked", ""),
        ("a.sy_", b"MSCF\0\0\0\0" + b"x" * 99, ": a Windows cabinet, which is not unpacked", ""),
        ("a.7z", b"7z\xbc\xaf\x27\x1c" + b"x" * 99, ": a 7z file, which is not unpacked", ""),
        ("a.zip.txt", b"PK\x03\x04" + b"x" * 99, ": an archive inside an archive", ""),
        ("a.tar", b"x", ": an archive inside an archive", ""),
        (f"other/{ID}/crasher.sym", SYM, ": its folder is for other.sym", ""),
        (f"other\\{ID}\\crasher.sym", SYM, ": its folder is for other.sym", ""),
        (f"crasher\\{OTHER_ID}\\crasher.sym", SYM, ":1: its debug id is", ""),
        ("..\\crasher.sym", SYM, ": its path leads outside the", ""),
        ("a\\..\\..\\crasher.sym", SYM, ": its path leads outside the", ""),
        ("\\\\host\\share\\crasher.sym", SYM, ": its path leads outside the", ""),
        ("C:\\build\\crasher.sym", SYM, ": its path leads outside the", ""),
        ("c:crasher.sym", SYM, ": its path leads outside the", ""),
    ],
)
def test_a_member_that_is_not_taken_is_named(
    intake: Intake, store: SymbolStore, tmp_path: Path, name: str, data: bytes, refused: str,
    passed_over: str, pack: Callable[[Path, dict[str, bytes]], Path],
) -> None:  # fmt: skip
    path = pack(tmp_path / "archive", {name: data})

    result = only(take(intake, path))

    assert result.name == f"{path}:{name.replace(chr(92), '/')}"
    assert (refused in result.refused, result.passed_over) == (True, passed_over)
    assert bool(result.refused) is bool(refused)
    assert all_files(store.folder) == []


@pytest.mark.parametrize("mode", ["w", "w:gz", "w:bz2", "w:xz"])
@pytest.mark.parametrize("layout", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_the_members_of_a_tar_come_in(
    intake: Intake, store: SymbolStore, tmp_path: Path, mode: Any, layout: int
) -> None:
    names = [f"{'x' * 60}/{'y' * 60}/crasher.sym", f"lib1.so/{number(1).debug_id}/lib1.so.sym"]
    members = {names[0]: SYM, names[1]: sym(number(1), filler=30_000), "readme": b"hello"}
    path = tarred(tmp_path / "build.tgz", members, mode, layout)

    results = take(intake, path)

    assert [result.name.removeprefix(f"{path}:") for result in results] == [*names, "readme"]
    assert [bool(result.added) for result in results] == [True, True, False]
    assert store.path(number(1)).read_bytes() == members[names[1]]


def test_links_devices_and_folders_of_a_tar_are_passed_by(
    intake: Intake, store: SymbolStore, tmp_path: Path
) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as archive:
        for kind in (tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.DIRTYPE):
            info = tarfile.TarInfo("crasher.sym")
            info.type, info.linkname = kind, "/etc/passwd"
            archive.addfile(info)

    assert take(intake, tmp_path / "a.tar") == []


def changed_header(at: int, value: bytes) -> bytes:
    """The header of a tar with one member, changed, and its sum made right."""
    info = tarfile.TarInfo("crasher.sym")
    info.size = len(SYM)
    header = bytearray(info.tobuf(tarfile.USTAR_FORMAT))
    header[at : at + len(value)] = value
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header)


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (changed_header(0, b""), "the tar file is cut short"),
        (
            changed_header(0, b"") + SYM[:99],
            "the tar file is cut short",
        ),
        (changed_header(124, b"x"), "a size is not a number"),
        (changed_header(124, b"77777777777\0") + SYM, "unpacks to more than 20,000,000 bytes"),
        (changed_header(124, b"\xff" * 12) + SYM, "unpacks to more than 20,000,000 bytes"),
        (changed_header(156, b"L") + SYM + bytes(512 - len(SYM)) + b"x" * 512, "header is damaged"),
        (changed_header(0, b"") + SYM.ljust(512, b"\0") + b"x" * 100, "the tar file is cut short"),
    ],
)
def test_tricks_of_tars_are_refused(
    intake: Intake, store: SymbolStore, tmp_path: Path, data: bytes, error: str
) -> None:
    results = take(intake, put(tmp_path / "a.tar", data))

    assert any(error in result.refused for result in results)


@pytest.mark.parametrize(("length", "fits"), [(4096, True), (4097, False)])
def test_the_name_of_a_member_of_a_tar_has_a_limit(
    intake: Intake, tmp_path: Path, length: int, fits: bool
) -> None:
    name = ("d/" * 4096)[: length - len("crasher.sym") - 1] + "crasher.sym"  # and a NUL
    result = only(take(intake, tarred(tmp_path / "a.tar", {name: SYM})))

    assert bool(result.added) is fits
    assert fits or result.refused.endswith("a member's name is longer than 4096 bytes")


@pytest.mark.parametrize(("count", "fits"), [(20, True), (21, False)])
@pytest.mark.parametrize("pack", [zipped, tarred])
def test_an_archive_has_so_many_members(
    intake: Intake, tmp_path: Path, count: int, fits: bool,
    pack: Callable[[Path, dict[str, bytes]], Path],
) -> None:  # fmt: skip
    results = take(intake, pack(tmp_path / "a", {str(number): b"" for number in range(count)}))

    error = "21 members; at most 20 are allowed (SOCORRO_SYMBOLS_ZIP_MEMBERS)"
    assert any(error in result.refused for result in results) is not fits


@pytest.mark.parametrize(("size", "fits"), [(5_000_000, True), (5_000_001, False)])
def test_compressed_members_unpack_to_the_limit_of_the_archive_together(
    store: SymbolStore, tmp_path: Path, size: int, fits: bool
) -> None:
    intake = Intake(store, SymbolsConfig(file_bytes=10**7, unpacked_bytes=10**7))
    first, second = (sym(number(count)) for count in range(2))
    members = {
        "a.sym.gz": gzip.compress(first + b"\n" * (5_000_000 - len(first))),
        "b.sym.xz": lzma.compress(second + b"\n" * (size - len(second))),
    }

    results = take(intake, zipped(tmp_path / "a.zip", members))

    assert [bool(result.added) for result in results] == [True, fits]
    assert fits or "the archive unpacks to more than 10,000,000 bytes" in results[1].refused
