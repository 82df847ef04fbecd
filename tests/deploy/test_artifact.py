"""An artifact is verified before anything of it is used, and writes nothing outside its folder."""

import subprocess
import tarfile
from pathlib import Path
from unittest.mock import Mock

import pytest
from socorro_deploy import artifact as artifacts
from socorro_deploy.failure import DeployFailed

from tests.deploy.artifacts import FILES, sign_off, write


def test_a_whole_artifact_is_unpacked_as_it_is(tmp_path: Path) -> None:
    path = write(tmp_path)

    artifacts.checksum_of(path)
    artifacts.unpack(path, artifacts.read_manifest(path), tmp_path / "release")

    unpacked = tmp_path / "release"
    assert {name: (unpacked / name).read_bytes() for name in FILES} == FILES
    modes = [(unpacked / name).stat().st_mode & 0o777 for name in FILES]
    assert modes == [0o644, 0o755]


@pytest.mark.parametrize("damage", ["cut", "one byte", "no checksum", "empty"])
def test_a_damaged_artifact_is_refused(tmp_path: Path, damage: str) -> None:
    path = write(tmp_path)
    data = bytearray(path.read_bytes())
    if damage == "no checksum":
        path.with_name("socorro.tar.gz.sha256").unlink()
    data[20] ^= damage == "one byte"
    path.write_bytes(data[: {"cut": -10, "empty": 0}.get(damage, len(data))])

    with pytest.raises(DeployFailed, match="checksum"):
        artifacts.checksum_of(path)


@pytest.mark.parametrize("size", [0, 10, 200])
def test_what_is_no_artifact_is_refused_with_words(tmp_path: Path, size: int) -> None:
    path = write(tmp_path)
    path.write_bytes(path.read_bytes()[:size])
    sign_off(path)

    with pytest.raises(DeployFailed, match=r"cannot be read|not an artifact"):
        artifacts.read_manifest(path)


def member(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


@pytest.mark.parametrize(
    "hostile",
    [
        member("socorro/../../outside"),
        member("/outside"),
        member("socorro/not-in-the-manifest"),
        member("socorro/requirements.txt"),  # a second time
        member("socorro/venv", tarfile.SYMTYPE, "/etc"),
        member("socorro/bin/socorro-service", tarfile.LNKTYPE, "/etc/passwd"),
        member("socorro/device", tarfile.CHRTYPE),
    ],
    ids=lambda info: info.name,
)
def test_nothing_is_written_that_the_manifest_does_not_name(
    tmp_path: Path, hostile: tarfile.TarInfo
) -> None:
    path = write(tmp_path / "in", extra=((hostile, b""),))

    with pytest.raises(DeployFailed, match="does not belong"):
        artifacts.unpack(path, artifacts.read_manifest(path), tmp_path / "release")

    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "release"]


def test_a_manifest_cannot_name_a_path_outside(tmp_path: Path) -> None:
    path = write(tmp_path, {"../../outside": b"x"})

    with pytest.raises(DeployFailed, match="does not belong"):
        artifacts.unpack(path, artifacts.read_manifest(path), tmp_path / "release")


@pytest.mark.parametrize("version", ["", "..", ".hidden", "a/b", "a b"])
def test_a_version_is_the_name_of_a_folder(tmp_path: Path, version: str) -> None:
    with pytest.raises(DeployFailed, match="version"):
        artifacts.read_manifest(write(tmp_path, version=version))


def test_each_file_has_the_checksum_of_the_manifest(tmp_path: Path) -> None:
    path = write(tmp_path, files={"requirements.txt": "0" * 64})

    with pytest.raises(DeployFailed, match=r"requirements\.txt in the artifact"):
        artifacts.unpack(path, artifacts.read_manifest(path), tmp_path / "release")


def test_a_file_that_is_missing_is_noticed(tmp_path: Path) -> None:
    path = write(tmp_path, {}, files={"requirements.txt": "0" * 64})

    with pytest.raises(DeployFailed, match=r"requirements\.txt is missing"):
        artifacts.unpack(path, artifacts.read_manifest(path), tmp_path / "release")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"python": "3.9"}, "is for Python 3.9"),
        ({"machine": "sparc"}, "on sparc"),
        ({"bytes_needed": 10**15}, "are needed: remove"),
    ],
)
def test_what_cannot_run_here_is_refused(
    tmp_path: Path, changes: dict[str, object], words: str
) -> None:
    manifest = artifacts.read_manifest(write(tmp_path, **changes))

    with pytest.raises(DeployFailed, match=words):
        artifacts.require_fit(manifest, tmp_path)


def test_with_a_key_an_artifact_needs_its_signature(tmp_path: Path) -> None:
    path, private, public = write(tmp_path), tmp_path / "key.pem", tmp_path / "public.pem"
    run = Mock(
        side_effect=lambda *command: subprocess.run(command, check=True, capture_output=True)
    )
    run("openssl", "ecparam", "-genkey", "-name", "prime256v1", "-noout", "-out", private)
    run("openssl", "pkey", "-in", private, "-pubout", "-out", public)

    with pytest.raises(DeployFailed, match="not a signature"):
        artifacts.checksum_of(path, str(public))

    run("openssl", "dgst", "-sha256", "-sign", private, "-out", f"{path}.sig", path)
    artifacts.checksum_of(path, str(public))
    path.write_bytes(path.read_bytes() + b"\0")
    sign_off(path)
    with pytest.raises(DeployFailed, match="not a signature"):
        artifacts.checksum_of(path, str(public))
