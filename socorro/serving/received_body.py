"""A request's body while it arrives: in memory, and from some size on in a temporary file.

All unfinished bodies of a process share one budget, so that slow clients together can fill neither
the memory nor the disk.
"""

import io
import tempfile
import threading
from typing import IO, Final

from socorro.serving.limits import IN_MEMORY, Refusal

MEMORY: Final = 128 * 2**20  # bytes that all unfinished bodies may have in memory
FILES: Final = 2**30  # and in temporary files
FLUSH: Final = 64 * 1024  # bytes written to a file at once
LARGE_PIECE: Final = 4 * 1024  # bytes


class Budget:
    """What all unfinished bodies of one process hold, in bytes; safe to share between threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._lock = threading.Lock()
        self.held = 0

    def take(self, size: int) -> bool:
        """Take *size* bytes, if there are as many."""
        with self._lock:
            fits = self.held + size <= self._most
            if fits:
                self.held += size
        return fits

    def give_back(self, size: int) -> None:
        """Give back what was taken."""
        with self._lock:
            self.held -= size


class Budgets:
    """The two budgets of a process."""

    def __init__(self, memory: int = MEMORY, files: int = FILES) -> None:
        self.memory = Budget(memory)
        self.files = Budget(files)


class ReceivedBody:
    """One body. `write` raises Refusal: 413 beyond *limit*, 503 when there is no room."""

    def __init__(self, limit: int, budgets: Budgets) -> None:
        self.limit = limit
        self.size = 0
        self._budgets = budgets
        # In memory, or, of a body in a file, not written yet: large pieces; then small ones as one.
        self._pieces: list[bytes] = []
        self._small = bytearray()
        self._pending = 0  # bytes of both
        self._in_memory = 0  # bytes of the budgets
        self._in_file = 0
        self._file: IO[bytes] | None = None

    def write(self, piece: bytes) -> None:
        """Append *piece*."""
        self.size += len(piece)
        if self.size > self.limit:
            raise Refusal(413, f"The body exceeds the limit of {self.limit} bytes")
        self._keep(piece)
        if self._file is None and self.size <= IN_MEMORY and self._budgets.memory.take(len(piece)):
            self._in_memory = self.size
        elif self._file is None or self._pending >= FLUSH:
            self._to_file()

    def _keep(self, piece: bytes) -> None:
        """Keep large pieces as they are: a copy of all costs more than the rest of a request."""
        self._pending += len(piece)
        if len(piece) < LARGE_PIECE:
            self._small += piece
            return
        if self._small:
            self._pieces.append(bytes(self._small))
            self._small = bytearray()
        self._pieces.append(piece)

    def _taken(self) -> bytes:
        """Return what is in memory, and forget it."""
        if self._small:
            self._pieces.append(bytes(self._small))
        content = b"".join(self._pieces)  # of one piece, that piece itself
        self._pieces, self._small, self._pending = [], bytearray(), 0
        return content

    def _to_file(self) -> None:
        if not self._budgets.files.take(self._pending):
            raise Refusal(503, "Too many large bodies at once: try again later")
        self._in_file += self._pending
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - see close
            rest = memoryview(self._taken())
            while rest:
                rest = rest[self._file.write(rest) :]
        except OSError:  # the folder is full or away
            raise Refusal(503, "No room for the body: try again later") from None
        self._budgets.memory.give_back(self._in_memory)
        self._in_memory = 0

    def stream(self) -> IO[bytes]:
        """Return the whole body, to be read once. Raises Refusal."""
        if self._file is None:
            self._pieces = [self._taken()]
            return io.BytesIO(self._pieces[0])  # which copies nothing
        self._to_file()
        self._file.seek(0)
        return self._file

    def close(self) -> None:
        """Give all of it back; may be called again."""
        if self._file is not None:
            self._file.close()
        self._budgets.memory.give_back(self._in_memory)
        self._budgets.files.give_back(self._in_file)
        self._in_memory, self._in_file = 0, 0
        self._pieces, self._small, self._file = [], bytearray(), None
