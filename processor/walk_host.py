"""The processor's end of a walk host: starts it, has walkers started, and ends it."""

import json
import select
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from processor.confined.host import MESSAGE_BYTES

_ROOT = str(Path(__file__).parents[1])
_MAIN = f"import sys; sys.path.append({_ROOT!r}); from processor.confined.host import main; main()"
_START_SECONDS = 30.0
_END_SECONDS = 10.0

Stamps = list[tuple[int, int] | None]


class HostEnded(OSError):
    """The host ended before its walker did: somebody killed it."""


class WalkHost:
    """A running walk host, for one thread at a time."""

    def __init__(self, reads: Sequence[str], writes: Sequence[str], without: str) -> None:
        """Start a host that is left these files. Raises OSError."""
        self._paths = [Path(path) for path in (*reads, *writes)]
        self._stamps = _stamps(self._paths)
        self._control, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.is_idle = False
        with other:
            try:
                self._process = subprocess.Popen(
                    [sys.executable, "-I", "-S", "-c", _MAIN],
                    stdin=other.fileno(),
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    cwd="/",
                    env={},
                    start_new_session=True,
                )
            except OSError:
                self._control.close()
                raise
        try:
            order = {"reads": reads, "writes": writes, "without": without}
            self._control.send(json.dumps(order).encode())
            self.measures: dict[str, str] = self._receive(_START_SECONDS)
        except BaseException:
            self.close()
            raise
        self.is_idle = True

    def fileno(self) -> int:
        """Return the descriptor that becomes readable when a walker has ended."""
        return self._control.fileno()

    def is_current(self) -> bool:
        """Say whether it lives, and its files are still those that it saw when it began."""
        return not _has_news(self._control) and self._stamps == _stamps(self._paths)

    def start(
        self, command: Sequence[str], limits: Sequence[tuple[int, int, int]], files: Sequence[int]
    ) -> None:
        """Start a walker with its limits (number, soft, hard) and its four open files."""
        self.is_idle = False
        request = {"command": command, "limits": limits}
        socket.send_fds(self._control, [json.dumps(request).encode()], files)

    def return_code(self) -> int:
        """Wait for the walker's end and return its return code.

        Raises OSError when it could not be started, and HostEnded.
        """
        answer = self._receive(None)
        self.is_idle = True
        if "error" in answer:
            raise OSError(0, answer["error"])
        return int(answer["return_code"])

    def close(self) -> None:
        """End it, and the walker and all that this started. Returns when they are gone."""
        self.is_idle = False
        self._control.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _receive(self, seconds: float | None) -> dict[str, str]:
        self._control.settimeout(seconds)
        try:
            message = self._control.recv(MESSAGE_BYTES)
        except ConnectionResetError:
            message = b""
        if not message:
            raise HostEnded(0, "the walk host ended")
        answer: dict[str, str] = json.loads(message)
        return answer


def _has_news(control: socket.socket) -> bool:
    """Say whether an idle host has anything to say: it can only be that it ended."""
    poller = select.poll()  # select(2) cannot take high numbers
    poller.register(control, select.POLLIN)
    return bool(poller.poll(0))


def _stamps(paths: Sequence[Path]) -> Stamps:
    """Return what identifies each file or folder, None for one that does not exist."""
    stamps: Stamps = []
    for path in paths:
        try:
            status = path.stat()
            stamps.append((status.st_dev, status.st_ino))
        except OSError:
            stamps.append(None)
    return stamps
