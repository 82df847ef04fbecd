"""Symbol files in the body of a request, on their way into the symbol store."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path, PurePosixPath

from middleware.body import Body
from middleware.reply import Refused, error_reply
from middleware.symbol_form import is_form, module_path, read_form
from socorro.inflate import BadGzip, inflate
from socorro.symbols import index_walker
from socorro.symbols.config import ProcessorSymbolsConfig, SymbolsConfig
from socorro.symbols.intake import Intake, Result
from socorro.symbols.quota import OverQuota, Upload, UploadQuota
from socorro.symbols.store import SymbolStore, pieces_of
from socorro.symbols.symfile import BadSymbols, check_size

STEP = 2**18  # bytes read at once
_ZIP = b"PK"


class SymbolUploads:
    """Adds uploads to the symbol store. Safe to share between threads."""

    def __init__(self, config: SymbolsConfig, indexes: ProcessorSymbolsConfig) -> None:
        self.config, self._indexes = config, indexes
        self._quota = UploadQuota(config)

    def take(
        self, body: Body, name: str, user: str, now: datetime, drop_bad_lines: bool = False
    ) -> list[Result]:
        """Take a body of *user*: a symbol file, an archive of them, or a form. Raises Refused.

        *name* is for results; "" when the client gave none.
        """
        if body.length > self.config.upload_bytes:
            limit = self.config.upload_bytes
            text = f"The body is over the limit of {limit} bytes"
            raise Refused(error_reply("413 Content Too Large", text, limit=limit))
        chunks = _decoded(body)
        try:
            upload = self._quota.begin(user, body.length, now)
            try:
                results = self._add(
                    chunks, body.content_type, name, self._intake(upload, drop_bad_lines)
                )
            finally:
                upload.end(body.length)
        except OverQuota as error:
            raise _over_quota(error) from None
        self._index(results)
        return results

    def _intake(self, upload: Upload, drop_bad_lines: bool) -> Intake:
        folder, index_folder = self.config.store, self._indexes.index_folder
        store = SymbolStore(folder, self.config.file_bytes, index_folder, upload.write)
        return Intake(store, self.config, drop_bad_lines=drop_bad_lines)

    def _add(self, chunks: Iterator[bytes], kind: str, name: str, intake: Intake) -> list[Result]:
        try:
            if is_form(kind):
                return self._form(chunks, kind, name, intake)
            first = next(chunks, b"")
            if first.startswith(_ZIP):
                return self._zip(first, chunks, name or "body", intake)
            content = _chained(first, chunks)
            return list(intake.stream(content, name or "body", PurePosixPath(name)))
        except (BadGzip, BadSymbols) as error:
            name = name or "body"
            return [Result(name, refused=f"{name}: {error}")]

    def _form(self, chunks: Iterator[bytes], kind: str, name: str, intake: Intake) -> list[Result]:
        """Add the files of a form after all of it was read."""
        with ExitStack() as stack:
            form = read_form(chunks, kind, self._folder(), self._limit(), stack)
            module = module_path(form.fields) if len(form.files) == 1 else None
            results: list[Result] = []
            for name_sent, file in form.files:
                shown = (name if len(form.files) == 1 else "") or name_sent
                head = file.read(len(_ZIP))
                file.seek(0)
                if head == _ZIP:
                    results += intake.zip(file, shown)
                else:
                    path = module or PurePosixPath(shown.replace("\\", "/"))
                    results += intake.stream(pieces_of(file), shown, path)
            return results

    def _zip(
        self, first: bytes, chunks: Iterator[bytes], name: str, intake: Intake
    ) -> list[Result]:
        """Copy a zip to disk: the list of its members is at its end."""
        count = self._limit()
        with tempfile.TemporaryFile(dir=self._folder()) as file:
            for chunk in _chained(first, chunks):
                count(len(chunk))
                file.write(chunk)
            file.seek(0)
            return list(intake.zip(file, name))

    def _folder(self) -> Path:
        """Return the folder of temporary files."""
        self.config.store.mkdir(parents=True, exist_ok=True)
        return self.config.store

    def _limit(self) -> Callable[[int], None]:
        """Return a function that counts bytes before they are written; it raises beyond a limit."""
        total = 0

        def count(size: int) -> None:
            nonlocal total
            total += size
            check_size(total, self.config.upload_bytes)  # Content-Encoding may have hidden it
            self._quota.check_disk(size)

        return count

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
