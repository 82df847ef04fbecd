"""Dependencies are taken over from a release with the same, and only as their wheels made them."""

import base64
import hashlib
from pathlib import Path

import pytest
from socorro_deploy import reuse
from socorro_deploy.releases import Release, Releases

from tests.deploy.test_releases import add

WHEELS = "numpy==2.4 --hash=sha256:aa\nsocorro==0.1.0+{} --hash=sha256:{}\n"


@pytest.fixture
def release(tmp_path: Path) -> Release:
    """A release with one installed package."""
    releases = Releases(tmp_path)
    releases.prepare()
    release = add(releases, "v1")
    (release.folder / "requirements.txt").write_text(WHEELS.format("v1", "bb"))
    packages = release.folder / "venv/lib/python3.11/site-packages"
    (packages / "numpy" / "__pycache__").mkdir(parents=True)
    (packages / "numpy-2.4.dist-info").mkdir()
    (packages / "numpy" / "core.py").write_text("code")
    (packages / "numpy" / "__pycache__" / "core.pyc").write_text("compiled")
    checksum = base64.urlsafe_b64encode(hashlib.sha256(b"code").digest()).rstrip(b"=").decode()
    (packages / "numpy-2.4.dist-info" / "RECORD").write_text(
        f"numpy/core.py,sha256={checksum},4\nnumpy/__pycache__/core.pyc,,\n../../../bin/f2py,x=y,1\n"
    )
    (packages / "socorro").mkdir()
    (packages / "socorro-0.1.0+v1.dist-info").mkdir()
    (packages / "socorro" / "log.py").write_text("patched by hand")
    (packages / "socorro-0.1.0+v1.dist-info" / "RECORD").write_text(
        "socorro/log.py,sha256=x,4\nsocorro-0.1.0+v1.dist-info/RECORD,,\n../../../bin/socorro,,\n"
    )
    return release


def unpacked(tmp_path: Path, requirements: str, python: str = "python3.11") -> Path:
    folder = tmp_path / "new"
    (folder / "venv/lib" / python / "site-packages").mkdir(parents=True)
    (folder / "requirements.txt").write_text(requirements)
    return folder


def test_a_release_with_the_same_dependencies_is_the_twin(tmp_path: Path, release: Release) -> None:
    ours = unpacked(tmp_path, WHEELS.format("v2", "cc"))
    assert reuse.twin(ours, [release]) == release

    (ours / "requirements.txt").write_text(WHEELS.format("v2", "cc").replace("aa", "ab"))
    assert reuse.twin(ours, [release]) is None


def test_all_that_was_installed_but_our_own_code_is_taken_over(
    tmp_path: Path, release: Release
) -> None:
    folder = unpacked(tmp_path, WHEELS.format("v2", "cc"))

    assert reuse.take_over(release, folder)

    packages = folder / "venv/lib/python3.11/site-packages"
    assert (packages / "numpy" / "core.py").read_text() == "code"
    assert (packages / "numpy" / "__pycache__" / "core.pyc").exists()
    assert sorted(path.name for path in packages.iterdir()) == ["numpy", "numpy-2.4.dist-info"]


@pytest.mark.parametrize("change", ["edited", "removed"])
def test_what_somebody_changed_by_hand_is_not_passed_on(
    tmp_path: Path, release: Release, change: str
) -> None:
    path = release.folder / "venv/lib/python3.11/site-packages/numpy/core.py"
    path.write_text("patched") if change == "edited" else path.unlink()
    folder = unpacked(tmp_path, WHEELS.format("v2", "cc"))

    assert not reuse.take_over(release, folder)
    assert list((folder / "venv/lib/python3.11/site-packages").iterdir()) == []


def test_another_python_has_packages_of_its_own(tmp_path: Path, release: Release) -> None:
    assert not reuse.take_over(release, unpacked(tmp_path, "", "python3.13"))
