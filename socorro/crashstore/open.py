"""Open a crash store by its URL."""

from pathlib import Path
from urllib.parse import urlsplit

from socorro.crashstore.interface import CrashStore

HBASE_PORT = 9090


def open_store(url: str, connections: int = 4) -> CrashStore:
    """Return the store at *url*: file:///folder or hbase://host[:port][/table prefix].

    *connections* is how many threads will use it at once. Opening asks nothing of a server:
    it may be away. Raises ValueError for another URL.
    """
    parts = urlsplit(url)
    if parts.scheme == "file" and parts.path:
        from socorro.crashstore.filesystem import FilesystemStore

        return FilesystemStore(Path(url.removeprefix("file://")))
    if parts.scheme == "hbase" and parts.hostname:
        from socorro.crashstore.hbase import HBaseStore

        prefix = parts.path.strip("/") or "socorro"
        return HBaseStore(parts.hostname, parts.port or HBASE_PORT, prefix, connections)
    raise ValueError(f"store {url!r}: expected file:///folder or hbase://host:port")


def create_tables(url: str) -> None:
    """Make the tables (or the folders) of the store at *url* that are not there yet.

    Raises StoreUnavailable; ValueError for another URL.
    """
    store = open_store(url)
    store.create()
    store.close()
