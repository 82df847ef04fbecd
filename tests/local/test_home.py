import stat
import tomllib
from pathlib import Path

import pytest

from cli.local import home


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_home_shows_nothing_to_others(tmp_path: Path) -> None:
    folder = tmp_path / "new" / "home"

    home.prepare(folder)

    assert mode(folder) & 0o066 == 0
    assert {mode(folder / name) for name in ("symbols", "run")} == {0o700}
    assert {mode(folder / name) for name in ("secret", "webapp-secret")} == {0o600}


def test_secrets_are_made_once(tmp_path: Path) -> None:
    home.prepare(tmp_path)
    first = (tmp_path / "secret").read_text()

    home.prepare(tmp_path)

    assert (tmp_path / "secret").read_text() == first
    assert len(first) > 32
    assert (tmp_path / "webapp-secret").read_text() != first


def test_a_secret_that_was_being_written_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_paths: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("socorro.files.os.replace", interrupt)
        with pytest.raises(KeyboardInterrupt):
            home.prepare(tmp_path)
    assert not list(tmp_path.glob("*secret*"))

    home.prepare(tmp_path)

    assert len((tmp_path / "secret").read_text()) > 32
    assert (tmp_path / "secret").stat().st_mode & 0o777 == 0o600


def test_a_second_line_is_kept_out_in_one_line(tmp_path: Path) -> None:
    home.prepare(tmp_path)

    with home.lock(tmp_path), pytest.raises(home.HomeTaken) as caught, home.lock(tmp_path):
        pass

    assert "SOCORRO_HOME" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_home_is_free_again_afterwards(tmp_path: Path) -> None:
    home.prepare(tmp_path)
    with home.lock(tmp_path):
        pass

    with home.lock(tmp_path) as descriptor:
        assert descriptor > 2


def test_running_toml_says_what_it_was_told(tmp_path: Path) -> None:
    shared = {"store": 'file:///a "quoted" \\ folder/ü'}
    tables = {"collector": {"port": 9}, "processor": {"symbols": ["/a", "/b c"]}}

    home.write_running(tmp_path, shared, tables)

    assert tomllib.loads((tmp_path / "running.toml").read_text()) == {**shared, **tables}


def test_what_the_last_line_said_is_forgotten(tmp_path: Path) -> None:
    home.write_running(tmp_path, {"store": "x"}, {})

    home.forget_running(tmp_path)
    home.forget_running(tmp_path)

    assert not (tmp_path / "running.toml").exists()
