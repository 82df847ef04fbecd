"""How a connection ends when a request was refused before all of it was read.

A client may go on sending after the refusal and read the answer only when it is done. Closing the
connection while it sends would destroy the answer, so its bytes are read and dropped for a while.
"""

import socket
import time

from waitress.channel import HTTPChannel

LINGER_SECONDS = 10  # for which a refused client may go on sending
LINGER_BYTES = 2**26  # that it may send in this time


class Lingering(HTTPChannel):
    """A connection that, after a refusal, stays open until the client had time to read it."""

    _refused = False
    _until = 0.0  # monotonic; once set, whatever arrives is dropped
    _dropped = 0  # bytes

    def service(self) -> None:
        """Answer a request; runs in a thread of the application."""
        self._refused = bool(self.requests[0].error)
        super().service()

    def handle_close(self) -> None:
        """After a refusal, shut down our side and close when the client has, or after a while."""
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
        """Handle bytes that arrived; drop them after a refusal."""
        if not self._until:
            return bool(super().received(data))
        self._dropped += len(data)
        if self._dropped > LINGER_BYTES or time.monotonic() > self._until:
            self.handle_close()
        return True
