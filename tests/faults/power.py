"""Power cuts: what the disk held at one instant is mounted, and every answered crash must be whole.

Spool and crash store are on an ext4 whose image is a file on a second ext4. To freeze the second
one (fsfreeze) holds every write of the first at its door, so a copy of the image is what its disk
had been given at that instant; what was only in memory is gone, as after a power cut. So the cut is
that of a machine whose disks keep what they have accepted: writes that such a disk reorders or
loses from a cache of its own are not simulated (that takes device-mapper).
"""

import hashlib
import json
import random
import subprocess
import time
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path

from tests.faults.disks import MKFS, mounted
from tests.faults.registry import fault
from tests.faults.trial import Trial

CUTS = 18
DISK, AROUND = 400 * 2**20, 700 * 2**20  # bytes; sparse
PAUSES = (0.05, 1.0)  # seconds from the first post of a round to its cut
SEED = 20261123
ROOMS = ("spool", "crashstore")


def _make(image: Path, size: int) -> None:
    with image.open("wb") as file:
        file.truncate(size)
    subprocess.run(["/usr/sbin/mkfs.ext4", "-q", str(image)], check=True)


@contextmanager
def stage(home: Path) -> Iterator[Mapping[str, str]]:
    """Mount a disk whose image can be frozen, and put spool and crash store on it."""
    outer, disk = home.with_name("around"), home.with_name("disk")
    around = home.with_name("around.img")
    _make(around, AROUND)
    with ExitStack() as stack:
        stack.enter_context(mounted(outer, "ext4", "loop", str(around)))
        _make(outer / "disk.img", DISK)
        stack.enter_context(mounted(disk, "ext4", "loop", str(outer / "disk.img")))
        for name in ROOMS:
            (disk / name).mkdir(mode=0o700)
            (home / name).mkdir(mode=0o700)
            subprocess.run(["mount", "--bind", str(disk / name), str(home / name)], check=True)
            stack.callback(subprocess.run, ["umount", "--lazy", str(home / name)], check=False)
        yield {"SOCORRO_COLLECTOR_RESERVE": "0"}


def cut(home: Path, copy: Path) -> None:
    """Copy what the disk holds at this instant."""
    outer = home.with_name("around")
    subprocess.run(["fsfreeze", "--freeze", str(outer)], check=True)
    try:
        subprocess.run(["cp", "--sparse=always", str(outer / "disk.img"), str(copy)], check=True)
    finally:
        subprocess.run(["fsfreeze", "--unfreeze", str(outer)], check=True)


def whole(disk: Path) -> set[str]:
    """Return the crashes that are whole in the spool or the crash store of a disk."""
    spooled = {
        path.name[:36]
        for path in disk.glob("spool/*/*/*.json")
        if path.parts[-3] in ("ready", "kept", "quarantine") and is_whole_entry(path)
    }
    stored = {path.stem for path in disk.glob("crashstore/crashes/*/*/*.zip") if is_archive(path)}
    return spooled | stored


def is_whole_entry(path: Path) -> bool:
    """Say whether a raw crash in the spool can be read and its dumps are as it says."""
    try:
        checksums = json.loads(path.read_bytes())["metadata"]["dump_checksums"]
        return all(
            hashlib.sha256(path.with_name(f"{path.stem}.{name}.dump").read_bytes()).hexdigest()
            == checksum
            for name, checksum in checksums.items()
        )
    except (OSError, ValueError, KeyError):
        return False


def is_archive(path: Path) -> bool:
    """Say whether a crash's archive can be read, all of it."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "raw_crash.json" in archive.namelist() and archive.testzip() is None
    except (OSError, ValueError, zipfile.BadZipFile, zlib.error):
        return False


@fault("power-cut", stage=stage, needs=(MKFS,), root=True, posts=60, limit_seconds=400)
def power_cut(trial: Trial) -> None:
    """18 power cuts while crashes are posted: what was answered is whole on the disk."""
    copy, after = trial.home.with_name("copy.img"), trial.home.with_name("after")
    dice, fresh = random.Random(SEED), 0
    for number in range(1, CUTS + 1):
        before = len(trial.answered)
        with trial.posting(trial.posts, 60):
            time.sleep(dice.uniform(*PAUSES))
            answered = set(trial.answered)
            fresh += len(answered) - before
            cut(trial.home, copy)
        with mounted(after, "ext4", "loop", str(copy)):
            missing = answered - whole(after)
        copy.unlink()
        trial.say(f"    cut {number}: {len(answered)} answered, {len(missing)} missing")
        trial.lost |= missing
    trial.claim(fresh >= CUTS, f"only {fresh} crashes were answered just before a cut")
    trial.over()
    trial.good()
