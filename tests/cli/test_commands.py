"""The small commands, help, and errors in one line."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import psycopg2
import pytest
from click.testing import Result

from cli.local.postgres import free_port
from cli.main import COMMANDS
from crashmover.config import CrashmoverConfig
from crashmover.mover import Mover
from socorro.crash import MAIN_DUMP
from socorro.crashstore.filesystem import FilesystemStore
from socorro.crashstore.interface import CrashStore
from socorro.roles import GRANTS
from socorro.service import Stop
from socorro.spool.spool import Spool
from tests.crashmover.spooled import spooled

Run = Callable[..., Result]
CHECKOUT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_examples_line_by_line(run: Run, command: str) -> None:
    result = run(command, "--help")

    assert result.exit_code == 0
    assert "\nExamples:\n  " in result.output
    assert f"socorro {command}" in result.output


def test_migrate_makes_the_schema_and_then_has_nothing_to_do(
    run: Run, home: Path, postgres_dsn: str, dsn: str
) -> None:
    db = psycopg2.connect(dsn)
    with db, db.cursor() as cursor:
        cursor.execute("DROP SCHEMA public, auth CASCADE; CREATE SCHEMA public")
    db.close()
    (home / "running.toml").write_text(f'database = "{dsn}"\n')

    first, second = run("migrate"), run("migrate")

    assert "applied 0001_jobs_and_reports\n" in first.output
    assert second.output == "nothing to do\n"


def test_migrate_says_when_services_have_no_roles_and_prints_how_to_make_them(
    run: Run, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socorro.roles.ROLES", {"monitor": "socorro_monitor_of_others"})

    migrated, printed = run("migrate"), run("migrate", "--print-grants")

    assert "services share one role: socorro_monitor_of_others missing" in migrated.output
    assert "to create these roles: socorro migrate --print-grants" in migrated.output
    assert "CREATE ROLE socorro_monitor_of_others LOGIN" in printed.output
    assert printed.output.endswith(GRANTS)


def test_a_database_without_schema_is_told_what_to_do(run: Run, settings: Path, dsn: str) -> None:
    db = psycopg2.connect(dsn)
    with db, db.cursor() as cursor:
        cursor.execute("DROP SCHEMA public, auth CASCADE; CREATE SCHEMA public")
    db.close()

    result = run("status")

    assert result.exit_code == 1
    assert "run `socorro migrate`" in result.output
    assert result.output.count("\n") == 1


def test_a_postgres_that_is_away_is_one_line_that_names_the_setting(
    run: Run, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCORRO_DATABASE", f"host=127.0.0.1 port={free_port()} password=hush")

    result = run("status")

    assert result.exit_code == 1
    assert result.output.count("\n") == 1
    assert "SOCORRO_DATABASE" in result.output
    assert "hush" not in result.output


def test_a_store_that_is_away_is_one_line_that_names_the_setting(
    run: Run, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCORRO_STORE", f"hbase://127.0.0.1:{free_port()}")

    result = run("store", "check")

    assert result.exit_code == 1
    assert "SOCORRO_STORE" in result.output
    assert result.output.count("\n") == 1


def test_a_store_of_no_known_kind_is_told(
    run: Run, settings: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOCORRO_STORE", "s3://bucket")

    for words in (("store", "check"), ("store", "create")):
        result = run(*words)

        assert result.exit_code == 1
        assert "SOCORRO_STORE: store 's3://bucket': expected file" in result.output


def test_the_store_is_created_and_checked(run: Run, home: Path, settings: Path) -> None:
    (home / "crashstore").rename(home / "unmounted")

    away = run("store", "check")
    is_made = (home / "crashstore").exists()
    created, checked = run("store", "create"), run("store", "check")

    assert away.exit_code == 1
    assert f"no marker in {home}/crashstore; `socorro store create` makes a new one" in away.output
    assert not is_made
    assert created.output == f"file://{home}/crashstore exists\n"
    assert checked.output == f"file://{home}/crashstore is healthy\n"


def test_another_store_is_away_until_it_is_adopted(run: Run, home: Path, settings: Path) -> None:
    run("store", "check")
    FilesystemStore.created(home / "other")
    (home / "crashstore").rename(home / "unmounted")
    (home / "other").rename(home / "crashstore")

    away, adopted, checked = run("store", "check"), run("store", "adopt"), run("store", "check")

    assert away.exit_code == 1
    assert "another one is mounted" in away.output
    assert adopted.output == f"file://{home}/crashstore is adopted\n"
    assert checked.exit_code == 0


def test_the_spool_is_created_and_adopted(run: Run, home: Path) -> None:
    away = run("spool", "list")
    created, listed = run("spool", "create"), run("spool", "list")
    (home / "spool").rename(home / "unmounted")
    Spool.created(home / "spool", durable=False)
    other, adopted, again = run("spool", "list"), run("spool", "adopt"), run("spool", "list")

    assert away.exit_code == 1
    assert f"no marker in {home}/spool; `socorro spool create` makes a new one" in away.output
    assert created.output == f"{home}/spool exists\n"
    assert listed.exit_code == 0
    assert other.exit_code == 1
    assert adopted.output == f"{home}/spool is adopted\n"
    assert again.exit_code == 0


def test_the_spool_is_listed(run: Run, spool: Spool, home: Path) -> None:
    ready, bad = spooled(spool), spooled(spool)
    [entry] = [entry for entry in spool.ready() if entry.crash_id == bad.crash_id]
    spool.quarantine(entry, "torn: a dump is missing")

    result = run("spool", "list")

    assert [line.split()[:2] for line in result.stdout.splitlines()] == [
        ["ready", ready.crash_id],
        ["quarantined", bad.crash_id],
    ]
    assert "torn: a dump is missing" in result.stdout
    assert result.stderr == "1 ready, 1 quarantined\n"


def test_what_was_kept_is_put_back(run: Run, spool: Spool, store: CrashStore) -> None:
    raw = spooled(spool)
    Mover(spool, store, Stop(), CrashmoverConfig(keep_minutes=5)).move_all()

    result = run("spool", "put-back", "--kept")

    assert result.output == "1 crash put back\n"
    assert list(spool.ids()) == [raw.crash_id]


def test_quarantined_crashes_are_put_back_by_id_and_the_crashmover_stores_them(
    run: Run, spool: Spool, store: CrashStore
) -> None:
    good, other = spooled(spool), spooled(spool)
    for entry in spool.ready():
        spool.quarantine(entry, "error: OSError")

    first = run("spool", "put-back", f"bp-{good.crash_id}")
    again = run("spool", "put-back", good.crash_id)
    Mover(spool, store, Stop(), CrashmoverConfig()).move_all()
    gone = run("spool", "put-back", good.crash_id)

    assert (first.stdout, first.exit_code) == (f"put back         {good.crash_id}\n", 0)
    assert first.stderr == "1 crash put back, 0 not\n"
    assert (again.stdout, again.exit_code) == (f"already ready    {good.crash_id}\n", 0)
    assert (gone.stdout, gone.exit_code) == (f"not here         {good.crash_id}\n", 1)
    assert store.get_raw(good.crash_id) == good
    assert list(spool.quarantined()) == [(other.crash_id, "error: OSError")]


def test_all_quarantined_crashes_are_put_back_and_a_torn_one_stays(run: Run, spool: Spool) -> None:
    good, torn = spooled(spool), spooled(spool)
    for entry in spool.ready():
        if entry.crash_id == torn.crash_id:
            Path(entry.dump(MAIN_DUMP)).unlink()
        spool.quarantine(entry, "torn: test")

    result = run("spool", "put-back", "--all")
    again = run("spool", "put-back", "--all")

    stays = f"stays            {torn.crash_id}  torn: dump {MAIN_DUMP} is missing"
    assert sorted(result.stdout.splitlines()) == [f"put back         {good.crash_id}", stays]
    assert result.stderr == "1 crash put back, 1 not\n"
    assert again.stdout == f"{stays}\n"
    assert (result.exit_code, again.exit_code) == (1, 1)
    assert list(spool.ids()) == [good.crash_id]


@pytest.mark.parametrize("arguments", [[], ["--all", "--kept"], ["--all", "0" * 36]])
def test_put_back_needs_to_know_which_crashes(run: Run, spool: Spool, arguments: list[str]) -> None:
    assert run("spool", "put-back", *arguments).exit_code == 2


def test_config_shows_what_is_in_effect_and_no_secret(
    run: Run, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (home / "socorro.toml").write_text(
        'database = "host=db1 dbname=socorro password=hush"\n[crashmover]\nworkers = 7\n'
    )
    monkeypatch.setenv("SOCORRO_MONITOR_BATCH", "77")
    monkeypatch.setenv("SOCORRO_COLLECTOR_THREADS", "none")

    result = run("config")

    lines = [line.partition("  #")[0] for line in result.output.splitlines()]
    shown = dict(line.split("=", 1) for line in lines if "=" in line)
    assert result.exit_code == 0
    assert shown["SOCORRO_CRASHMOVER_WORKERS"] == "7"
    assert shown["SOCORRO_MONITOR_BATCH"] == "77"
    assert "host=db1" in shown["SOCORRO_DATABASE"]
    assert "hush" not in result.output
    assert shown["SOCORRO_COLLECTOR_SECRET_FILE"] == "  (Field required)"
    assert shown["SOCORRO_COLLECTOR_THREADS"].startswith("none  (Input should be a valid integer")
    assert shown["SOCORRO_COLLECTOR_PORT"] == "8882"


@pytest.mark.parametrize("name", COMMANDS)
def test_a_commands_line_in_the_help_is_the_first_of_its_own_help(run: Run, name: str) -> None:
    result = run(name, "--help")

    usage, _, first, *_ = result.output.splitlines()
    assert usage.startswith(f"Usage: main {name}")
    assert first == f"  {COMMANDS[name].help}"


def test_the_help_lists_every_command_on_one_line(run: Run) -> None:
    lines = run("--help").output.splitlines()
    listed = lines[lines.index("Commands:") + 1 :][: len(COMMANDS)]

    assert [line.split(maxsplit=1) for line in listed] == [
        [name, entry.help] for name, entry in COMMANDS.items()
    ]
    assert max(map(len, listed)) <= 78


def test_help_imports_no_command_and_no_service() -> None:
    script = """
import sys
from click.testing import CliRunner
from cli.main import main
assert "top-crashers" in CliRunner().invoke(main, ["--help"]).output
print(*sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True
    )

    modules = set(done.stdout.split())
    assert {name for name in modules if name.startswith("cli.commands.")} == {"cli.commands.group"}
    assert modules.isdisjoint(
        {"collector", "processor", "webapp", "django", "psycopg2", "pydantic", "rich", "web"}
    )


def test_the_command_starts_as_a_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli.main", "--version"],
        cwd=CHECKOUT, capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert done.stdout.startswith("python -m cli.main, version ")
