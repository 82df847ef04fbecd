"""`socorro backup`: what it has comes back whole, or nothing changes and it says why."""

import json
import shutil
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg2
import pytest
from click.testing import Result

from socorro import migrate
from socorro.backup import restore as restoring
from socorro.backup.create import OURS
from socorro.backup.tables import BACKED_UP, OLD_DAYS, TABLES, How
from socorro.crashstore.filesystem import FilesystemStore
from socorro.postgres import column, execute, value
from tests.backup.conftest import Full, point_to
from tests.backup.filled import contents
from tests.builders import NOON, make_crash

Run = Callable[..., Result]
DESIGN = {"cron_log", "dropped_weeks"}  # a restore writes a row of its own


def test_every_table_is_declared_once(full: Full) -> None:
    with closing(psycopg2.connect(full.dsn)) as db:
        existing = column(db, OURS)

    assert sorted(table.name for table in TABLES) == sorted(existing)


def test_a_table_that_nobody_declared_is_not_left_out_silently(
    run: Run, machine: Path, empty: str, tmp_path: Path
) -> None:
    with closing(psycopg2.connect(empty)) as db, db:
        execute(db, "CREATE TABLE new_one (a integer)")
    point_to(machine, empty)

    result = run("backup", "create", "--to", str(tmp_path / "new"))

    assert result.exit_code == 1
    assert "tables that no backup knows: new_one" in result.output
    assert [path.name for path in (tmp_path / "new").iterdir()] == [".lock"]


def test_every_row_comes_back_into_a_database_without_tables(
    run: Run, machine: Path, full: Full, empty: str
) -> None:
    before = full.contents
    point_to(machine, empty)

    result = run("backup", "restore", str(full.backup), "--no-store")

    assert result.exit_code == 0, result.output
    after = contents(empty)
    kept = {table.name for table in BACKED_UP}
    assert {name: after[name] for name in kept - DESIGN} == {
        name: before[name] for name in kept - DESIGN
    }
    assert all(before[name] for name in kept)
    assert all(set(before[name]) <= set(after[name]) for name in DESIGN)
    assert all(after[table.name] == [] for table in TABLES if table.how is How.REBUILT)
    with closing(psycopg2.connect(empty)) as db:
        assert migrate.applied(db) == migrate.shipped()
        [number] = column(
            db, "INSERT INTO signatures (signature, first_report) VALUES ('new', now())"
            " RETURNING signature_id"
        )  # fmt: skip
        assert number == 501


def test_days_with_crashes_are_counted_again_and_not_twice(
    run: Run, machine: Path, full: Full, dsn: str
) -> None:
    """The backup has counts of 1 November; the store has crashes of 31 October on."""
    store = FilesystemStore(machine / "crashstore")
    store.put_raw(make_crash(datetime(2026, 10, 31, 5, tzinfo=UTC)), {"upload_file_minidump": b"M"})
    point_to(machine, dsn)

    result = run("backup", "restore", str(full.backup), "--no-store")

    assert "from 2026-10-31 on, days are counted again" in result.output
    with closing(psycopg2.connect(dsn)) as db:
        until = "SELECT until = '2026-10-31 00:00+00' FROM dropped_weeks WHERE parent = 'reports'"
        assert [table for table in OLD_DAYS if value(db, f"SELECT count(*) FROM {table}")] == []
        assert value(db, until)


def test_a_restore_that_breaks_off_changes_nothing_and_may_be_run_again(
    run: Run, machine: Path, full: Full, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, words = contents(dsn), ("backup", "restore", str(full.backup), "--no-store")
    point_to(machine, dsn)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(restoring, "_note_dropped", killed)
        assert run(*words).exit_code != 0
    while_loading = contents(dsn)
    with monkeypatch.context() as patch:
        patch.setattr(restoring.migrate, "migrate", killed)
        assert run(*words).exit_code != 0
    again = run(*words)

    assert while_loading == before
    assert again.exit_code == 0, again.output
    assert f"the database has backup {full.backup.name} already" in again.output
    assert contents(dsn)["bugs"] == full.contents["bugs"]


def _cut(folder: Path) -> None:
    (folder / "MANIFEST.json").unlink()


def _shorten(folder: Path) -> None:
    path = folder / "tables" / "bugs.copy.gz"
    path.write_bytes(path.read_bytes()[:-3])


def _change(folder: Path) -> None:
    path = folder / "tables" / "bugs.copy.gz"
    path.write_bytes(path.read_bytes()[:-1] + b"?")


def _edit(folder: Path) -> None:
    path = folder / "MANIFEST.json"
    path.write_text(path.read_text().replace('"postgres"', '"Postgres"'))


def _remove(folder: Path) -> None:
    (folder / "home" / "crash-id-secret").unlink()


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (_cut, "the backup was cut off, or is none"),
        (_shorten, "it was cut off or changed"),
        (_change, "bugs.copy.gz: changed since it was written"),
        (_edit, "MANIFEST.json: changed since it was written"),
        (_remove, "crash-id-secret: No such file"),
    ],
)
def test_a_damaged_backup_is_refused(
    run: Run, machine: Path, backup: Path, damage: Callable[[Path], None], message: str
) -> None:
    damage(backup)

    for command in ("verify", "restore"):
        result = run("backup", command, str(backup))

        assert result.exit_code == 1
        assert message in result.output


def test_what_is_in_use_or_newer_is_refused(
    run: Run, machine: Path, full: Full, monkeypatch: pytest.MonkeyPatch
) -> None:
    backup = full.backup
    point_to(machine, full.dsn)
    in_use = run("backup", "restore", str(backup))
    shipped = migrate.shipped()
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "shipped", lambda: shipped[:-1])
        newer = run("backup", "restore", str(backup))
    (machine / "secret").write_text("another")
    other_home = run("backup", "restore", str(backup))

    assert [in_use.exit_code, newer.exit_code, other_home.exit_code] == [1, 1, 1]
    assert "the database is not empty (auth.auth_user has rows)" in in_use.output
    assert "the backup is of a newer version" in newer.output
    assert f"{machine / 'secret'} is another crash-id-secret" in other_home.output


def test_a_database_with_a_newer_schema_is_refused(
    run: Run, machine: Path, full: Full, monkeypatch: pytest.MonkeyPatch
) -> None:
    point_to(machine, full.dsn)
    monkeypatch.setattr(migrate, "applied", lambda _: [*migrate.shipped(), "9999"])

    result = run("backup", "restore", str(full.backup))

    assert result.exit_code == 1
    assert "a newer schema than the backup (9999)" in result.output


def test_a_lost_home_gets_secrets_and_crashes_back(
    run: Run, home: Path, full: Full, dsn: str
) -> None:
    point_to(home, dsn)

    dry = run("backup", "restore", str(full.backup), "--dry-run")
    untouched = [path.name for path in home.iterdir()]
    result = run("backup", "restore", str(full.backup))

    assert f"{home / 'secret'} would be restored" in dry.output
    assert untouched == ["running.toml"]
    assert result.exit_code == 0, result.output
    assert (home / "secret").read_text() == "s" * 48
    assert (home / "webapp-secret").read_text() == "w" * 48
    own = (home / "secret", *(path for path in full.backup.rglob("*")))
    assert {path.stat().st_mode & 0o077 for path in own} == {0}
    store = FilesystemStore(home / "crashstore", home=home)
    [crash_id] = store.submitted(NOON, NOON + timedelta(seconds=1))
    assert store.get_processed(crash_id) == {"signature": "x"}


def test_a_secret_that_cannot_be_read_is_named(run: Run, machine: Path, tmp_path: Path) -> None:
    (machine / "secret").unlink()

    result = run("backup", "create", "--to", str(tmp_path / "new"), "--postgres", "none")

    assert result.exit_code == 0
    assert "not in the backup: crash-id-secret (SOCORRO_COLLECTOR_SECRET_FILE" in result.stderr


def test_other_files_come_back_where_they_were(run: Run, machine: Path, tmp_path: Path) -> None:
    folder = tmp_path / "etc"
    folder.mkdir()
    (folder / "owner").write_text("*:*:*:owner:password")
    words = ("--to", str(tmp_path / "new"), "--postgres", "none", "--also", str(folder))
    run("backup", "create", *words)
    shutil.rmtree(folder)

    result = run("backup", "restore", str(tmp_path / "new"), "--no-database")

    assert result.exit_code == 0, result.output
    assert (folder / "owner").read_text() == "*:*:*:owner:password"
    assert (folder / "owner").stat().st_mode & 0o777 == 0o600


def test_old_backups_go_and_leftovers_of_killed_ones_are_no_backups(
    run: Run, machine: Path, backup: Path
) -> None:
    parent = backup.parent
    for number in (1, 2):
        shutil.copytree(backup, parent / f"2026010{number}T000000Z")
    (parent / ".making-20260103T000000Z-0").mkdir()

    result = run("backup", "create", "--to", str(parent), "--keep", "2", "--postgres", "none")

    kept = sorted(path.name for path in parent.iterdir())
    assert result.exit_code == 0, result.output
    assert len(kept) == 4
    assert kept[3] == "store"
    assert kept[:2] == [".lock", backup.name]
    assert "no database" in run("backup", "list", str(parent)).output


def test_an_old_backup_and_a_damaged_one_are_no_fresh_backups(
    run: Run, machine: Path, backup: Path
) -> None:
    def listed(*words: str) -> Result:
        return run("backup", "list", str(backup.parent), *words)

    fresh = listed("--max-age", "1000000")
    old = listed("--max-age", "-1")
    [document] = json.loads(listed("--json").stdout)
    (backup / "MANIFEST.json").unlink()
    damaged = listed()

    assert [fresh.exit_code, old.exit_code, damaged.exit_code] == [0, 1, 1]
    assert "the newest backup is 0 hours old" in old.output
    assert document["rows"] > 100
    assert "the backup was cut off" in damaged.output
