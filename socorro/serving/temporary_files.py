"""The folder of temporary files (TMPDIR), where large bodies are until they are read."""

import os
import tempfile
from pathlib import Path


def insist() -> None:
    """Use TMPDIR whatever its state is; call this before there are requests.

    Python would try it when the first file is made, and, when it is full or away just then, use
    /tmp or another folder instead until the process ends, without a word.
    """
    folder = os.environ.get("TMPDIR")
    tempfile.tempdir = str(Path(folder).absolute()) if folder else tempfile.gettempdir()


def checked(room: int) -> None:
    """Write a temporary file. Raises OSError when that fails, or not even *room* bytes are free."""
    folder = tempfile.gettempdir()
    disk = os.statvfs(folder)
    if disk.f_bavail * disk.f_frsize < room:
        raise OSError(f"less than {room} bytes are free in {folder}")
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(b"probe")
