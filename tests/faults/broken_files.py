"""Ways to break one file of the crash store, each undone by `whole_again`."""

import gzip
import io
import json
import os
import shutil
import socket
import zipfile
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

RAW = "raw_crash.json"
Break = Callable[[Path], None]


def whole_again(path: Path, content: bytes, modified_ns: int) -> None:
    """Put back what was there before it was broken."""
    remove(path)
    path.write_bytes(content)
    os.utime(path, ns=(modified_ns, modified_ns))


def remove(path: Path) -> None:
    """Remove whatever has that name."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _write(path: Path, content: bytes) -> None:
    """Write in place of a file, which keeps its time: that of a store is the submission's."""
    at = path.stat().st_mtime_ns
    path.write_bytes(content)
    os.utime(path, ns=(at, at))


def truncated(path: Path) -> None:
    """Cut it in half."""
    _write(path, path.read_bytes()[: path.stat().st_size // 2])


def empty(path: Path) -> None:
    """Cut all of it."""
    _write(path, b"")


def zeros(path: Path) -> None:
    """Fill it with zeros, as a power cut leaves a file whose blocks were not written."""
    _write(path, bytes(path.stat().st_size))


def folder(path: Path) -> None:
    """Put a folder in its place, with something in it."""
    path.unlink()
    path.mkdir()
    (path / "something").touch()


def loop(path: Path) -> None:
    """Put a symbolic link to itself in its place."""
    path.unlink()
    path.symlink_to(path.name)


def unreadable(path: Path) -> None:
    """Let nobody read it; root, who may read all, gets a socket in its place."""
    path.chmod(0)
    if os.access(path, os.R_OK):
        path.unlink()
        with closing(socket.socket(socket.AF_UNIX)) as place:
            here = os.open(path.parent, os.O_PATH)
            place.bind(f"/proc/self/fd/{here}/{path.name}")  # a socket's path has 107 bytes
            os.close(here)


def bad_member(path: Path) -> None:
    """Change the compressed bytes of every member, and leave the directory of the archive."""
    _write(path, _with_members(path, _unchanged, compress=True, spoil=True))


def bad_sum(path: Path) -> None:
    """Change the bytes of stored members: their sums differ."""
    _write(path, _with_members(path, _unchanged, compress=False, spoil=True))


def encrypted(path: Path) -> None:
    """Set the flag that says that the members are encrypted."""
    content = bytearray(path.read_bytes())
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = content.find(signature)
        while place >= 0:
            content[place + at] |= 1
            place = content.find(signature, place + 4)
    _write(path, bytes(content))


def unknown_method(path: Path) -> None:
    """Say that the members are compressed in a way that nobody knows."""
    content = bytearray(path.read_bytes())
    for signature, at in ((b"PK\x03\x04", 8), (b"PK\x01\x02", 10)):
        place = content.find(signature)
        while place >= 0:
            content[place + at] = 99
            place = content.find(signature, place + 4)
    _write(path, bytes(content))


def no_raw_crash(path: Path) -> None:
    """Leave the raw crash out."""
    _write(path, _with_members(path, lambda name, body: None if name == RAW else body))


def _unchanged(_name: str, body: bytes) -> bytes:
    return body


def _odd_json(text: bytes) -> Break:
    def act(path: Path) -> None:
        _write(path, _with_members(path, lambda name, body: text if name == RAW else body))

    return act


def _without_time(path: Path) -> None:
    def change(name: str, body: bytes) -> bytes:
        if name != RAW:
            return body
        document = json.loads(body)
        document["submitted_timestamp"] = "yesterday"
        return json.dumps(document).encode()

    _write(path, _with_members(path, change))


def _with_members(
    path: Path,
    change: Callable[[str, bytes], bytes | None],
    *,
    compress: bool = False,
    spoil: bool = False,
) -> bytes:
    """Return the archive with its members changed; None leaves one out."""
    target = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(target, "w", method) as new:
        for name in old.namelist():
            if (body := change(name, old.read(name))) is not None:
                new.writestr(name, body)
        infos = new.infolist()
    content = bytearray(target.getvalue())
    for info in infos if spoil else ():
        start = info.header_offset + 30 + len(info.filename.encode())
        for at in range(start, start + min(64, info.compress_size)):
            content[at] ^= 0xFF
    return bytes(content)


def _gzipped(text: bytes) -> Break:
    def act(path: Path) -> None:
        _write(path, gzip.compress(text))

    return act


ARCHIVES: Mapping[str, Break] = {
    "truncated": truncated,
    "empty": empty,
    "zeros": zeros,
    "folder": folder,
    "loop": loop,
    "unreadable": unreadable,
    "bad-member": bad_member,
    "bad-sum": bad_sum,
    "encrypted": encrypted,
    "unknown-method": unknown_method,
    "no-raw-crash": no_raw_crash,
    "json-list": _odd_json(b"[1, 2]"),
    "json-cut": _odd_json(b'{"uuid": "'),
    "json-deep": _odd_json(b"[" * 100_000),
    "json-no-time": _without_time,
}
_TIMELESS = (
    "truncated", "zeros", "bad-member", "bad-sum", "encrypted", "unknown-method", "no-raw-crash",
    "json-list", "json-cut", "json-no-time",
)  # fmt: skip


def _timeless(act: Break) -> Break:
    """Break a file as a copy does that did not keep times: its day is not the crash's any more."""

    def without_time(path: Path) -> None:
        act(path)
        at = path.stat().st_mtime_ns - 10 * 86_400 * 10**9
        os.utime(path, ns=(at, at))

    return without_time


# Who lists a day, or asks when a crash was submitted, has to open these.
TIMELESS: Mapping[str, Break] = {
    f"{name}-timeless": _timeless(ARCHIVES[name]) for name in _TIMELESS
}
PROCESSED: Mapping[str, Break] = {
    "truncated": truncated,
    "empty": empty,
    "zeros": zeros,
    "missing": remove,
    "folder": folder,
    "loop": loop,
    "unreadable": unreadable,
    "json-list": _gzipped(b"[1, 2]"),
    "json-cut": _gzipped(b'{"uuid": "'),
    "json-types": _gzipped(b'{"json_dump": 3, "signature": [], "uuid": {}}'),
}
