"""The spool of this machine: entries wherever they are, and the log of accepted ids."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Final

from socorro.files import drop
from socorro.forget.place import Going, PlaceAway
from socorro.spool.entry import SpoolUnavailable
from socorro.spool.spool import Spool
from socorro.spool.traces import traces


class SpoolPlace:
    """Crashes that are ready, kept, in quarantine or half-written."""

    name: Final = "spool"

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    def count(self, going: Going) -> int:
        """See Place: files, and folders of the quarantine."""
        with _away():
            return sum(1 for _ in traces(self._spool, going.ids))

    def remove(self, going: Going) -> None:
        """See Place."""
        with _away():
            for path in traces(self._spool, going.ids):
                if path.is_dir():
                    with suppress(OSError):  # a crash that was put there meanwhile
                        path.rmdir()
                else:
                    drop(str(path))


class AcceptedPlace:
    """The lines of the log of accepted crashes: each id becomes a token, so that days stay even."""

    name: Final = "log of accepted crashes"

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    def count(self, going: Going) -> int:
        """See Place: lines."""
        with _away():
            return sum(
                crash_id in going.ids
                for day in going.days()
                for crash_id in self._spool.accepted(day)
            )

    def remove(self, going: Going) -> None:
        """See Place."""
        with _away():
            for day in going.days():
                self._spool.logs.erase(day, going.of_day(day))


@contextmanager
def _away() -> Iterator[None]:
    try:
        yield
    except (SpoolUnavailable, OSError) as error:
        raise PlaceAway(f"the spool cannot be used ({error})") from None
