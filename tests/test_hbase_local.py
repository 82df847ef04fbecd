"""An HBase of our own on this machine: starts, ends with its parts, leaves nothing behind."""

import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest

from cli.local import hbase
from cli.local.hbase import GATEWAY, HBaseConfig, Ports, Server, running
from cli.local.hbase_jars import POM, NoHBase, jars
from socorro.crashstore.open import create_tables, open_store
from tests.builders import NOON, make_crash

pytestmark = pytest.mark.hbase


@contextmanager
def serving(folder: Path, ports: Ports, **environment: str) -> Iterator[subprocess.Popen[str]]:
    options = [
        word
        for name, port in ports._asdict().items()
        for word in (f"--{name.replace('_', '-')}", str(port))
    ]
    with subprocess.Popen(
        [sys.executable, "-m", "cli.local.hbase", "serve", str(folder), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env=environment or None,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def test_served_in_the_foreground_it_ends_with_its_parts_and_keeps_what_it_holds(
    tmp_path: Path,
) -> None:
    ports = Ports.free()
    url = f"hbase://127.0.0.1:{ports.port}"
    raw = make_crash(NOON)

    with serving(tmp_path, ports) as process:
        assert first_line(process).startswith(f"hbase: up at {url} in ")
        java = psutil.Process(process.pid).children()
        create_tables(url)
        store = open_store(url)
        store.put_raw(raw, {})
        store.close()
        assert {
            listening.laddr.ip.removeprefix("::ffff:")
            for one in java
            for listening in one.net_connections("tcp")
            if listening.status == psutil.CONN_LISTEN
        } == {"127.0.0.1"}
        java[-1].kill()
        _, errors = process.communicate()
    _, alive = psutil.wait_procs(java, timeout=30)

    assert process.returncode == 1
    assert errors == f"hbase: {GATEWAY} ended: see {tmp_path}/logs\n"
    assert alive == []

    with serving(tmp_path, ports) as process:
        assert first_line(process).startswith("hbase: up")
        java = psutil.Process(process.pid).children()
        store = open_store(url)
        assert store.get_raw(raw.crash_id) == raw
        store.close()
        process.send_signal(signal.SIGKILL)
        _, alive = psutil.wait_procs(java, timeout=30)

    assert len(java) == 2
    assert alive == []


def test_asked_to_end_while_it_starts_it_ends(tmp_path: Path) -> None:
    with serving(tmp_path, Ports.free()) as process:
        log = tmp_path / "logs/hbase.log"
        while not log.exists():
            assert process.poll() is None
        java = psutil.Process(process.pid).children()

        process.terminate()
        output, errors = process.communicate()
    _, alive = psutil.wait_procs(java, timeout=30)

    assert (process.returncode, output, errors) == (0, "", "")
    assert alive == []


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ports = Ports.free()._replace(region_port=port)

        with serving(tmp_path, ports) as process:
            output, errors = process.communicate()

    assert process.returncode == 1
    assert errors == f"hbase: port {port} of 127.0.0.1: Address already in use\n"
    assert output == ""


def test_a_port_taken_while_java_starts_is_named_and_tests_go_on_with_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hbase, "_require_free", lambda _port: None)  # it is taken right after
    good, cache = Ports.free(), HBaseConfig().cache
    with socket.create_server(("127.0.0.1", 0)) as taken:
        bad = good._replace(master_port=taken.getsockname()[1])
        served = iter([bad, good])
        monkeypatch.setattr(Ports, "free", lambda: next(served))
        server = Server(tmp_path / "named", jars(cache), bad)

        with pytest.raises(NoHBase, match=r"hbase ended while starting \(.*already in use\): see"):
            server.start()
        server.kill()

        with running(tmp_path / "again", cache) as server:
            assert server.url == f"hbase://127.0.0.1:{good.port}"
            create_tables(server.url)


def test_a_machine_without_java_is_told_what_to_install(tmp_path: Path) -> None:
    with serving(tmp_path, Ports.free(), PATH=str(tmp_path)) as process:
        _, errors = process.communicate()

    assert process.returncode == 1
    assert errors == "hbase: HBase needs java: apt-get install openjdk-17-jre-headless maven\n"


def test_without_maven_the_first_fetch_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)

    with pytest.raises(NoHBase, match=r"needs mvn: apt-get install .* maven"):
        jars(tmp_path)


def test_a_fetch_that_fails_leaves_no_folder_and_says_why_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    maven = tmp_path / "mvn"
    maven.write_text("#!/bin/sh\necho '[ERROR] no such artefact'\necho '[ERROR] more'\nexit 1\n")
    maven.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    with pytest.raises(NoHBase, match=r"^mvn could not fetch HBase: \[ERROR\] no such artefact$"):
        jars(tmp_path / "cache")

    assert list((tmp_path / "cache").glob("lib-*")) == []


def test_jars_that_are_there_are_not_fetched_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lib = jars(HBaseConfig().cache)
    monkeypatch.setattr(subprocess, "run", None)

    assert jars(HBaseConfig().cache) == lib
    assert POM.is_file()


def test_a_server_that_was_never_started_can_be_stopped(tmp_path: Path) -> None:
    server = Server(tmp_path, tmp_path, Ports.free())

    server.stop()

    assert server.ended() is None
