"""How a connection ends when a request was refused before all of it was read.

A client that is refused may send on, and read the answer only then. To close while it sends would
take the answer away from it, so its bytes are read into nothing for a while first.
"""

import socket
import time

from waitress.channel import HTTPChannel

LINGER_SECONDS = 10  # for which a refused client may send on
LINGER_BYTES = 2**26  # that it may send on


class Lingering(HTTPChannel):
    """A connection that ends, after a refusal, when the client has had the time to read it."""

    _refused = False
    _until = 0.0  # monotonic; once set, what comes is thrown away
    _taken = 0  # bytes of that

    def service(self) -> None:
        """Answer a request; runs in a thread of the application."""
        self._refused = bool(self.requests[0].error)
        super().service()

    def handle_close(self) -> None:
        """Say that nothing more is sent, and close when the client has closed, or in the end."""
        if self.socket and self._refused and not self._until and not self.total_outbufs_len:
            try:
                self.socket.shutdown(socket.SHUT_WR)
            except OSError:  # the client is gone
                pass
            else:
                self._until = time.monotonic() + LINGER_SECONDS
                self.will_close = False
                return
        super().handle_close()

    def received(self, data: bytes) -> bool:
        """Take what came; throw it away after a refusal."""
        if not self._until:
            return bool(super().received(data))
        self._taken += len(data)
        if self._taken > LINGER_BYTES or time.monotonic() > self._until:
            self.handle_close()
        return True
