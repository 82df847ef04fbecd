"""Real artifacts of `make package`, and variants of them that break in one way each."""

import json
import shutil
import subprocess
import sys
import tarfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).parent.parent.parent
sys.path.append(str(CHECKOUT / "deploy"))

import package  # noqa: E402

Change = Callable[[dict[str, bytes]], None]  # of the files in our wheel
LAST: Final = sorted((CHECKOUT / "sql" / "migrations").glob("*.sql"))[-1].stem


def unchanged(_files: dict[str, bytes]) -> None:
    """Another version of the same."""


def make(folder: Path) -> Path:
    """Package this checkout as 0.1.0+v1."""
    command = [sys.executable, "deploy/package.py", "--output", str(folder)]
    subprocess.run(
        [*command, "--version", "0.1.0+v1"], cwd=CHECKOUT, check=True, capture_output=True
    )
    return folder / "socorro-0.1.0+v1.tar.gz"


def variant(original: Path, name: str, change: Change = unchanged) -> Path:
    """Write the artifact of another version, with changes in our own wheel; return its path."""
    version = f"0.1.0+{name}"
    tree = original.parent / name
    with tarfile.open(original) as tar:
        tar.extractall(tree, filter="fully_trusted")
    [inside] = tree.iterdir()
    [wheel] = (inside / "wheels").glob("socorro-*.whl")
    migrations = _rewrite(wheel, version, change)
    wheels = sorted((inside / "wheels").glob("*.whl"))
    requirements = "".join(package._requirement(path) for path in wheels)
    (inside / "requirements.txt").write_text(requirements)
    (inside / "MANIFEST.json").unlink()
    revision = package.Revision(version, "0" * 40, int(time.time()))
    package.write_manifest(inside, revision)
    manifest = json.loads((inside / "MANIFEST.json").read_text()) | {"migrations": migrations}
    (inside / "MANIFEST.json").write_text(json.dumps(manifest))
    artifact = original.with_name(f"socorro-{version}.tar.gz")
    package.pack(inside, artifact, f"socorro-{version}", revision.seconds)
    sign_off(artifact)
    shutil.rmtree(tree)
    return artifact


def sign_off(artifact: Path) -> None:
    """Write the checksum of an artifact beside it."""
    beside = artifact.with_name(f"{artifact.name}.sha256")
    beside.write_text(f"{package.sha256(artifact)}  {artifact.name}\n")


def _rewrite(wheel: Path, version: str, change: Change) -> dict[str, str]:
    """Change the files of a wheel; return its migrations, as MANIFEST.json lists them."""
    with zipfile.ZipFile(wheel) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    files["socorro/version.json"] = json.dumps({"version": version, "commit": ""}).encode()
    change(files)
    with zipfile.ZipFile(wheel, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    folder = wheel.with_name("migrations")
    folder.mkdir()
    for name, data in files.items():
        if name.startswith("sql/migrations/"):
            (folder / Path(name).name).write_bytes(data)
    migrations = package.migrations(folder)
    shutil.rmtree(folder)
    return migrations


def never_healthy(files: dict[str, bytes]) -> None:
    """Collectors start, but a check of their heartbeat fails."""
    _replace(files, "collector/app.py", b'"spool": spool.check,', b'"spool": lambda: 1 / 0,')


def ends_at_once(files: dict[str, bytes]) -> None:
    """The crashmover ends when it has just started."""
    files["crashmover/__main__.py"] = b'raise SystemExit("broken")\n'


def failing_migration(files: dict[str, bytes]) -> None:
    """A first migration expands, a second one fails half-way."""
    head = f"-- 9001: expands.\n-- depends: {LAST}\n"
    files["sql/migrations/9001_expands.sql"] = f"{head}CREATE TABLE expanded ();".encode()
    files["sql/migrations/9002_fails.sql"] = (
        b"-- 9002: fails half-way.\n-- depends: 9001_expands\n"
        b"CREATE TABLE half_done (); SELECT 1 / 0;"
    )


def _replace(files: dict[str, bytes], name: str, old: bytes, new: bytes) -> None:
    assert old in files[name], f"{name} has no {old!r}"
    files[name] = files[name].replace(old, new)


def modest(original: Path) -> Path:
    """Write an artifact that says that it needs hardly any disk; return its path."""
    tree = original.parent / "modest"
    with tarfile.open(original) as tar:
        tar.extractall(tree, filter="fully_trusted")
    [inside] = tree.iterdir()
    manifest = json.loads((inside / "MANIFEST.json").read_text()) | {"bytes_needed": 1}
    (inside / "MANIFEST.json").write_text(json.dumps(manifest))
    artifact = original.with_name("modest.tar.gz")
    package.pack(inside, artifact, "socorro-modest", 0)
    sign_off(artifact)
    shutil.rmtree(tree)
    return artifact
