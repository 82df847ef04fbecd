"""Open a crash store by its URL. SCHEMES lists the kinds; tests/contract tries each of them."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final, NamedTuple
from urllib.parse import urlsplit

from socorro.crashstore.interface import CrashStore

HBASE_PORT: Final = 9090


class Scheme(NamedTuple):
    """One kind of crash store. *open* returns None for a URL that is incomplete."""

    example: str
    open: Callable[[str, int, Path | None], CrashStore | None]


def _open_folder(url: str, connections: int, home: Path | None) -> CrashStore | None:  # noqa: ARG001
    from socorro.crashstore.filesystem import FilesystemStore

    folder = Path(url.removeprefix("file://"))
    return FilesystemStore(folder, home=home) if urlsplit(url).path else None


def _open_hbase(url: str, connections: int, home: Path | None) -> CrashStore | None:
    from socorro.crashstore.hbase import HBaseStore

    split = urlsplit(url)
    if not split.hostname:
        return None
    prefix = split.path.strip("/") or "socorro"
    return HBaseStore(split.hostname, split.port or HBASE_PORT, prefix, connections, home=home)


SCHEMES: Final[Mapping[str, Scheme]] = {
    "file": Scheme("file:///folder", _open_folder),
    "hbase": Scheme("hbase://host:port", _open_hbase),
}


def open_store(url: str, connections: int = 4, home: Path | None = None) -> CrashStore:
    """Return the store at *url*: file:///folder or hbase://host[:port][/table prefix].

    *connections* is how many threads will use it at once; *home* remembers the id of the store.
    Opening creates nothing and sends nothing to a server: the store may be away. Raises ValueError
    for any other URL.
    """
    scheme = SCHEMES.get(urlsplit(url).scheme)
    store = scheme.open(url, connections, home) if scheme else None
    if store is None:
        expected = " or ".join(scheme.example for scheme in SCHEMES.values())
        raise ValueError(f"store {url!r}: expected {expected}")
    return store


def create_tables(url: str, home: Path | None = None) -> None:
    """Create the missing tables (or folders) of the store at *url*; *home* remembers its id.

    Raises StoreUnavailable; ValueError for a URL that names no store.
    """
    store = open_store(url, home=home)
    store.create()
    store.close()
