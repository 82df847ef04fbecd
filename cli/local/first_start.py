"""Crash store and spool of a home: created at its first start, and never again.

Empty is not new (socorro/marker.py): when a later start does not find them, a disk is away, and the
line does not start. Those of an earlier version, which have no marker, get one at the next start.
"""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from cli.local import home
from collector.config import CollectorConfig
from crashmover.config import CrashmoverConfig
from socorro.config import SharedConfig, load
from socorro.crashstore.interface import StoreUnavailable
from socorro.crashstore.open import create_tables, open_store
from socorro.marker import REMEMBERED, Memory
from socorro.spool.spool import Spool

_OWN_HBASE: Final = "HBase of this home"
_TABLES: Final = "tables created"


def folders(folder: Path) -> Iterator[str]:
    """Create or adopt the folders of spool and crash store; yield what to say.

    Raises StoreUnavailable, SpoolUnavailable: they are away.
    """
    is_new, shared = home.is_new(folder), load(SharedConfig)
    for path in {load(CollectorConfig).spool, load(CrashmoverConfig).spool}:
        spool = Spool(path, home=folder)
        if is_new:
            spool.create()
        elif spool.adopt_unmarked():
            yield f"the spool in {path} is of an earlier version: it has got its marker"
        spool.require()
    if not shared.store.startswith("file:"):
        return
    store = open_store(shared.store, home=folder)
    if is_new:
        store.create()
    elif store.adopt_unmarked():
        yield f"the crash store in {shared.store} is of an earlier version: it has got its marker"
    store.check()
    store.close()


def tables(folder: Path, url: str, own: bool) -> None:
    """Create the tables of a crash store in HBase, once; *own*: the line runs this HBase itself.

    Those of an earlier version get their id. Raises StoreUnavailable when they cannot be created.
    """
    if not url.startswith("hbase:"):
        return
    memory = Memory(folder / REMEMBERED)
    place = _OWN_HBASE if own else url
    is_first = home.is_new(folder) or own
    if is_first and memory.recall(place) is None:
        create_tables(url, folder)
        memory.keep(place, _TABLES)
    elif memory.recall(place):
        store = open_store(url, home=folder)
        with suppress(StoreUnavailable):  # services wait for it
            store.adopt_unmarked()
        store.close()
