"""An entry of the spool and its files: how they are listed, read, written and placed."""

import contextlib
import hashlib
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from socorro.crash import BadRawCrash, RawCrash
from socorro.crash_id import BadCrashId, CrashId, parse
from socorro.spool.group_commit import Sync

LONGEST_DUMP_NAME = 64
DUMP_NAME = re.compile(rf"[A-Za-z0-9_]{{1,{LONGEST_DUMP_NAME}}}")
NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
PLACE_ATTEMPTS = 5  # to put a file into a folder that other processes make and remove

_JSON = re.compile(r"(?P<crash_id>[0-9a-f-]{36})\.(?P<nonce>[0-9a-f]{24})\.json")
_NONCE = slice(37, 61)
_DUMP = re.compile(rf"(?P<stem>[0-9a-f-]{{36}}\.[0-9a-f]{{24}})\.{DUMP_NAME.pattern}\.dump")


class SpoolUnavailable(Exception):
    """The disk is full or refuses writes; the same crash may be accepted later."""


class TornEntry(Exception):
    """The JSON is broken, or a dump does not match its checksum."""


class Entry(NamedTuple):
    """One crash in the spool."""

    crash_id: CrashId
    nonce: str
    folder: Path

    @property
    def stem(self) -> str:
        """The beginning of all its files' names."""
        return f"{self.crash_id}.{self.nonce}"

    @property
    def json(self) -> str:
        """The file that makes it an entry."""
        return f"{self.folder}/{self.stem}.json"

    def dump(self, name: str) -> str:
        """The file of one dump."""
        return f"{self.folder}/{self.stem}.{name}.dump"

    def dumps(self) -> list[str]:
        """The dumps that the JSON names; when it cannot be read, those in the folder."""
        try:
            return [self.dump(name) for name in self.raw_crash().dump_checksums]
        except FileNotFoundError:
            return []
        except TornEntry:
            return sorted(str(path) for path in self.folder.glob(f"{self.stem}.*.dump"))

    def raw_crash(self) -> RawCrash:
        """Read the JSON. Raises TornEntry; FileNotFoundError when the entry is gone."""
        try:
            raw = RawCrash.from_json(read(self.json))
        except BadRawCrash as error:
            raise TornEntry(str(error)) from None
        if raw.crash_id != self.crash_id:
            raise TornEntry("the JSON belongs to another crash")
        if not all(DUMP_NAME.fullmatch(name) for name in raw.dump_checksums):
            raise TornEntry("the JSON contains an invalid dump name")
        return raw

    def read(self) -> tuple[RawCrash, dict[str, bytes]]:
        """Return raw crash and dumps. Raises as raw_crash does."""
        raw = self.raw_crash()
        dumps = {}
        for name, checksum in raw.dump_checksums.items():
            try:
                dumps[name] = read(self.dump(name))
            except FileNotFoundError:
                if not os.path.exists(self.json):
                    raise
                raise TornEntry(f"dump {name} is missing") from None
            if hashlib.sha256(dumps[name]).hexdigest() != checksum:
                raise TornEntry(f"dump {name} differs from its checksum")
        return raw, dumps


@contextlib.contextmanager
def unavailable_on_error() -> Iterator[None]:
    """Turn an error of the file system into SpoolUnavailable."""
    try:
        yield
    except OSError as error:
        raise unavailable(error) from error


def unavailable(error: OSError) -> "SpoolUnavailable":
    """Return what an error of the file system means to whoever posts."""
    return SpoolUnavailable(error.strerror or type(error).__name__)


@lru_cache(maxsize=16)  # many crashes use the same few
def path_in(folder: Path, name: str) -> Path:
    """Return the path of *name* in *folder*."""
    return folder / name


def folders(parent: Path) -> list[Path]:
    """The folders in *parent*, oldest minute first."""
    with os.scandir(parent) as listing:
        return sorted(parent / item.name for item in listing if item.is_dir())


def names(folder: Path) -> set[str]:
    """The names in *folder*; none when it has just been removed."""
    try:
        return set(os.listdir(folder))
    except FileNotFoundError:
        return set()


def entries(folder: Path, among: Iterable[str]) -> Iterator[Entry]:
    """The entries in *folder* whose JSON is *among* these names, oldest first."""
    for name in sorted((n for n in among if n.endswith(".json")), key=lambda n: n[_NONCE]):
        if match := _JSON.fullmatch(name):
            with contextlib.suppress(BadCrashId):
                yield Entry(parse(match["crash_id"]), match["nonce"], folder)


def orphans(folder: Path) -> list[Path]:
    """Dumps in *folder* that have no JSON: not committed yet, or already removed."""
    present = names(folder)
    stems = ((name, _DUMP.fullmatch(name)) for name in present)
    return [
        folder / name for name, match in stems if match and f"{match['stem']}.json" not in present
    ]


def age(path: str | Path) -> float:
    """Seconds since the file was last written or renamed."""
    return time.time() - os.stat(path).st_ctime


def read(path: str) -> bytes:
    """Return the content of a file."""
    with open(path, "rb", buffering=0) as file:
        return file.read()


def write(descriptor: int, content: bytes | memoryview) -> None:
    """Write all of *content*."""
    rest = memoryview(content)
    while rest:
        rest = rest[os.write(descriptor, rest) :]


def place(act: Callable[[str], None], target: str, sync: Sync) -> None:
    """Let *act* put a file at *target*; make the folder of its minute when it does not exist."""
    for _ in range(PLACE_ATTEMPTS):
        with contextlib.suppress(FileNotFoundError):
            act(target)
            return
        # The minute is new, or `Spool.ready` has just removed its empty folder.
        with contextlib.suppress(FileExistsError):
            folder = Path(target).parent
            folder.mkdir(mode=0o700)
            sync.batch([folder.parent])
    act(target)


def append(log: Path, crash_ids: Iterable[CrashId]) -> None:
    """Append crash ids to a log that other processes append to as well.

    A line starts with its line feed, so that a torn earlier write ends there.
    """
    text = "".join(f"\n{crash_id}" for crash_id in crash_ids).encode("ascii")
    descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
    try:
        if os.write(descriptor, text) != len(text):
            raise OSError(f"short write to {log.name}")
    finally:
        os.close(descriptor)
