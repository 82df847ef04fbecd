"""What is published stays as it is: a version is there whole, once, or not at all."""

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cli.local.ports import free_ports
from tests.publish.artifacts import CHECKOUT, NAME, write


def publish(*arguments: object) -> subprocess.CompletedProcess[str]:
    command = [str(CHECKOUT / "deploy" / "publish"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.fixture
def artifact(tmp_path: Path) -> Path:
    return write(tmp_path / "dist" / NAME)


@pytest.fixture
def daemon(tmp_path: Path) -> Iterator[str]:
    """The URL of an rsync server whose module is the folder served."""
    (port,) = free_ports(1)
    (tmp_path / "served").mkdir()
    (tmp_path / "rsyncd.conf").write_text(
        f"use chroot = no\n[builds]\npath = {tmp_path / 'served'}\nread only = no\n"
        + (f"uid = {os.getuid()}\ngid = {os.getgid()}\n" if os.getuid() == 0 else "")
    )
    command = ["rsync", "--daemon", "--no-detach", f"--config={tmp_path / 'rsyncd.conf'}"]
    url = f"rsync://127.0.0.1:{port}/builds"
    with subprocess.Popen([*command, "--address=127.0.0.1", f"--port={port}"]) as server:
        deadline = time.monotonic() + 20
        while subprocess.run(["rsync", url], capture_output=True, check=False).returncode:
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield url
        server.terminate()


def test_a_version_is_published_with_its_checksum_and_again_without_change(
    artifact: Path, tmp_path: Path
) -> None:
    shelf = tmp_path / "new" / "shelf"

    first, again = publish(shelf, artifact), publish(f"{shelf}/", artifact)

    assert (first.returncode, again.returncode) == (0, 0), first.stderr + again.stderr
    assert contents(shelf) == contents(artifact.parent)


def test_a_published_version_is_never_replaced(artifact: Path, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    publish(shelf, artifact)
    before = contents(shelf)
    write(artifact, b"other")

    done = publish(shelf, artifact)

    assert done.returncode == 1
    assert f"{NAME} and {NAME}.sha256 with other bytes" in done.stderr
    assert contents(shelf) == before


def test_a_publish_that_was_cut_off_is_completed(artifact: Path, tmp_path: Path) -> None:
    shelf = tmp_path / "shelf"
    publish(shelf, artifact)
    (shelf / f"{NAME}.sha256").unlink()

    assert publish(shelf, artifact).returncode == 0
    assert contents(shelf) == contents(artifact.parent)


def test_a_server_of_rsync_takes_and_refuses_as_a_folder_does(
    artifact: Path, daemon: str, tmp_path: Path
) -> None:
    first = publish(daemon, artifact)
    whole = contents(artifact.parent)
    write(artifact, b"other")
    second = publish(daemon, artifact)

    assert (first.returncode, second.returncode) == (0, 1), first.stderr
    assert "with other bytes" in second.stderr
    assert contents(tmp_path / "served") == whole


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        (NAME, b"damaged", "does not match"),
        ("socorro-0.1.0+g1a2b3c4.dirty.tar.gz", b"", "not committed"),
        ("other-1.tar.gz", b"", "is not an artifact"),
    ],
)
def test_what_is_no_whole_version_is_not_published(
    tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    artifact = write(tmp_path / "dist" / name)
    if content:
        artifact.write_bytes(content)

    done = publish(tmp_path / "shelf", artifact)

    assert done.returncode == 1
    assert said in done.stderr
    assert not (tmp_path / "shelf").exists()


def test_a_destination_that_does_not_answer_is_said(artifact: Path) -> None:
    (port,) = free_ports(1)

    done = publish(f"rsync://127.0.0.1:{port}/builds", artifact)

    assert done.returncode == 1
    assert f"cannot read rsync://127.0.0.1:{port}/builds" in done.stderr
