"""Makes the artifact that machines install: `make package`.

    dist/socorro-<version>.tar.gz          everything a machine needs besides Python and Postgres
    dist/socorro-<version>.tar.gz.sha256   its checksum, as sha256sum writes it

In it: the wheels of all dependencies and of ours, and requirements.txt with their checksums; the
stack walkers; the site of nginx; the deploy script; sbom.json (CycloneDX); MANIFEST.json. Only
files that git knows go into our wheel. Times in the tar are that of the commit, names are sorted
and owners are root: the same commit makes the same bytes where pip downloads the same wheels.
"""

import argparse
import gzip
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import time
import zipfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final, NamedTuple

CHECKOUT: Final = Path(__file__).resolve().parent.parent
WALKERS: Final = ("minidump-stackwalk", "minidump_stackwalk", "dump-syms")
INDEX_WALKER: Final = Path("walker/target/release/index-walker")  # optional: make walker
SERVICE_SCRIPT: Final = "deploy/socorro-service"
COMPILED: Final = 1.6  # disk that a wheel takes when it is installed: its files, and those compiled

sys.path.insert(0, str(CHECKOUT / "deploy"))
from sbom import bill_of_materials  # noqa: E402


class Revision(NamedTuple):
    """What is packaged: *seconds* is the time of the commit, since 1970."""

    version: str
    commit: str
    seconds: int


class NotPackaged(Exception):
    """No artifact was made; the text says what to do."""


def main() -> None:
    """Make the artifact, unless the one in dist/ was made of the same files."""
    options = _options()
    try:
        package(options.output.absolute(), options.version)
    except (NotPackaged, OSError) as error:
        raise SystemExit(f"package: {error}") from None


def package(output: Path, version: str = "") -> Path:
    """Put the artifact into a folder, with its checksum beside it; return its path.

    *version* "" is that of the commit, with ".dirty" when files differ from it. Raises NotPackaged.
    """
    began = time.monotonic()
    files = tracked_files()
    revision = read_revision(version)
    artifact = output / f"socorro-{revision.version}.tar.gz"
    programs = find_programs()
    inputs = digest_of(files, programs, revision)
    if _is_up_to_date(artifact, inputs):
        say(f"{artifact} is up to date ({time.monotonic() - began:.1f} s)")
        return artifact
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=output, prefix=".making-") as scratch:
        tree = Path(scratch) / "tree"
        fill(tree, files, programs, revision)
        whole = Path(scratch) / artifact.name
        pack(tree, whole, f"socorro-{revision.version}", revision.seconds)
        checksum = sha256(whole)
        note = {"inputs": inputs, "sha256": checksum}
        (Path(scratch) / "note").write_text(json.dumps(note))
        (Path(scratch) / "sum").write_text(f"{checksum}  {artifact.name}\n")
        whole.replace(artifact)
        (Path(scratch) / "sum").replace(artifact.with_name(f"{artifact.name}.sha256"))
        (Path(scratch) / "note").replace(_note(artifact))
    size = artifact.stat().st_size / 1e6
    say(f"{artifact} ({size:.0f} MB, {time.monotonic() - began:.0f} s)")
    return artifact


def fill(tree: Path, files: list[str], programs: Mapping[str, Path], revision: Revision) -> None:
    """Put everything that the artifact holds into a folder. Raises NotPackaged."""
    wheels = tree / "wheels"
    shutil.copytree(dependencies(), wheels)
    say("our own wheel")
    own = build_own(files, wheels, revision)
    (tree / "bin").mkdir()
    for name, path in programs.items():
        shutil.copyfile(path, tree / "bin" / name)
    for name in files:
        if name == SERVICE_SCRIPT:
            shutil.copyfile(CHECKOUT / name, tree / "bin" / Path(name).name)
        elif name.startswith(("deploy/socorro-deploy", "deploy/socorro_deploy/")) or (
            name == "collector/nginx.conf"
        ):
            (tree / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(CHECKOUT / name, tree / name)
    names = sorted(wheels.glob("*.whl"))
    (tree / "requirements.txt").write_text("".join(_requirement(path) for path in names))
    bill = bill_of_materials(names, sorted((tree / "bin").iterdir()), own, revision)
    (tree / "sbom.json").write_text(json.dumps(bill, indent=1) + "\n")
    write_manifest(tree, revision)


def write_manifest(tree: Path, revision: Revision) -> None:
    """Write MANIFEST.json: what a deploy must know before it unpacks anything."""
    paths = sorted(path for path in tree.rglob("*") if path.is_file())
    wheels = [path for path in paths if path.suffix == ".whl"]
    unpacked = sum(path.stat().st_size for path in paths)
    manifest = {
        "version": revision.version,
        "commit": revision.commit,
        "committed": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(revision.seconds)),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "machine": os.uname().machine,
        "bytes_needed": unpacked + int(COMPILED * sum(map(_inflated, wheels))),
        "migrations": migrations(CHECKOUT / "sql" / "migrations"),
        "files": {str(path.relative_to(tree)): sha256(path) for path in paths},
    }
    (tree / "MANIFEST.json").write_text(json.dumps(manifest, indent=1) + "\n")


def migrations(folder: Path) -> dict[str, str]:
    """Return each migration's name, with why it contracts the schema, or "" (docs/deploy.md)."""
    contracts = {}
    for path in sorted(folder.glob("*.sql")):
        match = re.search(r"^-- contract: *(.+)$", path.read_text(), re.MULTILINE)
        contracts[path.stem] = match[1].strip() if match else ""
    return contracts


def dependencies() -> Path:
    """Return a folder with the wheels of requirements/run.txt; made once for the same file."""
    pins = CHECKOUT / "requirements" / "run.txt"
    digest = hashlib.sha256(pins.read_bytes() + sys.version.encode()).hexdigest()[:12]
    folder = CHECKOUT / ".parts" / f"wheels-{digest}"
    if folder.is_dir():
        return folder
    say("wheels of all dependencies (once, about 105 MB)")
    folder.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="fetching-") as scratch:
        whole = Path(scratch) / "whole"
        _pip("wheel", "--require-hashes", "--no-deps", f"--wheel-dir={whole}",
             f"--requirement={pins}", seconds=1_600_000_000)  # fmt: skip
        whole.chmod(0o755)
        if not folder.is_dir():  # another build was faster
            whole.rename(folder)
    return folder


def build_own(files: Iterable[str], wheels: Path, revision: Revision) -> Path:
    """Build our wheel from files that git knows, with the version in it; return its path."""
    with tempfile.TemporaryDirectory(prefix="socorro-wheel-") as scratch:
        tree = Path(scratch)
        for name in files:
            if (CHECKOUT / name).is_file() and not name.startswith(("tests/", "docs/", "bench/")):
                (tree / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(CHECKOUT / name, tree / name)
        setup = tree / "setup.py"
        text = re.sub(r'version="[^"]*"', f'version="{revision.version}"', setup.read_text())
        setup.write_text(text)
        built = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(revision.seconds))
        about = {"version": revision.version, "commit": revision.commit, "source": "",
                 "build": built}  # fmt: skip
        (tree / "socorro" / "version.json").write_text(json.dumps(about))
        before = set(wheels.glob("*.whl"))
        _pip("wheel", "--no-deps", f"--wheel-dir={wheels}", str(tree), seconds=revision.seconds)
        return (set(wheels.glob("*.whl")) - before).pop()


def pack(tree: Path, artifact: Path, top: str, seconds: int) -> None:
    """Write a folder as a tar, MANIFEST.json first: the same folder gives the same bytes."""
    paths = sorted(path for path in tree.rglob("*") if path.is_file())
    paths.sort(key=lambda path: path.name != "MANIFEST.json")
    # Wheels are compressed already: a higher level costs a minute and saves little.
    with (
        artifact.open("wb") as file,
        gzip.GzipFile("", "wb", 1, file, mtime=seconds) as packed,
        tarfile.open(fileobj=packed, mode="w", format=tarfile.PAX_FORMAT) as tar,
    ):
        for path in paths:
            name = str(path.relative_to(tree))
            member = tarfile.TarInfo(f"{top}/{name}")
            member.size, member.mtime = path.stat().st_size, seconds
            runs = name.startswith("bin/") or name == "deploy/socorro-deploy"
            member.mode = 0o755 if runs else 0o644
            with path.open("rb") as content:
                tar.addfile(member, content)


def tracked_files() -> list[str]:
    """Return the files that git knows and those it would add, relative to the checkout."""
    listed = _git("ls-files", "--cached", "--others", "--exclude-standard", "-z")
    return sorted({name for name in listed.split("\0") if name and (CHECKOUT / name).is_file()})


def read_revision(version: str = "") -> Revision:
    """Return the version of the checkout, as 0.1.0+g832d63a. Raises NotPackaged without git."""
    commit, seconds = _git("log", "-1", "--format=%H %ct").split()
    if not version:
        base = re.search(r'version="([^"]*)"', (CHECKOUT / "setup.py").read_text())
        described = _git("describe", "--tags", "--always", "--dirty").strip()
        if described.startswith(commit[:7]):
            described = f"g{described}"  # a number alone would lose its zeros
        if not described.endswith("-dirty") and _git("status", "--porcelain").strip():
            described += "-dirty"  # files that git does not know yet
        local = re.sub(r"[^a-z0-9]+", ".", described.lower()).strip(".")
        version = f"{base[1] if base else '0'}+{local}"
    return Revision(version, commit, int(seconds))


def find_programs() -> dict[str, Path]:
    """Return the walkers by name, the index walker if it was built. Raises NotPackaged."""
    programs = {name: CHECKOUT / ".parts" / "bin" / name for name in WALKERS}
    if missing := [name for name, path in programs.items() if not path.exists()]:
        raise NotPackaged(f"{', '.join(missing)} missing in .parts/bin: run `make parts`")
    index_walker = CHECKOUT / INDEX_WALKER
    return programs | ({"index-walker": index_walker} if index_walker.exists() else {})


def digest_of(files: Iterable[str], programs: Mapping[str, Path], revision: Revision) -> str:
    """Return a digest of everything that the artifact is made of."""
    digest = hashlib.sha256(f"{revision} {sys.version}".encode())
    for path in [*(CHECKOUT / name for name in files), *programs.values()]:
        digest.update(f"\n{path.name} {sha256(path)}".encode())
    return digest.hexdigest()


def sha256(path: Path) -> str:
    """Return the checksum of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def say(text: str) -> None:
    """Print progress to stderr."""
    print(f"package: {text}", file=sys.stderr, flush=True)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make package", allow_abbrev=False)
    parser.add_argument("--output", type=Path, default=CHECKOUT / "dist", metavar="FOLDER")
    parser.add_argument("--version", default="", help="default: 0.1.0+ what git describe says")
    return parser.parse_args()


def _note(artifact: Path) -> Path:
    return artifact.with_name(f".{artifact.name}.inputs")


def _is_up_to_date(artifact: Path, inputs: str) -> bool:
    try:
        note = json.loads(_note(artifact).read_text())
        return bool(note["inputs"] == inputs and note["sha256"] == sha256(artifact))
    except (OSError, ValueError, KeyError):
        return False


def _requirement(wheel: Path) -> str:
    name, version, *_ = wheel.name.split("-")
    return f"{name}=={version} --hash=sha256:{sha256(wheel)}\n"


def _inflated(wheel: Path) -> int:
    with zipfile.ZipFile(io.BytesIO(wheel.read_bytes())) as archive:
        return sum(member.file_size for member in archive.infolist())


def _pip(*arguments: str, seconds: int) -> None:
    """Run pip; SOURCE_DATE_EPOCH makes the wheels that it builds the same every time."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", arguments[0],
               "--quiet", "--no-build-isolation", *arguments[1:]]  # fmt: skip
    environment = {**os.environ, "SOURCE_DATE_EPOCH": str(seconds)}
    done = subprocess.run(
        command, env=environment, cwd=CHECKOUT, capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise NotPackaged(f"pip {arguments[0]} failed:\n{done.stderr.strip()[-2000:]}")


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(
            ["git", *arguments], cwd=CHECKOUT, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError) as error:
        raise NotPackaged(f"needs git and a clone of the repository: {error}") from None
    return done.stdout


if __name__ == "__main__":
    main()
