"""Limits of symbols, at the limit and one beyond."""

import io
import lzma
import os
import resource
import struct
import time
import zipfile
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from socorro.symbols import archive, dump, index, index_walker
from socorro.symbols.archive import BadArchive, Limits, members
from socorro.symbols.cache import Outcome, Status, SymbolCache
from socorro.symbols.compression import decompressed
from socorro.symbols.config import ProcessorSymbolsConfig, SymbolsConfig
from socorro.symbols.module import BadModule, module_id
from socorro.symbols.store import SymbolStore
from socorro.symbols.symfile import LONGEST_LINE, NAMELESS, BadSymbols, Checker
from tests.symbols.files import CRASHER, HEAD, ID, SYM, number, sym

DETAIL = Outcome(Status.MISSING, "x")


@pytest.mark.parametrize(
    ("setting", "value", "fits"),
    [
        ("file_bytes", 0, False),
        ("file_bytes", 1, True),
        ("cache_bytes", 0, False),
        ("cache_bytes", 1, True),
        ("missing_seconds", -0.001, False),
        ("missing_seconds", 0, True),
        ("away_seconds", -0.001, False),
        ("away_seconds", 0, True),
        ("connect_seconds", 0, False),
        ("connect_seconds", 0.001, True),
        ("answer_seconds", 0, False),
        ("answer_seconds", 0.001, True),
        ("download_seconds", 0, False),
        ("download_seconds", 0.001, True),
        ("fetch_seconds", 0, False),
        ("fetch_seconds", 0.001, True),
        ("fetch_modules", 0, False),
        ("fetch_modules", 1, True),
        ("connections", 0, False),
        ("connections", 1, True),
        ("connections", 64, True),
        ("connections", 65, False),
        ("upload_bytes", 0, False),
        ("upload_bytes", 1, True),
        ("unpacked_bytes", 0, False),
        ("unpacked_bytes", 1, True),
        ("zip_members", 0, False),
        ("zip_members", 1, True),
        ("index_bytes", -1, False),
        ("index_bytes", 0, True),
    ],
)
def test_settings_have_limits(setting: str, value: float, fits: bool) -> None:
    settings: Any = ProcessorSymbolsConfig if setting == "index_bytes" else SymbolsConfig

    if fits:
        assert getattr(settings(**{setting: value}), setting) == value
    else:
        with pytest.raises(ValidationError, match=setting):
            settings(**{setting: value})


# Names


@pytest.mark.parametrize(
    ("name", "debug_id", "fits"),
    [
        ("x" * 200, ID, True),
        ("x" * 201, ID, False),
        ("é" * 100, ID, True),
        ("é" * 100 + "x", ID, False),
        ("x", "1" * 32, False),
        ("x", "1" * 33, True),
        ("x", "1" * 40, True),
        ("x", "1" * 41, False),
    ],
)
def test_a_module_has_short_names(name: str, debug_id: str, fits: bool) -> None:
    if fits:
        assert module_id(name, debug_id).debug_file == name
    else:
        with pytest.raises(BadModule):
            module_id(name, debug_id)


@pytest.mark.parametrize(("length", "is_cut"), [(60, False), (61, True)])
def test_a_name_in_an_error_is_cut(length: int, is_cut: bool) -> None:
    with pytest.raises(BadModule) as caught:
        module_id("x", "z" * length)

    assert ("\\u2026" in str(caught.value)) is is_cut
    assert f"'{'z' * 60}" in str(caught.value)


# The grammar


def _problem(text: str, limit: int = 2**30) -> str:
    """The error of a symbol file, or ""."""
    checker = Checker(limit)
    try:
        checker.feed(text.encode())
        checker.finish()
    except BadSymbols as error:
        return str(error)
    return ""


@pytest.mark.parametrize(
    ("line", "is_good"),
    [
        (f"PUBLIC {'a' * 16} 0 f", True),
        (f"PUBLIC {'a' * 17} 0 f", False),
        (f"FUNC 1000 {'a' * 8} 0 f", True),
        (f"FUNC 1000 {'a' * 9} 0 f", False),
        ("FILE 999999999 f", True),
        ("FILE 1000000000 f", True),
        ("FILE 3999999999 f", True),
        ("FILE 4294967294 f", False),
        ("FILE 4294967295 f", True),
        ("FILE 4294967296 f", False),
        ("INFO " + "x" * (LONGEST_LINE - 5), True),
        ("INFO " + "x" * (LONGEST_LINE - 4), False),
    ],
    ids=lambda value: str(value)[:30],
)
def test_a_line_has_limits(line: str, is_good: bool) -> None:
    assert (_problem(f"{HEAD}{line}\n") == "") is is_good


@pytest.mark.parametrize(("length", "is_good"), [(4096, True), (4097, False)])
def test_the_first_line_has_a_limit(length: int, is_good: bool) -> None:
    head, name = "MODULE Linux", f" x86_64 {ID} crasher"
    first = head + " " * (length - len(head) - len(name)) + name

    problem = _problem(f"{first}\n")

    assert len(first) == length
    assert (problem == "") is is_good
    assert is_good or "is not a MODULE record" in problem


@pytest.mark.parametrize(("length", "is_cut"), [(80, False), (81, True)])
def test_a_line_in_an_error_is_cut(length: int, is_cut: bool) -> None:
    problem = _problem(f"{HEAD}{'?' * length}\n")

    assert ("\\u2026" in problem) is is_cut
    assert "?" * 80 in problem


@pytest.mark.parametrize(("length", "functions"), [(64, 0), (65, 1)])
def test_a_nameless_function_has_the_name_of_a_section(length: int, functions: int) -> None:
    assert "64" in NAMELESS
    checker = Checker(2**30)
    checker.feed(f"{HEAD}FUNC 1 1 0 <.{'x' * length} ELF section in a>\n".encode())

    assert checker.finish().functions == functions


@pytest.mark.parametrize(("limit", "is_good"), [(len(SYM), True), (len(SYM) - 1, False)])
def test_a_file_of_the_largest_size_is_stored(tmp_path: Path, limit: int, is_good: bool) -> None:
    store = SymbolStore(tmp_path, limit)

    if is_good:
        assert store.add([SYM]).facts.bytes == limit
    else:
        with pytest.raises(BadSymbols, match="larger than"):
            store.add([SYM])


# The store


@pytest.mark.parametrize(("age", "swept"), [(59, 0), (61, 1)])
def test_leftovers_are_swept_after_a_minute(tmp_path: Path, age: int, swept: int) -> None:
    store = SymbolStore(tmp_path, 2**30)
    left = tmp_path / ".incoming/0123"
    left.parent.mkdir()
    left.touch()
    os.utime(left, (time.time() - age,) * 2)

    assert store.sweep() == swept
    assert left.exists() is not bool(swept)


@pytest.mark.parametrize(("age", "is_noted"), [(3590, False), (3610, True)])
def test_use_is_noted_once_an_hour(tmp_path: Path, age: int, is_noted: bool) -> None:
    store = SymbolStore(tmp_path, 2**30)
    folder = store.add([SYM]).path.parent
    used = time.time() - age
    os.utime(folder, (used, used))

    store.note_use([CRASHER])

    assert (folder.stat().st_mtime > used + 1) is is_noted


# The cache


@pytest.fixture
def now() -> list[float]:
    return [1_800_000_000.0]


@pytest.fixture
def cache(tmp_path: Path, now: list[float]) -> SymbolCache:
    return SymbolCache(tmp_path / "cache", 2**30, 2**30, now=lambda: now[0])


@pytest.mark.parametrize(("length", "kept"), [(500, 500), (501, 500)])
def test_a_detail_is_cut(cache: SymbolCache, length: int, kept: int) -> None:
    cache.remember("http://a", CRASHER, Outcome(Status.CORRUPT, "x" * length), 10)

    assert cache.remembered("http://a", CRASHER) == Outcome(Status.CORRUPT, "x" * kept)


@pytest.mark.parametrize(("after", "is_valid"), [(9.999, True), (10, False)])
def test_an_answer_is_valid_for_its_time(
    cache: SymbolCache, now: list[float], after: float, is_valid: bool
) -> None:
    cache.remember("http://a", CRASHER, DETAIL, 10)

    now[0] += after

    assert (cache.remembered("http://a", CRASHER) is not None) is is_valid
    assert cache.forget_answers() == (0 if is_valid else 1)


@pytest.mark.parametrize(("seconds", "count"), [(0, 0), (0.001, 1)])
def test_an_answer_for_no_time_is_not_kept(cache: SymbolCache, seconds: float, count: int) -> None:
    cache.remember("http://a", CRASHER, DETAIL, seconds)

    assert len(list(cache.folder.glob(".answers/*/*"))) == count


@pytest.mark.parametrize(("count", "forgotten"), [(3, 0), (4, 1)])
def test_the_answers_that_end_first_are_forgotten_when_there_are_too_many(
    cache: SymbolCache, monkeypatch: pytest.MonkeyPatch, count: int, forgotten: int
) -> None:
    monkeypatch.setattr("socorro.symbols.cache._MOST_ANSWERS", 3)
    for place in range(count):
        cache.remember("http://a", number(place), DETAIL, 10 + place)

    assert cache.forget_answers() == forgotten
    assert (cache.remembered("http://a", number(0)) is None) is bool(forgotten)


@pytest.mark.parametrize(("age", "forgotten"), [(60, 0), (60.001, 1)])
def test_an_unfinished_answer_is_left_for_a_minute(
    cache: SymbolCache, now: list[float], age: float, forgotten: int
) -> None:
    path = cache.folder / ".answers/ab/.draft"
    path.parent.mkdir(parents=True)
    path.touch()
    os.utime(path, (now[0], now[0]))

    now[0] += age

    assert cache.forget_answers() == forgotten


@pytest.mark.parametrize(("age", "is_swept"), [(3590, False), (3610, True)])
def test_answers_are_swept_once_an_hour(
    cache: SymbolCache, now: list[float], age: int, is_swept: bool
) -> None:
    cache.remember("http://a", CRASHER, DETAIL, 10)
    now[0] += 11
    mark = cache.folder / ".answers/swept"
    os.utime(mark, (time.time() - age,) * 2)

    cache.remember("http://b", number(1), DETAIL, 10)

    assert len(list(cache.folder.glob(".answers/*/*"))) == (1 if is_swept else 2)


@pytest.mark.parametrize(("after", "is_measured"), [(3599.9, False), (3600, True)])
def test_the_cache_is_measured_again_after_an_hour(
    cache: SymbolCache, now: list[float], after: float, is_measured: bool
) -> None:
    cache.add([sym(number(0))], number(0))
    cache.store.path(number(0)).unlink()  # by hand
    now[0] += after

    cache.add([sym(number(1))], number(1))

    size = len(sym(number(1)))
    assert int((cache.folder / ".size").read_text().split()[1]) == size * (1 if is_measured else 2)


@pytest.mark.parametrize(("missing", "gone"), [(0, 0), (1, 2)])
def test_a_full_cache_makes_room_for_a_twentieth(tmp_path: Path, missing: int, gone: int) -> None:
    size = len(sym(number(10)))
    cache = SymbolCache(tmp_path, 20 * size - missing, size)
    for place in range(10, 30):
        cache.store.add([sym(number(place))])
        os.utime(cache.store.path(number(place)).parent, (1000 + place, 1000 + place))

    # 19 of 20 files are 95 % of the limit; with a limit of one byte less, 18 are.
    assert cache.evict() == [number(place) for place in range(10, 10 + gone)]
    assert len(list(cache.store.entries())) == 20 - gone


@pytest.mark.parametrize("days", [400, -400])
def test_a_cache_that_fits_loses_nothing_whatever_the_clock_says(
    cache: SymbolCache, now: list[float], days: int
) -> None:
    for place in range(10, 15):
        cache.store.add([sym(number(place))])

    now[0] += days * 86_400

    assert cache.evict() == []
    assert len(list(cache.store.entries())) == 5


# Zip files


def _zip(names: list[str], size: int = 10, comment: bytes = b"") -> io.BytesIO:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        for name in names:
            info = zipfile.ZipInfo(name)
            info.comment = comment
            packed.writestr(info, b"x" * size)
    return file


@pytest.mark.parametrize(
    ("count", "size", "error"),
    [
        (3, 10, ""),
        (4, 7, "4 members; at most 3 are allowed"),
        (3, 11, "unpacks to more than 30 bytes"),
    ],
)
def test_a_zip_has_limits(count: int, size: int, error: str) -> None:
    file = _zip([f"{number}.sym" for number in range(count)], size)
    limits = Limits(members=3, unpacked=30)

    if error:
        with pytest.raises(BadArchive, match=error):
            list(members(file, limits))
    else:
        assert len(list(members(file, limits))) == count


@pytest.mark.parametrize(("room", "is_good"), [(0, True), (1, False)])
def test_the_list_of_members_has_at_most_4_mib(room: int, is_good: bool) -> None:
    assert archive._DIRECTORY == 4 * 2**20
    names = [f"{place:04}.sym" for place in range(64)]
    entry = struct.calcsize("<4s4B4HL2L5H2L") + len(names[0])
    file = _zip(names, comment=b"c" * (4 * 2**20 // 64 - entry))
    data = bytearray(file.getvalue())
    end = data.rindex(b"PK\x05\x06")
    assert struct.unpack_from("<L", data, end + 12)[0] == 4 * 2**20
    if room:  # one byte more in the list: an archive comment does not count, a member's does
        file = _zip([*names[:-1], f"x{names[-1]}"], comment=b"c" * (4 * 2**20 // 64 - entry))

    if is_good:
        assert len(list(members(file, Limits(100, 2**30)))) == 64
    else:
        with pytest.raises(BadArchive, match="the list of members is too long"):
            list(members(file, Limits(100, 2**30)))


# Programs


def _program(path: Path, text: str) -> str:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(("seconds", "error"), [(30, ""), (0.2, "took longer than 0.2 s")])
def test_dump_syms_has_limited_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seconds: float, error: str
) -> None:
    monkeypatch.setattr(dump, "_SECONDS", seconds)
    program = _program(tmp_path / "dump", f"sleep {0 if not error else 5}\nprintf '{HEAD}'")

    if error:
        with pytest.raises(BadSymbols, match=error):
            list(dump.dump(program, tmp_path / "dump"))
    else:
        assert b"".join(dump.dump(program, tmp_path / "dump")) == HEAD.encode()


@pytest.mark.parametrize(("length", "shown"), [(300, 300), (301, 300)])
def test_an_error_of_dump_syms_is_cut(tmp_path: Path, length: int, shown: int) -> None:
    program = _program(tmp_path / "dump", f"echo {'x' * length} >&2; exit 1")

    with pytest.raises(BadSymbols) as caught:
        list(dump.dump(program, tmp_path / "dump"))

    assert str(caught.value) == f"dump_syms: {'x' * shown}"


@pytest.mark.parametrize(("length", "last"), [(64 * 1024, "LAST"), (64 * 1024 + 1, "LAS")])
def test_only_the_start_of_a_long_error_of_dump_syms_is_read(
    tmp_path: Path, length: int, last: str
) -> None:
    (tmp_path / "text").write_text("a" * (length - 5) + "\nLAST")
    program = _program(tmp_path / "dump", f"cat {tmp_path}/text >&2; exit 1")

    with pytest.raises(BadSymbols) as caught:
        list(dump.dump(program, tmp_path / "dump"))

    assert str(caught.value) == f"dump_syms: {last}"


@pytest.mark.parametrize(("length", "last"), [(4096, "LAST"), (4097, "LAS")])
def test_only_the_start_of_a_long_error_of_the_index_walker_is_read(
    tmp_path: Path, length: int, last: str
) -> None:
    (tmp_path / "text").write_text("a" * (length - 5) + "\nLAST")
    program = _program(tmp_path / "walker", f"cat {tmp_path}/text >&2; exit 1")
    file = tmp_path / "a.sym"

    outcomes = list(index.index(program, tmp_path / "index", [file], 1))

    assert outcomes == [(file, f"failed: {last}")]


@pytest.mark.parametrize(("count", "runs"), [(64, 1), (65, 2)])
def test_files_are_indexed_in_batches_of_64(tmp_path: Path, count: int, runs: int) -> None:
    program = _program(
        tmp_path / "walker",
        f'echo run >> {tmp_path}/runs; shift 5; for file; do echo "built $file"; done',
    )
    files = [tmp_path / f"{place}.sym" for place in range(count)]

    outcomes = list(index.index(program, tmp_path / "index", files, 1000))

    assert outcomes == [(file, "built") for file in files]
    assert (tmp_path / "runs").read_text().count("run") == runs


@pytest.mark.parametrize(("size", "most"), [(2**28, 2**30), (2**28 + 1, 2**30 + 4)])
def test_the_memory_of_the_index_walker_is_limited_by_its_largest_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, most: int
) -> None:
    limits: list[tuple[int, int]] = []
    monkeypatch.setattr(resource, "prlimit", lambda _pid, _kind, both: limits.append(both))
    file = tmp_path / "large.sym"
    file.touch()
    os.truncate(file, size)

    outcomes = list(index.index(_program(tmp_path / "w", "exit 0"), tmp_path / "i", [file], 1))

    assert limits == [(most, most)]
    assert outcomes == [(file, "failed: the walker ended")]


@pytest.mark.parametrize(("size", "is_written"), [(2**20, True), (2**20 + 1, False)])
def test_no_more_requests_are_written_than_a_mebibyte(
    tmp_path: Path, size: int, is_written: bool
) -> None:
    path = tmp_path / index_walker.MISSES
    path.write_bytes(b"/" + b"x" * (size - 2) + b"\n")

    index_walker.request(tmp_path, [Path("/a.sym")])

    assert (path.stat().st_size > size) is is_written


def test_the_index_walker_is_the_one_of_this_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (index_walker.CHECKOUT / "walker/Cargo.toml").is_file()

    monkeypatch.setattr(index_walker, "CHECKOUT", tmp_path)
    before = index_walker.built()
    program = tmp_path / "walker/target/release/index-walker"
    program.parent.mkdir(parents=True)
    _program(program, "exit 0")

    assert (before, index_walker.built()) == ("", str(program))


@pytest.mark.parametrize(("dictionary", "fits"), [(64 * 2**20, True), (96 * 2**20, False)])
def test_xz_gets_so_much_memory(dictionary: int, fits: bool) -> None:
    filters = [{"id": lzma.FILTER_LZMA2, "dict_size": dictionary, "preset": 0}]
    data = lzma.compress(SYM, lzma.FORMAT_XZ, filters=filters)

    if fits:
        assert b"".join(decompressed([data])) == SYM
    else:
        with pytest.raises(BadSymbols, match="cannot be unpacked: Memory usage limit exceeded"):
            list(decompressed([data]))
