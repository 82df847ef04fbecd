"""The artifact: the same files make the same bytes, and it says what is in it."""

import json
import tarfile
import zipfile
from pathlib import Path

import package
import pytest
from sbom import bill_of_materials

REVISION = package.Revision("0.1.0+v1", "0" * 40, 1_700_000_000)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with what an artifact has, a wheel among it."""
    folder = tmp_path / "tree"
    for name in ("wheels", "bin", "deploy"):
        (folder / name).mkdir(parents=True)
    with zipfile.ZipFile(folder / "wheels" / "some_thing-1.2-py3-none-any.whl", "w") as wheel:
        about = "Name: some_thing\nVersion: 1.2\nLicense-Expression: MIT\n"
        wheel.writestr("some_thing-1.2.dist-info/METADATA", about)
        wheel.writestr("some_thing/code.py", "x" * 1000)
    (folder / "bin" / "minidump-stackwalk").write_bytes(b"walker")
    (folder / "deploy" / "socorro-deploy").write_text("#!/bin/sh\n")
    package.write_manifest(folder, REVISION)
    return folder


def test_the_same_folder_makes_the_same_bytes(tree: Path, tmp_path: Path) -> None:
    artifacts = [tmp_path / name for name in ("first.tar.gz", "second.tar.gz")]
    for artifact in artifacts:
        package.pack(tree, artifact, "socorro-0.1.0+v1", REVISION.seconds)
        (tree / "bin" / "minidump-stackwalk").touch()
        (tree / "bin" / "minidump-stackwalk").chmod(0o600)

    assert artifacts[0].read_bytes() == artifacts[1].read_bytes()
    with tarfile.open(artifacts[0]) as tar:
        members = tar.getmembers()
    assert members[0].name == "socorro-0.1.0+v1/MANIFEST.json"
    assert {(member.uid, member.mtime) for member in members} == {(0, REVISION.seconds)}
    modes = {member.name.split("/", 1)[1]: member.mode for member in members}
    assert (modes["deploy/socorro-deploy"], modes["bin/minidump-stackwalk"]) == (0o755, 0o755)


def test_the_manifest_names_every_file_and_the_disk_that_it_needs(tree: Path) -> None:
    manifest = json.loads((tree / "MANIFEST.json").read_text())

    paths = [path for path in tree.rglob("*") if path.is_file() and path.name != "MANIFEST.json"]
    assert manifest["files"] == {
        str(path.relative_to(tree)): package.sha256(path) for path in paths
    }
    assert manifest["committed"] == "2023-11-14T22:13:20Z"
    assert manifest["bytes_needed"] > sum(path.stat().st_size for path in paths) + 1000
    assert "0001_jobs_and_reports" in manifest["migrations"]


def test_a_migration_that_contracts_says_so_in_its_head(tmp_path: Path) -> None:
    (tmp_path / "0001_adds.sql").write_text("-- 0001: adds. No contract: none.\nSELECT 1;")
    (tmp_path / "0002_drops.sql").write_text("-- 0002: drops.\n-- contract: unread since v3.\n")

    assert package.migrations(tmp_path) == {"0001_adds": "", "0002_drops": "unread since v3."}


def test_the_bill_of_materials_names_wheels_and_programs(tree: Path) -> None:
    [wheel] = (tree / "wheels").iterdir()
    programs = list((tree / "bin").iterdir())

    bill = bill_of_materials([wheel], programs, wheel, REVISION)

    assert (bill["bomFormat"], bill["specVersion"]) == ("CycloneDX", "1.5")
    component = bill["metadata"]["component"]
    assert component["purl"] == "pkg:pypi/some-thing@1.2"
    assert component["licenses"] == [{"license": {"name": "MIT"}}]
    assert [one["name"] for one in bill["components"]] == ["minidump-stackwalk"]


def test_an_artifact_is_up_to_date_while_it_and_its_inputs_are_the_same(tmp_path: Path) -> None:
    artifact = tmp_path / "socorro.tar.gz"
    artifact.write_bytes(b"artifact")
    note = {"inputs": "same", "sha256": package.sha256(artifact)}
    package._note(artifact).write_text(json.dumps(note))

    assert package._is_up_to_date(artifact, "same")
    assert not package._is_up_to_date(artifact, "other")
    artifact.write_bytes(b"cut")
    assert not package._is_up_to_date(artifact, "same")
