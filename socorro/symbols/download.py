"""Downloads one symbol file, and says what the server's answer means for the module."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import quote

from socorro import metrics
from socorro.fetch import BadStatus, FetchFailed, HttpClient, Limits, ServerFailed, TooLarge
from socorro.redirects import Redirects
from socorro.symbols.module import ModuleId
from socorro.symbols.symfile import SIZE_SETTING, BadSymbols

_AGAIN = {408, 425, 429}  # of the 4xx, those that are temporary
_BUSY = {429, 503}  # a server that answers this is overloaded


class NotThere(Exception):
    """The server has no symbols of this module."""


class Unavailable(Exception):
    """No usable answer; *server_wide*: other modules would fail as well now."""

    def __init__(self, reason: str, server_wide: bool = False) -> None:
        super().__init__(reason)
        self.server_wide = server_wide


class Downloader:
    """Connections to symbol servers, kept for the next module; close when done."""

    def __init__(self, limits: Limits, most_bytes: int, redirects: Redirects | None = None) -> None:
        """Refuse files larger than *most_bytes*, and redirects to other than *redirects*."""
        count = metrics.symbols_download_bytes.inc
        self._client = HttpClient(limits, most_bytes, count, redirects)

    def close(self) -> None:
        """Close all connections."""
        self._client.close()

    @contextmanager
    def get(self, server: str, module: ModuleId, deadline: float) -> Iterator[Iterator[bytes]]:
        """Request the symbols of *module* from *server*; yield an iterator over the file's pieces.

        Both may raise NotThere, Unavailable and BadSymbols. *deadline* is of the monotonic clock.
        """
        url = f"{server.rstrip('/')}/{quote(module.path.as_posix())}"
        try:
            with self._client.stream(url, deadline) as pieces:
                yield pieces
        except FetchFailed as error:
            raise _meaning(error) from None


def _meaning(error: FetchFailed) -> NotThere | Unavailable | BadSymbols:
    """Return what a failed fetch says about the symbols."""
    if isinstance(error, BadStatus):
        if 400 <= error.status < 500 and error.status not in _AGAIN:
            return NotThere("" if error.status in (404, 410) else str(error))
        return Unavailable(str(error), server_wide=error.status in _BUSY)
    if isinstance(error, ServerFailed):
        return Unavailable(str(error), error.server_wide)
    if isinstance(error, TooLarge):
        return BadSymbols(f"{error} ({SIZE_SETTING})")
    return BadSymbols(str(error))
