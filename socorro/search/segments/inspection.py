"""Which columns the files have, and which files are damaged; read once for each file."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from socorro.search.segments import layout
from socorro.search.segments.layout import Visibility
from socorro.search.segments.statement import Group, quote

Columns = Mapping[str, str]  # type by name
Hours = tuple[datetime, ...] | None  # None: all that a file has

MOST_FILES = 50_000  # remembered
AT_ONCE = 100  # files
# The nodes of each file, in order: a list column is followed by the nodes within it.
SCHEMA = "SELECT file_name, name, duckdb_type, num_children FROM parquet_schema($paths)"


class Identity(NamedTuple):
    """One state of a file: a file that is replaced has another."""

    path: str
    inode: int
    changed_ns: int
    size: int


class Inspection:
    """Remembers what was in which file. Safe to share between threads."""

    def __init__(self) -> None:
        self._columns: dict[Identity, Columns | None] = {}
        self._shared: dict[tuple[tuple[str, str], ...], Columns] = {}

    def identities(self, paths: Iterable[Path]) -> list[Identity]:
        """Return the present state of files. Raises FileNotFoundError."""
        stats = [(str(path), path.stat()) for path in paths]
        return [Identity(path, stat.st_ino, stat.st_mtime_ns, stat.st_size) for path, stat in stats]

    def read(self, duck: duckdb.DuckDBPyConnection, files: Sequence[Identity]) -> None:
        """Read the columns of the files that are new."""
        if len(self._columns) > MOST_FILES:
            self._columns.clear()
        new = [file for file in files if file not in self._columns]
        for first in range(0, len(new), AT_ONCE):
            self._read(duck, new[first : first + AT_ONCE])

    def damaged(self, file: Identity) -> None:
        """Remember that a file cannot be read."""
        self._columns[file] = None

    def find_damaged(
        self, files: Iterable[Identity], names: Collection[str], visibility: Visibility
    ) -> set[Identity]:
        """Return the files that cannot be read, or have another type in one of these columns."""
        types = {name: type_ for name, type_ in layout.columns(visibility).items() if name in names}
        damaged = set()
        for file in files:
            columns = self._columns.get(file)
            if columns is None or any(
                columns.get(name, type_) != type_ for name, type_ in types.items()
            ):
                damaged.add(file)
        return damaged

    def groups(
        self, files: Mapping[Identity, tuple[Hours, bool]], names: Collection[str]
    ) -> list[Group]:
        """Group readable files by which of the columns *names* they have, and what is read."""
        groups: dict[tuple[frozenset[str], Hours, bool], list[str]] = {}
        for file, (hours, is_edge) in files.items():
            columns = self._columns.get(file) or {}
            present = frozenset(name for name in names if name in columns)
            groups.setdefault((present, hours, is_edge), []).append(file.path)
        return [Group(tuple(paths), *key) for key, paths in groups.items()]

    def _read(self, duck: duckdb.DuckDBPyConnection, files: Sequence[Identity]) -> None:
        try:
            rows = duck.execute(SCHEMA, {"paths": [file.path for file in files]}).fetchall()
        except duckdb.InterruptException:
            raise
        except duckdb.Error:
            if len(files) == 1:
                self._columns[files[0]] = None
                return
            middle = len(files) // 2
            self._read(duck, files[:middle])
            self._read(duck, files[middle:])
            return
        nodes: dict[str, list[tuple[Any, ...]]] = {}
        for path, *node in rows:
            nodes.setdefault(path, []).append(tuple(node))
        for file in files:
            self._columns[file] = self._share(_columns(nodes.get(file.path, [])))

    def _share(self, columns: Columns) -> Columns:
        """Return one object for the same columns: most files have the same."""
        return self._shared.setdefault(tuple(columns.items()), columns)


def find_damage(
    duck: duckdb.DuckDBPyConnection, files: Iterable[Identity], names: Collection[str]
) -> Iterator[Identity]:
    """Yield the files of which the columns *names*, where they have them, cannot be read."""
    for file in files:
        try:
            _read_all(duck, file, names)
        except duckdb.InterruptException:
            raise
        except duckdb.Error:
            yield file


def _read_all(duck: duckdb.DuckDBPyConnection, file: Identity, names: Collection[str]) -> None:
    described = duck.execute("DESCRIBE SELECT * FROM read_parquet($path)", {"path": file.path})
    present = {name for name, *_ in described.fetchall()} & set(names)
    values = ", ".join(quote(name) for name in sorted(present))
    statement = f"SELECT bit_xor(hash({values or '1'})) FROM read_parquet($path)"
    duck.execute(statement, {"path": file.path}).fetchall()


def _columns(nodes: Sequence[tuple[Any, ...]]) -> Columns:
    """Return type by name of the columns: the nodes of a file after its root, depth first."""
    columns = {}
    position = 1
    while position < len(nodes):
        name, type_, children = nodes[position]
        position += 1
        if children:
            within = nodes[position : position + 2]  # list and element
            is_list = [node[2] or 0 for node in within] == [1, 0] and children == 1
            type_ = f"{within[1][1]}[]" if is_list else "nested"
            position = _behind(nodes, position, children)
        columns[name] = type_
    return columns


def _behind(nodes: Sequence[tuple[Any, ...]], position: int, children: int) -> int:
    """Return the position behind so many nodes and all that is within them."""
    while children and position < len(nodes):
        children += (nodes[position][2] or 0) - 1
        position += 1
    return position
