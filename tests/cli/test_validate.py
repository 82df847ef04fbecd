"""`socorro store validate`: what lies in the store, held against the declaration of fields."""

from collections.abc import Callable
from pathlib import Path

from click.testing import Result

from cli.local.postgres import free_port
from processor.process import process
from socorro.crash import MAIN_DUMP
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from tests.builders import NOON, make_crash
from tests.faults import broken_files
from tests.monitor.test_chores import report

Run = Callable[..., Result]
DAY = f"{NOON:%Y-%m-%d}"


def test_crashes_that_are_as_declared_are_counted(
    run: Run, store: CrashStore, settings: Path
) -> None:
    raw = make_crash(Undeclared="may be stored")
    store.put_raw(raw, {})
    store.put_processed(raw.crash_id, process(raw, {}))
    store.put_raw(make_crash(), {})  # not processed yet

    result = run("store", "validate", "--day", DAY)

    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert result.stderr == "2 crashes checked, 0 not as declared\n"


def test_what_is_not_as_declared_is_named_without_its_value(
    run: Run, store: CrashStore, settings: Path
) -> None:
    raw = make_crash()
    store.put_raw(raw, {})
    wrong = {**process(raw, {}), "uptime": "xyzzy", "invented": 1}
    store.put_processed(raw.crash_id, wrong)

    result = run("store", "validate", raw.crash_id)

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"{raw.crash_id}  processed crash: uptime: not of type integer",
        f"{raw.crash_id}  processed crash: invented: not declared",
    ]


def test_a_crash_that_is_not_stored_is_said_to_be_so(run: Run, settings: Path) -> None:
    unknown = make_crash().crash_id

    result = run("store", "validate", unknown)

    assert result.exit_code == 1
    assert result.stdout == f"{unknown}  not in the crash store\n"


def test_a_damaged_crash_is_named_with_its_reason(
    run: Run, home: Path, store: CrashStore, settings: Path
) -> None:
    archive, dump, processed, sound = (make_crash(NOON) for _ in range(4))
    for raw in (archive, dump, processed, sound):
        store.put_raw(raw, {MAIN_DUMP: b"MDMP" + bytes(5000)})
        store.put_processed(raw.crash_id, process(raw, {}))
    broken_files.truncated(path_of(home, archive.crash_id, ".zip"))
    broken_files.bad_sum(path_of(home, dump.crash_id, ".zip"))
    broken_files.truncated(path_of(home, processed.crash_id, ".json.gz"))

    result = run("store", "validate", "--day", DAY)

    assert result.exit_code == 1
    assert sorted(result.stdout.splitlines()) == sorted(
        [
            f"{archive.crash_id}  damaged: archive: not a whole archive",
            f"{dump.crash_id}  damaged: archive: not a whole archive",
            f"{processed.crash_id}  damaged: processed file: does not decompress",
        ]
    )
    assert result.stderr == "4 crashes checked, 3 not as declared\n"


def path_of(home: Path, crash_id: str, suffix: str) -> Path:
    [path] = home.glob(f"crashstore/crashes/*/*/{crash_id}{suffix}")
    return path


def test_a_processed_crash_that_is_missing_beside_its_report_is_named(
    run: Run, home: Path, store: CrashStore, settings: Path, database: Database
) -> None:
    lost, waiting = make_crash(), make_crash()
    for raw in (lost, waiting):
        store.put_raw(raw, {})
    store.put_processed(lost.crash_id, process(lost, {}))
    report(database, lost.crash_id, f"{NOON:%Y-%m-%dT%H:%M:%SZ}")
    path_of(home, lost.crash_id, ".json.gz").unlink()

    result = run("store", "validate", "--day", DAY)

    assert result.exit_code == 1
    assert result.stdout.splitlines() == [
        f"{lost.crash_id}  damaged: the processed crash is missing, although there is a report"
    ]


def test_without_postgres_the_store_is_checked_and_what_is_not_is_said_once(
    run: Run, home: Path, store: CrashStore
) -> None:
    (home / "running.toml").write_text(
        f'store = "file://{home}/crashstore"\ndatabase = "host=127.0.0.1 port={free_port()}"\n'
    )
    store.put_raw(make_crash(), {})
    store.put_raw(make_crash(), {})

    result = run("store", "validate", "--day", DAY)

    assert result.exit_code == 0
    assert result.stderr.splitlines() == [
        "Postgres does not answer: missing processed crashes not checked",
        "2 crashes checked, 0 not as declared",
    ]
