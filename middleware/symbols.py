"""POST /api/Symbols/: symbol files from build machines."""

import tempfile
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from middleware.body import Body
from middleware.callers import Caller
from middleware.crashes import Parts, Values
from middleware.parameters import Parameter
from middleware.reply import Refused, Reply, error, found
from socorro import log
from socorro.inflate import BadGzip, inflate
from socorro.symbols import index_walker
from socorro.symbols.config import ProcessorSymbolsConfig, SymbolsConfig
from socorro.symbols.intake import Intake, Result
from socorro.symbols.store import SymbolStore
from socorro.symbols.symfile import BadSymbols, check_size

MOST = 2**30  # bytes that the server takes of a body; the setting may say less
STEP = 2**18
CONTENT_TYPES = ("application/zip", "application/octet-stream", "text/plain")
LONGEST_NAME = 300


class Symbols:
    """Where uploads go. Safe to share between threads."""

    def __init__(self, config: SymbolsConfig, indexes: ProcessorSymbolsConfig) -> None:
        self.config, self._indexes = config, indexes
        self._intake = Intake(
            SymbolStore(config.store, config.file_bytes, indexes.index_folder), config
        )

    def take(self, body: Body, name: str) -> list[Result]:
        """Take a body: one symbol file, or a zip of them. Raises Refused."""
        if body.length > self.config.upload_bytes:
            limit = self.config.upload_bytes
            text = f"The body is over the limit of {limit} bytes"
            raise Refused(error("413 Content Too Large", text, limit=limit))
        pieces = _unpacked(body)
        try:
            first = next(pieces, b"")
            if first.startswith(b"PK"):
                results = self._zip(first, pieces, name)
            else:
                whole = _chained(first, pieces)
                content = inflate(whole) if first.startswith(b"\x1f\x8b") else whole
                results = [self._intake.sym(content, name, PurePosixPath(name))]
        except (BadGzip, BadSymbols) as why:
            results = [Result(name, refused=f"{name}: {why}")]
        self._index(results)
        return results

    def _zip(self, first: bytes, pieces: Iterator[bytes], name: str) -> list[Result]:
        """Copy a zip to disk: its list of members stands at its end."""
        self.config.store.mkdir(parents=True, exist_ok=True)
        size = 0
        with tempfile.TemporaryFile(dir=self.config.store) as file:
            for piece in _chained(first, pieces):
                size += len(piece)
                check_size(size, self.config.upload_bytes)  # it may have come packed
                file.write(piece)
            file.seek(0)
            return list(self._intake.zip(file, name))

    def _index(self, results: list[Result]) -> None:
        if not self._indexes.index_walker:
            return
        added = [result.added for result in results if result.added]
        index_walker.want(self._indexes.index_folder, [each.path for each in added if each.changed])


def file_name() -> Parameter:
    """The name to call a file by."""
    return Parameter(
        "name", "What to call the file in the answer; xul.pdb/<id>/xul.sym is checked", _name
    )


def upload(parts: Parts, caller: Caller, values: Values) -> Reply:
    """Add what was sent to the symbol store; tell of each file what became of it."""
    if parts.symbols is None:
        raise Refused(error("404 Not Found", "There is no symbol store here"))
    body: Body = values["body"]
    results = parts.symbols.take(body, values["name"] or "body")
    files = [_document(result) for result in results]
    refused = {result.name: [result.refused] for result in results if result.refused}
    told = {"token": caller.token_id, "files": len(files), "refused": len(refused)}
    log.get().info("symbols uploaded", **told)
    if refused:
        text = f"{len(refused)} of {len(files)} files refused"
        raise Refused(error("400 Bad Request", text, errors=refused, files=files))
    return found({"files": files}, ("Cache-Control", "no-store"))


def _document(result: Result) -> dict[str, Any]:
    if result.added is None:
        outcome = "refused" if result.refused else "passed over"
        return {"name": result.name, "outcome": outcome, "why": result.refused or "no .sym file"}
    facts, module = result.added.facts, result.added.module
    return {
        "name": result.name,
        "outcome": result.added.change.value,
        "debug_file": module.debug_file,
        "debug_id": module.debug_id,
        "size": facts.bytes,
        "functions": facts.functions,
        "publics": facts.publics,
        "stacks": facts.stacks,
    }


def _name(text: str) -> str:
    if len(text) > LONGEST_NAME or not text.isprintable():
        raise ValueError(f"expected at most {LONGEST_NAME} printable characters")
    return text


def _unpacked(body: Body) -> Iterator[bytes]:
    pieces = iter(lambda: body.read(STEP), b"")
    if body.encoding in ("", "identity"):
        return pieces
    if body.encoding in ("gzip", "x-gzip"):
        return inflate(pieces)
    raise Refused(error("415 Unsupported Media Type", "Content-Encoding may be gzip"))


def _chained(first: bytes, pieces: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from pieces
