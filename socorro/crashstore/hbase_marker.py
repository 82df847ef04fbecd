"""The marker of a crash store in HBase: empty is not new (socorro/marker.py has the whole story).

One row of the table of crashes has the store's id: row `~store`, which sorts behind all crashes,
column `meta:store`. Only an explicit create writes it. Each new connection reads it before its
first call, and a connection that is in use reads it again every few seconds: without it, or with
another id than before, the store is away, and nothing is written or read.
"""

import json
import secrets
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import happybase

from socorro.crashstore.hbase_client import Client
from socorro.crashstore.hbase_layout import CRASHES, STORE, STORE_ROW
from socorro.crashstore.interface import StoreUnavailable
from socorro.marker import Memory

_MISSING: Final = (
    "the crash store is away: its tables in HBase have no id; `socorro store create` gives them one"
)


class HBaseMarker:
    """The marker of the store at *place*; *memory* is the file that remembers its id."""

    def __init__(self, client: Client, place: str, memory: Path | None) -> None:
        self._client, self._place = client, place
        self._memory = Memory(memory)
        self._id: str | None = None
        client.verify = self.require

    def require(self, connection: happybase.Connection) -> None:
        """Raise StoreUnavailable unless the tables have their id, the same as before."""
        present = _read(connection)
        expected = self._memory.recall(self._place) or self._id
        if expected not in (None, present):
            raise StoreUnavailable(
                f"the crash store is away: another one is at {self._place} (id {present}, not"
                f" {expected}); `socorro store adopt` accepts it"
            )
        self._accept(present)

    def create(self) -> None:
        """Give the tables an id unless they have one, and remember it."""
        document = {
            "created": datetime.now(UTC).isoformat("T", "seconds"),
            "id": secrets.token_hex(16),
            "kind": "crash store",
        }
        text = json.dumps(document, sort_keys=True).encode()
        self._client.put_if_absent(CRASHES, STORE_ROW, STORE, text, is_verified=False)
        self.adopt()

    def adopt(self) -> None:
        """Accept the id that the tables have. Raises StoreUnavailable when they have none."""
        self._accept(self._client.call(_read, is_verified=False))

    def adopt_unmarked(self) -> bool:
        """Give an id to tables that an earlier version created; return whether it did."""
        if self._memory.recall(self._place) or not self._client.call(
            _is_unmarked, is_verified=False
        ):
            return False
        self.create()
        return True

    def _accept(self, present: str) -> None:
        self._id = present
        self._memory.keep(self._place, present)


def _read(connection: happybase.Connection) -> str:
    cells = connection.table(CRASHES).row(STORE_ROW, columns=[STORE])
    try:
        return str(json.loads(cells[STORE])["id"])
    except (LookupError, TypeError, ValueError):
        raise StoreUnavailable(_MISSING) from None


def _is_unmarked(connection: happybase.Connection) -> bool:
    return not connection.table(CRASHES).row(STORE_ROW, columns=[STORE])
