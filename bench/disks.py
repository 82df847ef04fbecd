"""File systems of our own to measure on: what a disk was used for before changes what it costs."""

import contextlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final, NamedTuple

JOURNALED: Final = "ext4 with a journal"
MEMORY: Final = "tmpfs"
SIZE: Final = 3 * 2**30  # bytes of each; sparse
MKFS: Final = "/usr/sbin/mkfs.ext4"
SHARED_MEMORY: Final = Path("/dev/shm")


class Disk(NamedTuple):
    """A folder to measure in."""

    name: str
    folder: Path


@contextlib.contextmanager
def disks(folder: Path, names: list[str]) -> Iterator[list[Disk]]:
    """Provide the disks called *names* for the length of a with block, in a folder in *folder*.

    As root, an ext4 with a journal is made in a file and mounted. Otherwise *folder* itself stands
    for it, whatever file system it is on.
    """
    scratch = Path(tempfile.mkdtemp(dir=folder, prefix="bench-collector-"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, scratch, ignore_errors=True)
        provided = []
        if JOURNALED in names:
            provided.append(_journaled(scratch, stack))
        if MEMORY in names:
            provided.append(_memory(scratch, stack))
        yield provided


def _journaled(scratch: Path, stack: contextlib.ExitStack) -> Disk:
    if os.geteuid() != 0 or not Path(MKFS).exists():
        place = scratch / "folder"
        place.mkdir()
        return Disk(
            f"{_file_system(place)} (no loop-mounted ext4: needs root and e2fsprogs)", place
        )
    image = scratch / "ext4.img"
    with image.open("wb") as file:
        file.truncate(SIZE)
    at_once = "lazy_itable_init=0,lazy_journal_init=0"  # else it goes on in the background
    subprocess.run([MKFS, "-q", "-m", "0", "-E", at_once, image], check=True)
    return Disk(
        f"{JOURNALED}, loop-mounted", _mounted(scratch / "ext4", "ext4", "loop", image, stack)
    )


def _memory(scratch: Path, stack: contextlib.ExitStack) -> Disk:
    if os.geteuid() == 0:
        place = _mounted(scratch / "tmpfs", "tmpfs", f"size={SIZE}", Path("none"), stack)
    else:
        place = Path(tempfile.mkdtemp(dir=SHARED_MEMORY, prefix="bench-collector-"))
        stack.callback(shutil.rmtree, place, ignore_errors=True)
    return Disk(MEMORY, place)


def _mounted(
    place: Path, kind: str, options: str, source: Path, stack: contextlib.ExitStack
) -> Path:
    place.mkdir()
    # Lazily, so that nothing stays mounted even if a process has not ended yet; and before it is
    # mounted, so that there is no moment at which Ctrl-C would leave it.
    stack.callback(_unmount, place)
    subprocess.run(["mount", "-t", kind, "-o", options, source, place], check=True)
    return place


def _unmount(place: Path) -> None:
    command = ["umount", "--lazy", str(place)]
    subprocess.run(command, check=False, stderr=subprocess.DEVNULL)


def _file_system(folder: Path) -> str:
    """Return type and mount point of the file system of *folder*."""
    mounts = [line.split()[1:3] for line in Path("/proc/self/mounts").read_text().splitlines()]
    fitting = [mount for mount in mounts if folder.resolve().is_relative_to(mount[0])]
    point, kind = max(fitting, key=lambda mount: len(mount[0]))
    return f"{kind} on {point}"
