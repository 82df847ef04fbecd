"""The line as its user meets it: Ctrl-C, kill -9, a second one, a taken port."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import psycopg2
import pytest

from cli.local import postgres
from cli.local.ports import free_ports
from socorro.roles import ROLES
from tests.builders import TEST_DUMP
from tests.system.line import CHECKOUT, HTTP, SERVICES, Line, running, wait_for

pytestmark = pytest.mark.system

LAST_WORDS = re.compile(r"socorro run: .+")


@pytest.fixture(scope="module")
def line(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    with running(tmp_path_factory.mktemp("line"), CACHE="memcached") as started:
        yield started


def everybody(home: Path) -> dict[int, str]:
    """Every process that carries the home in its environment: process id -> command."""
    processes = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            if f"SOCORRO_HOME={home}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                words = (folder / "cmdline").read_bytes().split(b"\0")
                processes[int(folder.name)] = b" ".join(words).decode()
        except OSError:
            continue
    return processes


def parent_of(pid: int) -> int:
    """Its parent, by the fourth field of proc(5)'s stat; 0 once the process has ended."""
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def pid_of(home: Path, words: str) -> int:
    """The process with these words that is a parent, not a worker.

    Not the smallest id: ids start again at the bottom once the system has used them all.
    """
    candidates = {pid for pid, command in everybody(home).items() if words in command}
    [top] = [pid for pid in candidates if parent_of(pid) not in candidates | {0}]
    return top


def is_healthy(line: Line, service: str) -> bool:
    try:
        return HTTP.request("GET", line.url(service, "/__heartbeat__")).status == 200
    except Exception:
        return False


def free() -> dict[str, str]:
    """Ports for one more line."""
    names = (*SERVICES, "postgres", "memcached")
    ports = zip(names, free_ports(len(names)), strict=True)
    return {f"SOCORRO_{name.upper()}_PORT": str(port) for name, port in ports}


def second(line: Line, **changed: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "cli.main", "run"],
        env={**line.environment, **changed},
        cwd=CHECKOUT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def test_the_banner_names_three_addresses_and_how_to_post(line: Line) -> None:
    text = "\n".join(line.output)

    for service, path in (("collector", "/submit"), ("middleware", "/api/"), ("webapp", "/")):
        assert line.url(service, path) in text
    assert f"upload_file_minidump=@{TEST_DUMP.relative_to(CHECKOUT)}" in text


@pytest.mark.parametrize("words", [*(f"-m {name}" for name in SERVICES), "bin/postgres -D"])
def test_what_is_killed_is_started_again(line: Line, words: str) -> None:
    killed = pid_of(line.home, words)

    os.kill(killed, signal.SIGKILL)

    wait_for(lambda: killed not in everybody(line.home), what=f"the end of {words}")
    wait_for(lambda: any(words in command for command in everybody(line.home).values()), what=words)
    for service in SERVICES:
        wait_for(lambda service=service: is_healthy(line, service), what=service)
    name = "postgres" if "postgres" in words else words.removeprefix("-m ")
    said = f"{name} died (SIGKILL); starting it again"
    wait_for(lambda: any(said in text for text in line.output), what="the event")


def cache_gets(line: Line, outcome: str) -> float:
    text = HTTP.request("GET", line.url("middleware", "/metrics")).data.decode()
    counts = re.findall(rf'^socorro_cache_gets_total{{outcome="{outcome}"}} (\S+)', text, re.M)
    return sum(map(float, counts))


def test_rest_answers_from_memcached_also_when_that_was_killed(line: Line) -> None:
    url = line.url("middleware", "/api/SignatureFirstDate/?signatures=a")
    before = cache_gets(line, "hit")

    def is_hit() -> bool:
        assert HTTP.request("GET", url).status == 200
        return cache_gets(line, "hit") > before

    wait_for(is_hit, what="an answer from the cache")
    os.kill(pid_of(line.home, "memcached"), signal.SIGKILL)
    before = cache_gets(line, "hit")
    wait_for(is_hit, what="an answer from the cache that was started again")


def test_the_database_asks_for_a_password(line: Line) -> None:
    at = f"host=127.0.0.1 port={line.ports['postgres']} user=socorro dbname=socorro"

    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(at, passfile="/dev/null")


def test_each_service_works_as_a_role_of_its_own(line: Line) -> None:
    admin = postgres.dsn(line.ports["postgres"], line.home / "postgres.passfile")
    statement = "SELECT usename FROM pg_stat_activity WHERE datname = 'socorro' AND pid <> %s"

    def users() -> set[str]:
        with closing(psycopg2.connect(admin)) as db, db.cursor() as cursor:
            cursor.execute(statement, [db.info.backend_pid])
            return {name for (name,) in cursor.fetchall()}

    wait_for(lambda: users() == set(ROLES.values()), what="a session of each service")
    assert "user=socorro_owner" in (line.home / "running.toml").read_text()
    assert not any("permission denied" in text for text in line.output)


def test_a_second_line_in_the_same_home_is_refused_in_one_line(line: Line) -> None:
    done = second(line)

    assert done.returncode == 1
    assert LAST_WORDS.fullmatch(done.stderr.strip())
    assert "a line is already running in" in done.stderr
    assert is_healthy(line, "webapp")


def test_a_taken_port_is_refused_in_one_line(line: Line, tmp_path: Path) -> None:
    done = second(line, SOCORRO_HOME=str(tmp_path / "other"))

    assert done.returncode == 1
    assert LAST_WORDS.fullmatch(done.stderr.strip())
    assert "SOCORRO_COLLECTOR_PORT" in done.stderr
    assert not (tmp_path / "other" / "postgres").exists()


def test_a_store_that_does_not_exist_is_told_in_one_line(line: Line, tmp_path: Path) -> None:
    done = second(line, SOCORRO_HOME=str(tmp_path / "other"), STORE="cassandra")

    assert done.returncode == 2
    assert done.stderr == "STORE: Input should be 'file' or 'hbase'\n"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_everything(open_folder: Path, number: signal.Signals) -> None:
    with running(open_folder) as line:
        mine = everybody(line.home)

        line.process.send_signal(number)
        code = line.process.wait(60)

    assert code == 0, line.output
    assert len(mine) > len(SERVICES)
    assert everybody(line.home) == {}


@pytest.mark.parametrize("words", ["cli.main run", "supervisor.supervisord"])
def test_nobody_outlives_a_kill_and_the_next_start_works(open_folder: Path, words: str) -> None:
    home = open_folder
    with running(home) as line:
        os.kill(pid_of(home, words), signal.SIGKILL)

        wait_for(lambda: everybody(home) == {}, what="the end of all")
        again = subprocess.Popen(
            [sys.executable, "-m", "cli.main", "run"], env=line.environment, cwd=CHECKOUT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            for service in SERVICES:
                wait_for(lambda service=service: is_healthy(line, service), what=service)
        finally:
            again.send_signal(signal.SIGTERM)
            code = again.wait(120)

        assert code == 0


def test_a_service_that_does_not_come_up_is_named_with_its_last_words(open_folder: Path) -> None:
    with pytest.raises(AssertionError) as caught, running(
        open_folder, SOCORRO_WEBAPP_SECRET_KEY_FILE="/nowhere"
    ):  # fmt: skip
        pass

    text = str(caught.value)
    assert "Last lines of webapp:" in text
    assert "/nowhere: No such file or directory" in text.split("Last lines of webapp:")[1]
    assert "socorro run: webapp ended" in text
    assert everybody(open_folder) == {}


def test_a_database_elsewhere_that_does_not_answer_is_told_in_one_line(
    line: Line, open_folder: Path
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        database = f"host=127.0.0.1 port={nobody.getsockname()[1]} user=socorro dbname=x"

        done = second(line, SOCORRO_HOME=str(open_folder), SOCORRO_DATABASE=database, **free())

    assert done.returncode == 1
    assert "Connection refused" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert everybody(open_folder) == {}


def test_ctrl_c_while_the_line_starts_ends_it_cleanly(line: Line, open_folder: Path) -> None:
    home = open_folder
    starting = subprocess.Popen(
        [sys.executable, "-m", "cli.main", "run"],
        env={**line.environment, "SOCORRO_HOME": str(home), **free()},
        cwd=CHECKOUT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    wait_for((home / "run" / "supervisord.conf").exists, what="supervisor's configuration")

    starting.send_signal(signal.SIGINT)

    assert starting.wait(60) == 0
    assert everybody(home) == {}
