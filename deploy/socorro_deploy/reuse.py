"""Takes over the dependencies of an earlier release when their wheels are the same.

Most releases change our own code only. To install all dependencies again takes most of a deploy's
minutes and half a gigabyte, so their files are linked from a release that has them. Every file must
still be what its wheel installed (RECORD): what somebody changed by hand is not passed on.
"""

import base64
import csv
import hashlib
import os
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from socorro_deploy.releases import Release

OWN: Final = "socorro"


def twin(folder: Path, releases: Iterable[Release]) -> Release | None:
    """Return a release with the same dependencies as the one unpacked in *folder*."""
    wheels = _dependencies(folder)
    return next((one for one in releases if _dependencies(one.folder) == wheels), None)


def take_over(release: Release, folder: Path) -> bool:
    """Link the installed files of a release into the venv in *folder*; False if they changed.

    Our own are left out: the new ones differ. Raises OSError.
    """
    source, target = site_packages(release.folder), site_packages(folder)
    if source is None or target is None or source.parent.name != target.parent.name:
        return False  # another Python
    records = sorted(source.glob("*.dist-info/RECORD"))
    own = [record for record in records if record.parent.name.startswith(f"{OWN}-")]
    others = [record for record in records if record not in own]
    if not others or not all(map(_is_intact, others)):
        return False
    left_out = {name.split("/")[0] for record in own for name, _ in _files(record)}

    def ignored(folder: str, names: list[str]) -> set[str]:
        return left_out & set(names) if Path(folder) == source else set()

    shutil.copytree(source, target, symlinks=True, dirs_exist_ok=True, copy_function=_link,
                    ignore=ignored)  # fmt: skip
    return True


def site_packages(folder: Path) -> Path | None:
    """Return where the venv of a release has its packages."""
    return next(iter(sorted(folder.glob("venv/lib/python3*/site-packages"))), None)


def _is_intact(record: Path) -> bool:
    """Return whether every file of a package has the checksum that its wheel gave it."""
    for name, checksum in _files(record):
        if not checksum or name.startswith(".."):  # compiled files; scripts beside
            continue
        kind, _, expected = checksum.partition("=")
        try:
            data = (record.parent.parent / name).read_bytes()
        except OSError:
            return False
        actual = base64.urlsafe_b64encode(hashlib.new(kind, data).digest()).rstrip(b"=")
        if actual.decode() != expected:
            return False
    return True


def _files(record: Path) -> Iterator[tuple[str, str]]:
    """Yield the files of a package with their checksums, "" where it has none."""
    with record.open(newline="") as lines:
        for name, checksum, *_ in csv.reader(lines):
            yield name, checksum


def _dependencies(folder: Path) -> list[str]:
    lines = (folder / "requirements.txt").read_text().splitlines()
    return [line for line in lines if not line.startswith(f"{OWN}==")]


def _link(source: str, target: str) -> None:
    os.link(source, target)
