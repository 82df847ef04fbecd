"""`make deploy` installs with the artifact's own script, and says where it cannot."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.publish.artifacts import CHECKOUT, NAME, write


def deploy(
    *arguments: object, base: Path = CHECKOUT, cwd: Path = CHECKOUT
) -> subprocess.CompletedProcess[str]:
    command = [str(base / "deploy" / "deploy-to"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, cwd=cwd)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder with the scripts and lists of hosts that a test may change."""
    shutil.copytree(CHECKOUT / "deploy", tmp_path / "checkout" / "deploy")
    return tmp_path / "checkout"


def test_a_prefix_of_this_machine_gets_the_artifact_by_its_own_script(tmp_path: Path) -> None:
    artifact = write(tmp_path / NAME, b'tar -tzf "$1" >"$3/listed"; echo "$1 $2" >"$3/called"')

    done = deploy(tmp_path, artifact)

    assert done.returncode == 0, done.stderr
    path, option = (tmp_path / "called").read_text().split()
    assert (Path(path).name, option) == (NAME, "--prefix")
    assert (tmp_path / "listed").read_text().endswith("deploy/socorro-deploy\n")
    assert not Path(path).parent.exists()


def test_a_script_that_fails_fails_the_deploy(tmp_path: Path) -> None:
    done = deploy(tmp_path, write(tmp_path / NAME, b"echo rolled back >&2; exit 3"))

    assert done.returncode == 1
    assert done.stderr.splitlines() == ["rolled back", f"deploy: not deployed to {tmp_path}"]


@pytest.mark.parametrize(
    ("to", "said"),
    [
        ("", "make deploy TO=dev"),
        ("nowhere", "choose one of: dev production stage"),
        ("../hosts/dev", "choose one of: dev production stage"),
        ("dev", "write one [user@]host a line"),
    ],
)
def test_where_to_deploy_must_be_clear(to: str, said: str, checkout: Path, tmp_path: Path) -> None:
    (checkout / "deploy" / "hosts" / "dev").write_text("# none yet\n")

    done = deploy(to, write(tmp_path / NAME), base=checkout)

    assert done.returncode == 1
    assert said in done.stderr


def test_hosts_after_one_that_fails_are_left_alone(checkout: Path, tmp_path: Path) -> None:
    (checkout / "deploy" / "hosts" / "dev").write_text("no.invalid # first\n\nnext.invalid\n")

    done = deploy("dev", write(tmp_path / NAME), base=checkout)

    assert done.returncode == 1
    assert "no.invalid failed: nothing more is deployed" in done.stderr
    assert "next.invalid" not in done.stderr


def test_the_artifact_must_be_the_only_one_or_chosen(checkout: Path) -> None:
    none = deploy("dev", cwd=checkout)
    write(checkout / "dist" / NAME)
    write(checkout / "dist" / NAME.replace("1a", "2a"))
    two = deploy("dev", cwd=checkout)

    assert "no artifact in dist" in none.stderr
    assert f"ARTIFACT=dist/{NAME}" in two.stderr
    assert (none.returncode, two.returncode) == (1, 1)
