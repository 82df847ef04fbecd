"""Damaged minidumps: a note instead of a success, and all that can be read."""

import random
import struct
import threading
from collections.abc import Callable
from typing import Any

import pytest

from processor import dump_streams
from processor.config import ProcessorConfig
from processor.dump_repair import UNREADABLE, lacks, repaired
from processor.dump_streams import MODULES as MODULE_LIST
from processor.dump_streams import Layout, read
from processor.process import process
from processor.repairing import RepairingWalker
from processor.stackwalk import DAMAGED, OK, Walk, Walker
from processor.worker import Context
from socorro.crash import MAIN_DUMP, RawCrash
from socorro.postgres import rows
from tests.builders import DUMPS, make_crash
from tests.processor.conftest import BREAKPAD, RUST, SYMBOLS
from tests.synthetic_dump import (
    DEBUG_ID,
    EXCEPTION,
    MODULES,
    SYSTEM,
    THREADS,
    Module,
    synthetic_dump,
    with_stream,
)

UNLOADED, THREAD_NAMES = 14, 24
ANY = ("rust", "breakpad")


def utf16(text: str) -> bytes:
    return text.encode("utf-16-le")


HALF = utf16("C:\\ba") + b"\x00\xd8" + utf16("d.dll")
LOW_HALF = utf16("C:\\ba") + b"\x00\xdc" + utf16("d.dll")


def second(name: str | bytes = "C:\\x.dll", **more: Any) -> Module:
    return Module(name, base=0x150000000, **more)


@pytest.fixture(params=ANY)
def walker(request: pytest.FixtureRequest) -> RepairingWalker:
    program = {"rust": RUST, "breakpad": BREAKPAD}[request.param]
    return RepairingWalker(Walker(program, symbols=[SYMBOLS]))


def processed(dump: bytes, walk: Walk) -> dict[str, Any]:
    return dict(process(make_crash(dumps={MAIN_DUMP: dump}), {MAIN_DUMP: walk}))


NAMES = {
    "half a surrogate pair": (second(HALF), "ba\ufffdd.dll"),
    "the other half": (second(LOW_HALF), "ba\ufffdd.dll"),
    "half a pair at the end": (second(utf16("a.dll") + b"\x3d\xd8"), "a.dll\ufffd"),
    "two halves in the wrong order": (second(utf16("a") + b"\0\xdc\0\xd8"), "a\ufffd\ufffd"),
    "an odd length": (second(name_bytes=17), "x.dll"),
    "an odd length, shorter": (second(name_bytes=13), "x.d"),
    "a length without end": (second(name_bytes=0xFFFFFFFE), "x.dll"),
    "a length beyond the end": (second(name_bytes=60_000), "x.dll"),
    "beyond the end": (second(name_at=0xFFFFFFF0), "foo.pdb"),
    "in the header": (second(name_at=0), "foo.pdb"),
    "beyond the end, without a debug file": (
        second(name_at=0xFFFFFFF0, debug_file=b"\xff\0"),
        UNREADABLE,
    ),
    "the module that crashed": (second(), "x.dll"),
}


@pytest.mark.parametrize(("module", "name"), NAMES.values(), ids=NAMES)
def test_a_damaged_name_costs_no_other_module(
    walker: RepairingWalker, module: Module, name: str
) -> None:
    dump = synthetic_dump(Module(), module)

    walk = walker.walk(dump)

    crash = processed(dump, walk)
    assert walk.json_dump
    assert [module["filename"] for module in walk.json_dump["modules"]] == ["foo.exe", name]
    assert crash["signature"] == "foo.exe@0x1010"
    if module == second():
        assert (walk.status, crash["success"]) == (OK, True)
        return
    assert (walk.status, crash["success"]) == (DAMAGED, False)
    assert "The minidump is damaged: 1 of 2 module names" in crash["processor_notes"]


def test_the_crashed_module_itself_may_have_a_damaged_name(walker: RepairingWalker) -> None:
    dump = synthetic_dump(Module(HALF), second())

    crash = processed(dump, walker.walk(dump))

    assert crash["signature"] == "ba\\ufffdd.dll@0x1010"
    assert not crash["success"]


LISTS = {
    "more modules than there are": ({"claimed_modules": 3}, "list of modules"),
    "a million modules": ({"claimed_modules": 1_000_000}, "list of modules"),
    "4 billion modules": ({"claimed_modules": 2**32 - 1}, "list of modules"),
    "fewer modules than there are": ({"claimed_modules": 1}, "list of modules"),
    "no modules, though there are": ({"claimed_modules": 0}, "list of modules"),
    "a list of 0 bytes": ({"stream_bytes": {MODULES: 0}}, "list of modules"),
    "a list that ends in a module": ({"stream_bytes": {MODULES: 50}}, "list of modules"),
    "a list of 4 GB": ({"stream_bytes": {MODULES: 2**32 - 1}}, "list of modules"),
    "no threads": ({"without": (THREADS,)}, "thread of the exception"),
    "a list of threads of 4 bytes": ({"stream_bytes": {THREADS: 4}}, "list of threads"),
    "an exception of 4 bytes": ({"stream_bytes": {EXCEPTION: 4}}, "exception"),
    "no description of the system": ({"without": (SYSTEM,)}, "description of the system"),
    "a description of 4 bytes": ({"stream_bytes": {SYSTEM: 4}}, "description of the system"),
}


@pytest.mark.parametrize(("damage", "problem"), LISTS.values(), ids=LISTS)
def test_a_damaged_list_is_read_as_far_as_it_goes(damage: dict[str, Any], problem: str) -> None:
    dump = synthetic_dump(Module(), second(), **damage)

    walk = RepairingWalker(Walker(RUST)).walk(dump)

    crash = processed(dump, walk)
    assert walk.json_dump
    assert [module["filename"] for module in walk.json_dump["modules"]] == ["foo.exe", "x.dll"]
    assert crash["signature"] == "foo.exe@0x1010"
    assert (walk.status, crash["success"]) == (DAMAGED, False)
    assert any(problem in note for note in walk.notes)


@pytest.mark.parametrize(
    ("damage", "note"),
    [
        ({"without": (MODULES,)}, "The minidump is damaged: no modules can be read"),
        ({"modules": (Module(size=0),)}, "The minidump is damaged: no modules can be read"),
        (
            {"modules": (Module(), Module(HALF, base=0x150000000)), "without": (EXCEPTION,)},
            "The minidump is damaged: 1 of 2 module names",
        ),
    ],
)
def test_what_cannot_be_repaired_is_said(
    walker: RepairingWalker, damage: dict[str, Any], note: str
) -> None:
    more = {name: value for name, value in damage.items() if name != "modules"}
    dump = synthetic_dump(*damage.get("modules", ()), **more)

    crash = processed(dump, walker.walk(dump))

    assert not crash["success"]
    assert note in crash["processor_notes"]


def unloaded(minidump_name: bytes) -> bytes:
    """A dump with two unloaded modules."""

    def stream(add: Any) -> bytes:
        names = [
            add(struct.pack("<I", len(n)) + n + bytes(2)) for n in (utf16("a.dll"), minidump_name)
        ]
        entries = b"".join(
            struct.pack("<QIIII", 0x160000000 + number * 0x100000, 0x10000, 0, 0, at)
            for number, at in enumerate(names)
        )
        return struct.pack("<III", 12, 24, 2) + entries

    return with_stream(synthetic_dump(), UNLOADED, stream)


def test_a_damaged_name_costs_no_other_unloaded_module() -> None:
    good, bad = (RepairingWalker(Walker(RUST)).walk(unloaded(n)) for n in (utf16("b.dll"), HALF))

    assert good.json_dump
    assert bad.json_dump
    assert good.status == OK
    names = [module["filename"] for module in bad.json_dump["unloaded_modules"]]
    assert names == ["a.dll", "ba\ufffdd.dll"]
    assert bad.status == DAMAGED
    assert bad.notes == ("The minidump is damaged: 1 of 2 names of unloaded modules",)


@pytest.mark.parametrize("dump", sorted(DUMPS.glob("*/*.dmp")), ids=lambda path: path.name)
def test_nothing_is_wrong_with_real_minidumps(dump: Any, walker: RepairingWalker) -> None:
    body = dump.read_bytes()

    walk = walker.walk(body)

    assert walk.status in (OK, "MissingThreadList")
    assert repaired(body) is None


@pytest.mark.parametrize("share", [0.97, 0.9, 0.7])
def test_of_a_dump_that_was_cut_short_the_rest_is_read(
    walker: RepairingWalker, share: float
) -> None:
    body = next(DUMPS.glob("*/linux-mini.dmp")).read_bytes()
    whole = walker.walk(body).json_dump

    walk = walker.walk(body[: int(len(body) * share)])  # its list of threads was at the end

    assert walk.json_dump
    assert whole
    assert walk.status == DAMAGED
    functions = [
        [(frame["module"], frame["function"]) for frame in dump["crashing_thread"]["frames"]]
        for dump in (whole, walk.json_dump)
    ]
    assert functions[0] == functions[1]


def test_a_stack_that_was_cut_short_is_noted(walker: RepairingWalker) -> None:
    body = next(DUMPS.glob("*/simple-crashpad.dmp")).read_bytes()

    walk = walker.walk(body[:-700])

    assert walk.json_dump
    assert len(walk.json_dump["crashing_thread"]["frames"]) == 5  # without a repair: 1
    assert (walk.status, len(walk.notes)) == (DAMAGED, 1)


def test_no_damage_makes_the_repair_fail() -> None:
    chance = random.Random(15)
    seeds = [path.read_bytes() for path in DUMPS.glob("*/*.dmp") if path.stat().st_size < 60_000]
    seeds += [synthetic_dump(Module(), second()), unloaded(utf16("b.dll"))]
    repairs = 0
    for _ in range(1500):
        dump = bytearray(chance.choice(seeds))
        for _ in range(chance.randrange(1, 12)):
            at = chance.randrange(min(len(dump) - 4, chance.choice((64, 1000, 10**6))))
            struct.pack_into("<I", dump, at, chance.choice((0, 1, 7, 2**31, 2**32 - 1, at)))
        cut = bytes(dump[: chance.choice((len(dump), chance.randrange(len(dump))))])
        repair = repaired(cut)
        lacks(cut, {})
        if repair:
            repairs += 1
            assert len(repair.dump) >= len(cut)
            assert read(repair.dump)
            assert all(len(problem) < 60 for problem in repair.problems)
    assert repairs > 100


def test_only_a_walk_that_lacks_something_is_repeated() -> None:
    class Counted:
        def __init__(self, walk: Walk) -> None:
            self.dumps: list[bytes] = []
            self._walk = walk

        def check(self) -> None: ...

        def walk(
            self, dump: bytes, seconds: float | None = None, stop: threading.Event | None = None,
            alone: bool = False,
        ) -> Walk:  # fmt: skip
            assert (seconds, stop, alone) == (None, None, False)
            self.dumps.append(dump)
            return self._walk

    damaged = synthetic_dump(Module(), second(HALF))
    counts = {}
    for status in (
        OK,
        "Timeout",
        "OutOfMemory",
        "WalkerCrashed",
        "HeaderMismatch",
        "StreamNotFound",
    ):
        walker = Counted(Walk(status))
        assert RepairingWalker(walker).walk(damaged).status == status
        counts[status] = len(walker.dumps)

    assert counts == {
        OK: 2, "Timeout": 1, "OutOfMemory": 1, "WalkerCrashed": 1, "HeaderMismatch": 1,
        "StreamNotFound": 2,
    }  # fmt: skip


def test_the_processor_repairs(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setenv("SOCORRO_HOME", str(tmp_path))
    walker = ProcessorConfig(walker=RUST, index_walker="").make_walker()

    assert walker.walk(synthetic_dump(Module(), second(HALF))).status == DAMAGED


def test_a_damaged_crash_is_reported_with_its_other_modules(
    context: Context, submit: Callable[..., RawCrash], work: Callable[..., object], rust: Walker
) -> None:
    repairing = context._replace(walker=RepairingWalker(rust))
    raw = submit({MAIN_DUMP: synthetic_dump(Module(), second(HALF))})

    work(repairing)

    crash = context.store.get_processed(raw.crash_id)
    with context.database.transaction() as db:
        statement = "SELECT signature, success FROM reports"
        [report] = rows(db, statement, lambda *row: row)
    assert crash["modules_in_stack"] == f"foo.exe/{DEBUG_ID}"
    assert (crash["mdsw_status_string"], report) == (DAMAGED, ("foo.exe@0x1010", False))


# Limits


def test_the_limits() -> None:
    limits = dump_streams
    assert (limits.MOST_STREAMS, limits.MOST_ENTRIES) == (1000, 20_000)
    assert (limits.MOST_NAME, limits.LONGEST_NAME, limits.MOST_NAME_BYTES) == (1024, 65_534, 2**24)


def renamed(module: Module) -> str | None:
    """The name of the second of two modules after a repair; None when nothing was wrong."""
    repair = repaired(synthetic_dump(Module(), module))
    if repair is None:
        return None
    minidump = read(repair.dump)
    assert minidump
    entry = minidump.entries_of(MODULE_LIST, Layout(4, 0, 108)).entries[1]
    return minidump.name(struct.unpack_from("<I", entry, 20)[0]).text


@pytest.mark.parametrize(
    ("name", "repair"),
    [("x" * 1024, None), ("a" + "x" * 1024, "x" * 1024), ("x" * 32_767, "x" * 1024)],
    ids=["1024", "1025", "32767"],
)
def test_a_name_is_cut_to_its_last_characters(name: str, repair: str | None) -> None:
    assert renamed(second(name)) == repair


def test_a_name_longer_than_any_path_is_not_read() -> None:
    assert renamed(second("x" * 32_768)) == "foo.pdb"


@pytest.mark.parametrize(("most", "is_read"), [(77, True), (76, False)])
def test_all_names_together_have_a_limit(
    monkeypatch: pytest.MonkeyPatch, most: int, is_read: bool
) -> None:
    # Before the third name is read, 28 and 48 bytes of names were.
    monkeypatch.setattr(dump_streams, "MOST_NAME_BYTES", most)
    dump = synthetic_dump(
        Module("C:\\app\\foo.exe"), Module("C:\\app\\a_much_longer.exe"), second("x.dll")
    )

    repair = repaired(dump)

    assert (repair is None) is is_read


@pytest.mark.parametrize("count", [3, 4])
def test_a_list_has_so_many_entries(monkeypatch: pytest.MonkeyPatch, count: int) -> None:
    monkeypatch.setattr(dump_streams, "MOST_ENTRIES", 3)
    dump = synthetic_dump(*(Module(base=0x140000000 + n * 0x1000000) for n in range(count)))
    minidump = read(dump)

    assert minidump
    entries = minidump.entries_of(MODULE_LIST, Layout(4, 0, 108))
    assert (len(entries.entries), entries.is_whole) == (3, count == 3)


@pytest.mark.parametrize(("count", "is_read"), [(1000, True), (1001, False)])
def test_a_directory_has_so_many_streams(count: int, is_read: bool) -> None:
    entries = [(0, 0, 0)] * (count - 1) + [(MODULE_LIST, 4, 32)]
    directory = b"".join(struct.pack("<III", *entry) for entry in entries)
    minidump = read(struct.pack("<4sIIIIIQ", b"MDMP", 0xA793, count, 32, 0, 0, 0) + directory)

    assert minidump
    assert (MODULE_LIST in minidump.streams) is is_read


@pytest.mark.parametrize("data", [b"", b"MDMP", b"MDMP" + bytes(11), b"NOPE" + bytes(60)])
def test_what_is_no_minidump_is_not_repaired(data: bytes) -> None:
    assert read(data) is None
    assert repaired(data) is None
    assert lacks(data, {}) == []
