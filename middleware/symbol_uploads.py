"""Symbol files in the body of a request, on their way into the symbol store."""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePosixPath

from middleware.body import Body
from middleware.reply import Refused, error_reply
from socorro.inflate import BadGzip, inflate
from socorro.symbols import index_walker
from socorro.symbols.config import ProcessorSymbolsConfig, SymbolsConfig
from socorro.symbols.intake import Intake, Result
from socorro.symbols.quota import OverQuota, Upload, UploadQuota
from socorro.symbols.store import SymbolStore
from socorro.symbols.symfile import BadSymbols, check_size

STEP = 2**18  # bytes read at once


class SymbolUploads:
    """Adds uploads to the symbol store. Safe to share between threads."""

    def __init__(self, config: SymbolsConfig, indexes: ProcessorSymbolsConfig) -> None:
        self.config, self._indexes = config, indexes
        self._quota = UploadQuota(config)

    def take(self, body: Body, name: str, user: str, now: datetime) -> list[Result]:
        """Take a body of *user*: one symbol file, or a zip of them. Raises Refused."""
        if body.length > self.config.upload_bytes:
            limit = self.config.upload_bytes
            text = f"The body is over the limit of {limit} bytes"
            raise Refused(error_reply("413 Content Too Large", text, limit=limit))
        chunks = _decoded(body)
        try:
            upload = self._quota.begin(user, body.length, now)
            try:
                results = self._add(chunks, name, upload)
            finally:
                upload.end(body.length)
        except OverQuota as error:
            raise _over_quota(error) from None
        self._index(results)
        return results

    def _add(self, chunks: Iterator[bytes], name: str, upload: Upload) -> list[Result]:
        folder, index_folder = self.config.store, self._indexes.index_folder
        store = SymbolStore(folder, self.config.file_bytes, index_folder, upload.write)
        intake = Intake(store, self.config)
        try:
            first = next(chunks, b"")
            if first.startswith(b"PK"):
                return self._zip(first, chunks, name, intake)
            return list(intake.stream(_chained(first, chunks), name, PurePosixPath(name)))
        except (BadGzip, BadSymbols) as error:
            return [Result(name, refused=f"{name}: {error}")]

    def _zip(
        self, first: bytes, chunks: Iterator[bytes], name: str, intake: Intake
    ) -> list[Result]:
        """Copy a zip to disk: the list of its members is at its end."""
        self.config.store.mkdir(parents=True, exist_ok=True)
        size = 0
        with tempfile.TemporaryFile(dir=self.config.store) as file:
            for chunk in _chained(first, chunks):
                size += len(chunk)
                check_size(size, self.config.upload_bytes)  # Content-Encoding may have hidden it
                self._quota.check_disk(len(chunk))
                file.write(chunk)
            file.seek(0)
            return list(intake.zip(file, name))

    def _index(self, results: list[Result]) -> None:
        if not self._indexes.index_walker:
            return
        added = [result.added for result in results if result.added]
        changed = [symbols.path for symbols in added if symbols.changed]
        index_walker.request(self._indexes.index_folder, changed)


def _over_quota(error: OverQuota) -> Refused:
    """Answer 429 when the quota returns with the next day, 507 when somebody has to make room."""
    status = "429 Too Many Requests" if error.retry_after else "507 Insufficient Storage"
    return Refused(error_reply(status, str(error), retry_after=error.retry_after))


def _decoded(body: Body) -> Iterator[bytes]:
    chunks = iter(lambda: body.read(STEP), b"")
    if body.encoding in ("", "identity"):
        return chunks
    if body.encoding in ("gzip", "x-gzip"):
        return inflate(chunks)
    text = "Unsupported Content-Encoding (expected gzip)"
    raise Refused(error_reply("415 Unsupported Media Type", text))


def _chained(first: bytes, chunks: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from chunks
