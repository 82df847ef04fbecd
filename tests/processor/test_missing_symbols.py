"""Missing symbols: listed for each crash, saved with the report, ranked, used when they come."""

import os
import shutil
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from monitor.chores import requeue_missed
from processor.missing_symbols import MOST_MODULES, ModuleNumbers, missing_symbols
from processor.stackwalk import Walker
from processor.symbols import SymbolWalker
from processor.worker import Context
from socorro import jobs, metrics
from socorro.crash import RawCrash
from socorro.jobs.symbols_arrived import GRACE, gaining, requeue
from socorro.postgres import Database, execute
from socorro.queries import reprocessing, symbols
from socorro.queries.symbols import AffectedCrashes
from tests.builders import NOON
from tests.moved import moves
from tests.processor.conftest import RUST, SYMBOLS
from tests.processor.test_worker import every

Submit = Callable[..., RawCrash]
Work = Callable[..., list[jobs.Job]]
DAY = timedelta(days=1)
TEST_APP = "5A9832E5287241C1838ED98914E9B7FF1"
ID = "0123456789ABCDEF0123456789ABCDEF0"


def module(name: str, **more: object) -> dict[str, object]:
    return {"filename": name, "debug_file": name, "debug_id": ID, "missing_symbols": True, **more}


def crash(modules: list[dict[str, object]], *frames: str, made_by: tuple[int, ...] = (0,)) -> dict:
    return {
        "json_dump": {
            "modules": modules,
            "crashing_thread": {
                "frames": [{"frame": number, "module": name} for number, name in enumerate(frames)]
            },
        },
        "signature_trace": [
            {"frame": number, "action": "prefix" if number in made_by else "irrelevant"}
            for number in range(len(frames))
        ],
    }


def names(processed: dict) -> tuple[list[str], int]:
    missing = missing_symbols(processed)
    return [module.filename for module in missing.modules], missing.naming


def test_modules_of_the_signature_come_first_each_once() -> None:
    modules = [module(name) for name in ("libc.so", "app", "libx.so", "idle.so")]
    frames = ("libc.so", "app", "libx.so", "app", "libc.so")

    assert names(crash(modules, *frames, made_by=(1, 3))) == (["app", "libc.so", "libx.so"], 1)


@pytest.mark.parametrize(
    "module_values",
    [
        {"missing_symbols": False},
        {"symbol_status": "found"},
        {"debug_id": "0" * 33},
        {"debug_id": None},
        {"debug_file": None},
        {"debug_file": ".."},
        {"filename": None},
    ],
)
def test_modules_for_which_there_can_be_no_symbols_do_not_count(
    module_values: dict[str, object],
) -> None:
    assert names(crash([module("app", **module_values)], "app")) == ([], 0)


@pytest.mark.parametrize("word", ["missing", "unavailable", "corrupt", "other id"])
def test_symbols_are_missing_whatever_the_reason(word: str) -> None:
    statuses = {"symbol_status": word, "missing_symbols": word != "corrupt"}

    assert names(crash([module("app", **statuses)], "app")) == (["app"], 1)


def test_missing_symbols_are_bounded() -> None:
    modules = [module(f"lib{number}.so") for number in range(50)]
    frames = [f"lib{number}.so" for number in range(50)]

    filenames, naming = names(crash(modules, *frames, made_by=tuple(range(20))))

    assert (len(filenames), naming) == (MOST_MODULES, MOST_MODULES)


@pytest.mark.parametrize("nothing", [{}, {"json_dump": None}, {"json_dump": {"modules": []}}])
def test_a_crash_without_a_stack_misses_no_symbols(nothing: dict[str, object]) -> None:
    assert names(nothing) == ([], 0)


def test_numbers_of_modules_stay(database: Database) -> None:
    a, b = missing_symbols(crash([module("a"), module("b")], "a", "b")).modules
    monday, sunday = date(2026, 11, 23), date(2026, 11, 22)

    first = ModuleNumbers(database).of([b, a], monday)
    numbers = ModuleNumbers(database)

    assert numbers.of([a, b], monday) == first[::-1]
    assert numbers.of([a], sunday) == first[1:]
    assert every(database, "SELECT DISTINCT last_seen FROM symbol_modules") == [(monday,)]


@pytest.fixture
def store_of_symbols(tmp_path: Path) -> Path:
    folder = tmp_path / "symbols"
    folder.mkdir()
    return folder


@pytest.fixture
def bare(context: Context, store_of_symbols: Path) -> Context:
    """A processor whose symbol store is empty yet."""
    walker = Walker(RUST, symbols=[store_of_symbols])
    return context._replace(walker=SymbolWalker(walker, [store_of_symbols]))


def arrive(folder: Path) -> None:
    """The symbols of test.dmp come: with the times that they have elsewhere."""
    for name in ("test_app.pdb", "kernel32.pdb"):
        shutil.copytree(SYMBOLS / name, folder / name)
    os.utime(next(folder.rglob("test_app.sym")), (0, 0))


def test_symbols_that_come_are_found_and_their_crashes_queued_and_named(
    bare: Context, submit: Submit, work: Work, store_of_symbols: Path
) -> None:
    database, now = bare.database, datetime.now(UTC)
    raws = [submit(), submit()]
    submit({})
    work(bare)
    with database.transaction() as db:
        [first, second] = symbols.missing(db, NOON - DAY, NOON + DAY)
        assert symbols.affected_crashes(db, NOON - DAY, NOON + DAY) == AffectedCrashes(2, 2)
        assert list(gaining(db, [store_of_symbols])) == []
    assert first[:6] == ("test_app.pdb", TEST_APP, "test_app.exe", "", 2, 2)
    assert first.last_submitted == NOON
    assert first.fix == "socorro symbols add test_app.pdb"
    assert (second.debug_file, second.crash_count, second.naming_count) == ("kernel32.pdb", 2, 0)
    assert requeue(database, [store_of_symbols], now) == {}

    arrive(store_of_symbols)
    with database.transaction() as db:
        gains = list(gaining(db, [store_of_symbols]))
    queued = requeue(database, [store_of_symbols], now)

    # Both crashes miss both modules: each belongs to the first one, as when it is queued.
    assert [(module.debug_file, sorted(gain)) for module, gain in gains] == [
        ("test_app.pdb", sorted(raw.crash_id for raw in raws))
    ]
    assert queued == {module: len(gain) for module, gain in gains}
    assert every(database, "SELECT DISTINCT priority, state FROM jobs") == [(jobs.LOW, "waiting")]
    assert requeue(database, [store_of_symbols], now) == {}  # they are queued already
    work(bare)
    assert requeue(database, [store_of_symbols], now) == {}  # and have their symbols now
    assert every(database, "SELECT * FROM missed_symbols") == []
    today = datetime(2026, 11, 23, tzinfo=UTC).date()
    with database.transaction() as db:
        [move] = reprocessing.moves(db, today, today)
        assert reprocessing.moved(db, today, today) == (2, 2)
    assert move == ("test_app.exe@0x429e", "(anonymous namespace)::CrashFunction", 2)


def test_a_module_that_is_missed_in_spite_of_its_symbols_is_not_walked_for_ever(
    bare: Context, submit: Submit, work: Work, store_of_symbols: Path
) -> None:
    submit()
    work(bare)
    arrive(store_of_symbols)
    database, now = bare.database, datetime.now(UTC)

    queued = requeue(database, [store_of_symbols], now)
    with database.transaction() as db:  # as if it was walked without them once more
        execute(db, "DELETE FROM jobs")
        execute(db, "UPDATE reports SET started_at = now() + interval '1 second'")

    assert list(queued.values()) == [1]
    assert requeue(database, [store_of_symbols], now) == {}


def test_what_was_dealt_with_is_not_looked_for_again(
    bare: Context, submit: Submit, work: Work, store_of_symbols: Path
) -> None:
    submit()
    work(bare)
    arrive(store_of_symbols)
    database, now = bare.database, datetime.now(UTC)
    requeue(database, [store_of_symbols], now)
    settled = "SELECT count(settled_at) FROM symbol_modules"

    requeue(database, [store_of_symbols], now)
    before = every(database, settled)
    requeue(database, [store_of_symbols], now + GRACE + DAY)

    assert before == [(0,)]
    assert every(database, settled) == [(2,)]


def test_only_so_many_are_queued_at_once_and_none_while_the_line_is_busy(
    bare: Context,
    submit: Submit,
    work: Work,
    store_of_symbols: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(3):
        submit()
    work(bare)
    arrive(store_of_symbols)
    database = bare.database

    with moves(metrics.monitor_requeued, 2):
        assert requeue_missed(database, [store_of_symbols], batch=2) is True
    assert every(database, "SELECT count(*) FROM jobs") == [(2,)]
    monkeypatch.setattr("monitor.chores.MOST_WAITING", 2)
    assert requeue_missed(database, [store_of_symbols], batch=2) is False
    assert every(database, "SELECT count(*) FROM jobs") == [(2,)]
    monkeypatch.setattr("monitor.chores.MOST_WAITING", 100)
    assert requeue_missed(database, [store_of_symbols], batch=2) is False
    assert every(database, "SELECT count(*) FROM jobs") == [(3,)]


def test_a_crash_that_misses_less_is_kept_as_what_it_is_now(
    bare: Context, submit: Submit, work: Work, store_of_symbols: Path
) -> None:
    raw = submit()
    work(bare)
    shutil.copytree(SYMBOLS / "test_app.pdb", store_of_symbols / "test_app.pdb")
    with bare.database.transaction() as db:
        jobs.offer(db, [raw.crash_id], reprocess=True)

    work(bare)

    with bare.database.transaction() as db:
        [left] = symbols.missing(db, NOON - DAY, NOON + DAY)
    assert (left.debug_file, left.crash_count, left.naming_count) == ("kernel32.pdb", 1, 0)


def test_old_missing_symbols_are_forgotten_with_their_modules(
    bare: Context, submit: Submit, work: Work
) -> None:
    submit(submitted=datetime(2019, 1, 2, tzinfo=UTC))
    submit()
    work(bare)
    with bare.database.transaction() as db:
        execute(db, "UPDATE symbol_modules SET last_seen = '2019-01-02' WHERE debug_file ^@ 'k'")
        execute(db, "INSERT INTO signature_moves VALUES ('2019-01-02', 'a', 'b', 1)")
        execute(db, "SELECT forget_missed_symbols(now() - interval '26 weeks')")

    assert every(bare.database, "SELECT count(*) FROM missed_symbols") == [(1,)]
    assert every(bare.database, "SELECT debug_file FROM symbol_modules") == [("test_app.pdb",)]
    assert every(bare.database, "SELECT * FROM signature_moves") == []


def test_a_mending_command_is_safe_to_paste() -> None:
    quoted = {
        name: symbols._quoted(name) for name in ("lib-x_1.so", "a b", "x;rm -rf ~", "it's", "-n")
    }

    assert quoted == {
        "lib-x_1.so": "lib-x_1.so", "a b": "'a b'", "x;rm -rf ~": "'x;rm -rf ~'",
        "it's": "'it'\\''s'", "-n": "'-n'",
    }  # fmt: skip
