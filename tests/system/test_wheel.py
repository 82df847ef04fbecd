"""Socorro installed from a wheel, away from its checkout: the packages we have now, no network."""

import os
import shutil
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path

import pytest

from cli.local import downloads
from cli.services import SERVICES
from tests.builders import TEST_DUMP

CHECKOUT = downloads.CHECKOUT
PACKAGES = (*SERVICES, "cli", "socorro", "sql")


class Installed:
    """An environment with the wheel and with what the wheel requires; *home* is SOCORRO_HOME."""

    def __init__(self, folder: Path) -> None:
        self.bin, self.home = folder / "venv" / "bin", folder / "home"
        self.home.mkdir()
        venv.create(folder / "venv", symlinks=True)
        [self.site] = (folder / "venv").glob("lib/*/site-packages")
        (self.site / "required.pth").write_text(sysconfig.get_path("purelib"))

    def run(self, *words: str, path: str = "") -> "subprocess.CompletedProcess[str]":
        """Run a program of the environment in an empty home; *path* goes to the PATH as well."""
        environment = {
            name: value for name, value in os.environ.items()
            if not name.startswith(("SOCORRO_", "PYTHON", "STORE"))
        } | {"SOCORRO_HOME": str(self.home), "PATH": f"{path}:/usr/bin:/bin"}  # fmt: skip
        return subprocess.run(
            [str(self.bin / words[0]), *words[1:]],
            cwd=self.home, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy to build from: a build leaves its folder behind."""
    folder = tmp_path_factory.mktemp("source")
    for name in PACKAGES:
        shutil.copytree(
            CHECKOUT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
        )
    for name in ("setup.py", "pyproject.toml", "MANIFEST.in", "LICENSE"):
        shutil.copy(CHECKOUT / name, folder)
    return folder


@pytest.fixture(scope="module")
def installed(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Installed:
    folder = tmp_path_factory.mktemp("installed")
    environment = Installed(folder)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "--quiet"]
    offline = ["--no-index", "--no-deps"]
    subprocess.run(
        [*pip, "wheel", *offline, "--no-build-isolation", f"--wheel-dir={folder}", str(source)],
        check=True,
    )
    [wheel] = folder.glob("*.whl")
    subprocess.run(
        [*pip, f"--python={environment.bin / 'python'}", "install", *offline, str(wheel)],
        check=True,
    )
    return environment


def test_the_wheel_has_every_file_of_the_packages(source: Path, installed: Installed) -> None:
    files = {
        path.relative_to(source) for name in PACKAGES for path in (source / name).rglob("*")
        if path.is_file()
    }  # fmt: skip

    assert len(files) > 300
    assert {str(file) for file in files if not (installed.site / file).is_file()} == set()


def test_commands_work_away_from_the_checkout(installed: Installed) -> None:
    listed, config = installed.run("socorro", "--help"), installed.run("socorro", "config")
    module = installed.run("python", "-c", "import cli.main; print(cli.main.__file__)")

    assert "top-crashers" in listed.stdout
    assert config.stdout.startswith(f"# {installed.home}: no settings files\n")
    assert module.stdout.startswith(str(installed.site))
    assert installed.run("socorro", "migrate", "--help").returncode == 0


def test_a_dump_is_walked_with_the_walker_on_the_path(installed: Installed) -> None:
    walked = installed.run("socorro", "walk", str(TEST_DUMP), path=str(downloads.BIN))

    assert walked.returncode == 0, walked.stderr
    assert "EXCEPTION_ACCESS_VIOLATION_WRITE" in walked.stdout


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("socorro", "walk", str(TEST_DUMP)), "run `make parts` in a checkout"),
        (("socorro", "run"), "no minidump-stackwalk: run `make parts` in a checkout"),
        (("python", "-m", "cli.local.fetch"), "only a checkout of Socorro has requirements/"),
    ],
)
def test_what_needs_a_checkout_says_so_in_one_line(
    installed: Installed, words: tuple[str, ...], message: str
) -> None:
    done = installed.run(*words)

    assert done.returncode == 1
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1
