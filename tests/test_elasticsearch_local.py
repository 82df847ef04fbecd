"""An Elasticsearch of our own on this machine: what it says when it cannot run."""

import shutil
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from cli.local.elasticsearch import ElasticsearchConfig, Server
from cli.local.elasticsearch_jars import jars
from cli.local.maven import NoEngine


def test_a_machine_without_java_says_what_to_install(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "cli.local.elasticsearch", "fetch"],
        env={"PATH": str(tmp_path), "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert done.stderr == (
        "elasticsearch: Elasticsearch needs java: apt-get install openjdk-17-jdk-headless maven\n"
    )


def test_without_maven_the_first_fetch_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _name: None)

    with pytest.raises(NoEngine, match=r"Elasticsearch needs mvn: apt-get install .* maven"):
        jars(tmp_path)


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]

        with pytest.raises(NoEngine, match=f"port {port} of 127.0.0.1 is taken"):
            Server(tmp_path, tmp_path, port).start()


def test_a_server_that_was_never_started_can_be_stopped(tmp_path: Path) -> None:
    Server(tmp_path, tmp_path, ElasticsearchConfig().port).stop()
