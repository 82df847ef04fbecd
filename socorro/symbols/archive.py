"""Reads zip files from outside, member by member, with limits on everything that can explode.

Windows programs write backslashes into the names of members; they part folders, as slashes do.
"""

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import IO, NamedTuple, Protocol

_DIRECTORY = 4 * 2**20  # bytes; the list of members is read at once
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 1
_DRIVE = re.compile(r"[A-Za-z]:")


class BadArchive(ValueError):
    """The whole archive is refused; the text says why."""


class Limits(NamedTuple):
    """Limits of one archive."""

    members: int
    unpacked: int  # bytes, all members together


class Readable(Protocol):
    """The part of a file that we use."""

    def read(self, size: int, /) -> bytes:
        """Return at most *size* bytes; none at the end."""
        ...


class Member(NamedTuple):
    """A file in an archive; *refused* says why it must not be read, "" if it may."""

    name: PurePosixPath
    size: int
    file: Readable
    refused: str


def members(file: IO[bytes], limits: Limits) -> Iterator[Member]:
    """Yield the files in the zip *file*; each can be read until the next one is requested.

    Sizes are those that the zip claims; reading beyond them fails, so their sum limits what is
    inflated. Raises BadArchive.
    """
    try:
        archive = zipfile.ZipFile(_Bounded(file))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as error:
        raise BadArchive(f"not a readable zip file: {error}") from None
    with archive:
        listing = archive.infolist()
        check_total(len(listing), sum(info.file_size for info in listing), limits)
        for info in listing:
            # is_dir() fails on a member without a name
            if not info.filename.endswith(("/", "\\")):
                yield from _member(archive, info)


def check_total(members: int, unpacked: int, limits: Limits) -> None:
    """Raise BadArchive when an archive has more *members* or *unpacked* bytes than it may."""
    if members > limits.members:
        raise BadArchive(
            f"{members:,} members; at most {limits.members:,} are allowed"
            " (SOCORRO_SYMBOLS_ZIP_MEMBERS)"
        )
    if unpacked > limits.unpacked:
        raise BadArchive(
            f"unpacks to more than {limits.unpacked:,} bytes (SOCORRO_SYMBOLS_UNPACKED_BYTES)"
        )


def check_member(name: PurePosixPath, kind: str) -> str:
    """Return why a member of this name must not be read, "" if it may."""
    if name.is_absolute() or ".." in name.parts or _DRIVE.match(str(name)):
        return f"its path leads outside the {kind}"
    return ""


def _member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> Iterator[Member]:
    name = PurePosixPath(info.filename.replace("\\", "/"))
    refused = _refused(info, name)
    if refused:
        yield Member(name, info.file_size, io.BytesIO(), refused)
        return
    try:
        with archive.open(info) as opened:
            yield Member(name, info.file_size, opened, "")
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OSError) as error:
        # ValueError: it begins before the file does, or its name is not UTF-8.
        yield Member(name, info.file_size, io.BytesIO(), f"cannot be unpacked: {error}")


def _refused(info: zipfile.ZipInfo, name: PurePosixPath) -> str:
    if refused := check_member(name, "zip"):
        return refused
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if info.compress_type not in _METHODS:
        return "unsupported compression method (only deflate is)"
    return ""


class _Bounded(io.RawIOBase):
    """A file that refuses large reads: the only one is the list of members."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def read(self, size: int = -1) -> bytes:
        """Return at most *size* bytes."""
        content = self._file.read(size if 0 <= size <= _DIRECTORY else _DIRECTORY + 1)
        if len(content) > _DIRECTORY:
            raise OSError("the list of members is too long")
        return content

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Move to a position."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the position."""
        return self._file.tell()

    def readable(self) -> bool:
        """Return True."""
        return True

    def seekable(self) -> bool:
        """Return True."""
        return True
