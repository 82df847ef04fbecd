"""Damage of one crash's files or cells: what reading may raise, and what is said of it. Pure."""

import errno
import gzip
import struct
import zipfile
import zlib
from typing import Final

# What a broken archive, a broken gzip file or odd JSON raises; RuntimeError stands for members that
# are encrypted, compressed in an unknown way or nested too deep, ValueError for bad JSON.
BROKEN: Final = (
    zipfile.BadZipFile,
    gzip.BadGzipFile,
    zlib.error,
    EOFError,
    struct.error,
    LookupError,
    ValueError,
    TypeError,
    RuntimeError,
    OverflowError,
)

# Errors of the operating system that no file is to blame for.
OUTAGES: Final = frozenset(
    {
        errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENOSPC, errno.EDQUOT, errno.EROFS,
        errno.ENODEV, errno.ESTALE, errno.EINTR,
    }
)  # fmt: skip


def is_outage(error: BaseException) -> bool:
    """Return whether an error says by itself that the machine or its disk is to blame."""
    return isinstance(error, OSError) and error.errno in OUTAGES


def described(error: Exception) -> str:
    """Return what is wrong, in fixed texts: the error's own text may quote the crash."""
    match error:
        case gzip.BadGzipFile() | zlib.error() | EOFError():
            return "does not decompress"
        case OSError():
            return error.strerror or type(error).__name__
        case zipfile.BadZipFile():
            return "not a whole archive"
        case LookupError():
            return "a member is missing"
        case RecursionError() | ValueError() | TypeError():
            return "its JSON is not that of a crash"
        case RuntimeError():
            return "encrypted, or compressed in an unknown way"
    return type(error).__name__
