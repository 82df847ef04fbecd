"""One GET of a source of a job: socorro.fetch within the limits of the settings.

An error is a failed job, whose text is kept and shown: it names the page, and no secrets.
"""

from typing import Self

from cron.config import CronConfig
from cron.job import JobFailed
from socorro.fetch import BadStatus, FetchFailed, HttpClient, Limits, TooLarge, shown
from socorro.redirects import Redirects


class SourceFailed(JobFailed):
    """A source gave no answer that can be used; trying again later may help."""


class SourceMissing(SourceFailed):
    """The source has no such page (404, 410)."""


class Fetcher:
    """Connections to sources, kept for the next page; safe to share between threads. Close it."""

    def __init__(self, config: CronConfig) -> None:
        seconds = config.http_seconds
        limits = Limits(min(10.0, seconds), seconds, config.http_total_seconds)
        redirects = Redirects(config.sources, config.redirect_hosts)
        self._client = HttpClient(limits, config.http_bytes, redirects=redirects)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self._client.close()

    def get(self, url: str) -> bytes:
        """Return the page at *url*. Raises SourceFailed, SourceMissing."""
        try:
            return self._client.read(url)
        except BadStatus as error:
            if error.status in (404, 410):
                raise SourceMissing(f"{shown(url)} does not exist ({error.status})") from None
            raise SourceFailed(f"{shown(url)}: {error}") from None
        except TooLarge as error:
            raise SourceFailed(f"{shown(url)}: {error} (SOCORRO_CRON_HTTP_BYTES)") from None
        except FetchFailed as error:
            raise SourceFailed(f"{shown(url)}: {error}") from None

    def text(self, url: str) -> str:
        """Return the page at *url* as text; bytes that are no UTF-8 are replaced."""
        return self.get(url).decode("utf-8", "replace")
