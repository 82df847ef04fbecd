"""The folder of temporary files (TMPDIR), where large bodies are until they are read."""

import os
import tempfile


def checked(room: int) -> None:
    """Write a temporary file. Raises OSError when that fails, or not even *room* bytes are free."""
    folder = tempfile.gettempdir()
    disk = os.statvfs(folder)
    if disk.f_bavail * disk.f_frsize < room:
        raise OSError(f"less than {room} bytes are free in {folder}")
    with tempfile.TemporaryFile(buffering=0) as file:
        file.write(b"probe")
