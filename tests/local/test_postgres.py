import os
import signal
import stat
import subprocess
from pathlib import Path

import pytest

from cli.local import postgres


@pytest.fixture
def private_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, open_folder: Path) -> Path:
    """A home below a folder that only we can enter."""
    monkeypatch.setattr(postgres, "SHELTER", open_folder / "shelter")
    home = tmp_path / "private" / "var"
    home.mkdir(parents=True)
    home.parent.chmod(0o700)
    return home


def test_data_lies_in_the_home(open_folder: Path) -> None:
    assert postgres.data_folder(open_folder) == open_folder / "postgres"


def test_data_lies_where_the_user_of_postgres_reaches_it(private_home: Path) -> None:
    old = os.umask(0o077)
    try:
        data = postgres.data_folder(private_home)
        postgres.init(postgres.binaries(), data, "secret")
    finally:
        os.umask(old)

    assert (data / "PG_VERSION").exists()
    assert postgres.data_folder(private_home) == data
    if os.geteuid() == 0:
        assert postgres.SHELTER in data.parents
        assert (private_home / "postgres").readlink() == data
    else:
        assert data.parent == private_home


def test_an_initdb_that_was_killed_is_repeated(open_folder: Path) -> None:
    data = open_folder / "postgres"
    (open_folder / "postgres.new").mkdir()
    (open_folder / "postgres.new" / "PG_VERSION").write_text("15\n")

    postgres.init(postgres.binaries(), data, None)

    assert (data / "global").is_dir()
    assert not (open_folder / "postgres.new").exists()


def test_the_password_is_made_once_and_for_our_eyes_only(open_folder: Path) -> None:
    passfile, data = open_folder / "passfile", open_folder / "postgres"

    password = postgres.password(passfile, data)
    data.mkdir()

    assert postgres.password(passfile, data) == password
    assert passfile.read_text() == f"*:*:*:socorro:{password}\n"
    assert stat.S_IMODE(passfile.stat().st_mode) == 0o600


def test_a_lost_password_is_told_in_one_line(open_folder: Path) -> None:
    (open_folder / "postgres").mkdir()

    with pytest.raises(postgres.NoPostgres) as caught:
        postgres.password(open_folder / "passfile", open_folder / "postgres")

    assert "\n" not in str(caught.value)


def test_a_server_that_was_killed_does_not_keep_the_next_one_out(open_folder: Path) -> None:
    data, bindir = open_folder / "postgres", postgres.binaries()
    postgres.init(bindir, data, None)
    user = postgres.owner()
    other = subprocess.Popen(["sleep", "600"], user=user.pw_uid if user else None)
    try:
        mark = data / "postmaster.pid"
        mark.write_text(f"{other.pid}\n{data}\n1\n1\n\n127.0.0.1\n\nready\n")
        mark.chmod(0o644)

        postgres.forget_dead_server(data)

        with postgres.running(data, bindir) as at:
            assert postgres.answers(at)
    finally:
        other.send_signal(signal.SIGKILL)
        other.wait()


def test_the_mark_of_a_living_server_stays(open_folder: Path) -> None:
    data = open_folder / "postgres"
    with postgres.running(data, postgres.binaries()) as at:
        postgres.forget_dead_server(data)

        assert (data / "postmaster.pid").exists()
        assert postgres.answers(at)


@pytest.mark.parametrize("text", ["", "rubbish\n"])
def test_a_torn_mark_is_removed(open_folder: Path, text: str) -> None:
    (open_folder / "postmaster.pid").write_text(text)

    postgres.forget_dead_server(open_folder)

    assert not (open_folder / "postmaster.pid").exists()


def test_data_of_another_version_is_told_in_one_line() -> None:
    with pytest.raises(postgres.NoPostgres, match=r"made by Postgres 9.*SOCORRO_PG_BINDIR"):
        postgres.binaries(made_by="9")


def test_a_folder_without_postgres_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(postgres.NoPostgres, match="make parts"):
        postgres.binaries(tmp_path)
