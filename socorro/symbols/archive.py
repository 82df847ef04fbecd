"""Zip files of strangers: members one by one, with limits on everything that can explode."""

import io
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO, NamedTuple

_DIRECTORY = 4 * 2**20  # bytes; the list of members is read at once
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1


class BadZip(ValueError):
    """The zip file as a whole is refused; the text says why."""


class ZipLimits(NamedTuple):
    """What one zip file may hold."""

    members: int
    unpacked: int  # bytes, all members together


class Member(NamedTuple):
    """A file in a zip; *refused* says why it must not be read, "" if it may."""

    name: PurePosixPath
    size: int
    file: IO[bytes]
    refused: str


def members(file: IO[bytes], limits: ZipLimits) -> Iterator[Member]:
    """Yield the files in the zip that *file* is; each can be read until the next is asked for.

    Sizes are those that the zip claims; reading beyond them fails, so their sum bounds what is
    inflated. Raises BadZip.
    """
    try:
        archive = zipfile.ZipFile(_Bounded(file))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as why:
        raise BadZip(f"is no zip file that can be read: {why}") from None
    with archive:
        found = archive.infolist()
        if len(found) > limits.members:
            raise BadZip(
                f"{len(found):,} members; {limits.members:,} are allowed"
                " (SOCORRO_SYMBOLS_ZIP_MEMBERS)"
            )
        if sum(info.file_size for info in found) > limits.unpacked:
            raise BadZip(
                f"unpacks to more than {limits.unpacked:,} bytes (SOCORRO_SYMBOLS_UNPACKED_BYTES)"
            )
        for info in found:
            if not info.filename.endswith("/"):  # is_dir() fails on a member without a name
                yield from _member(archive, info)


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[Member]:
    name = PurePosixPath(info.filename)
    refused = _refused(info, name)
    if refused:
        yield Member(name, info.file_size, io.BytesIO(), refused)
        return
    try:
        with archive.open(info) as opened:
            yield Member(name, info.file_size, opened, "")
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OSError) as why:
        # ValueError: it begins before the file does, or its name is no UTF-8.
        yield Member(name, info.file_size, io.BytesIO(), f"cannot be unpacked: {why}")


def _refused(info: zipfile.ZipInfo, name: PurePosixPath) -> str:
    if name.is_absolute() or ".." in name.parts or "\\" in info.filename:
        return "its path leads out of the zip"
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if info.compress_type not in _METHODS:
        return "is compressed by a method other than deflate"
    return ""


class _Bounded(io.RawIOBase):
    """A file that refuses to be read in gulps: the only large one is the list of members."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        """Return at most *size* bytes."""
        found = self._file.read(size if 0 <= size <= _DIRECTORY else _DIRECTORY + 1)
        if len(found) > _DIRECTORY:
            raise OSError("the list of members is too long")
        return found

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a place."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the place."""
        return self._file.tell()

    def readable(self) -> bool:
        """It is."""
        return True

    def seekable(self) -> bool:
        """It is."""
        return True
