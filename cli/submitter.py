"""Sends crashes to a collector, as clients do: one multipart POST per crash, streamed from disk."""

import json
import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Final, NamedTuple

import urllib3

from socorro import __version__
from socorro.crash import MAIN_DUMP
from socorro.service import Backoff

CHUNK: Final = 64 * 1024
START: Final = "start the line (`socorro run`), or choose another collector (--url)"
LONGEST_RETRY_AFTER: Final = 120.0  # seconds; a server may ask for more, we do not wait longer
_QUOTE: Final = str.maketrans({'"': "%22", "\r": "%0D", "\n": "%0A"})  # as browsers do


class NotSubmitted(Exception):
    """The collector did not take the crash; the text says what to do."""


class CollectorUnavailable(NotSubmitted):
    """The collector does not answer, so sending other crashes would fail as well."""


@dataclass(frozen=True)
class Submission:
    """One crash to send."""

    annotations: Mapping[str, str]
    dumps: Mapping[str, Path] = field(default_factory=dict)
    as_json: bool = False  # one field "extra", as Firefox does since 2020; else form fields


class Answer(NamedTuple):
    """The collector's answer: a crash id as on the wire, or the rule that refused the crash."""

    crash_id: str | None
    discarded: str | None


def one_dump(
    dump: Path, annotations: Mapping[str, str], as_json: bool = False, unique: bool = False
) -> Submission:
    """Return a crash with one dump; a *unique* one gets a CrashEventID of its own.

    The crash id is derived from the dump and the program, so the same dump of the same version
    is the same crash, whatever else is sent.
    """
    fields = dict(annotations)
    if unique:
        fields["CrashEventID"] = secrets.token_hex(16)
    return Submission(fields, {MAIN_DUMP: dump}, as_json)


class Submitter:
    """Posts to one collector over kept connections; safe to share between threads."""

    def __init__(
        self,
        url: str,
        connections: int = 1,
        tries: int = 8,
        wait: Callable[[float], None] | None = None,
    ) -> None:
        self._url, self._tries = url, tries
        self._wait = wait or time.sleep
        self._has_answered = False
        self._pool = urllib3.PoolManager(
            num_pools=1,
            maxsize=connections,
            block=True,
            retries=False,
            timeout=urllib3.Timeout(connect=10, read=120),
            headers={"User-Agent": f"socorro-submit/{__version__}"},
        )

    def send(self, submission: Submission) -> Answer:
        """Send one crash; wait and repeat while the collector is too busy (503) or restarts.

        Repeating is safe: the same crash gets the same id. Raises NotSubmitted.
        """
        backoff = Backoff(most=30)
        for left in reversed(range(self._tries)):
            try:
                response = self._post(submission)
            except urllib3.exceptions.HTTPError as error:
                if (
                    isinstance(error, urllib3.exceptions.NewConnectionError)
                    and not self._has_answered
                ):
                    message = f"{self._url}: no collector is listening; {START}"
                    raise CollectorUnavailable(message) from None
                problem, after = f"no answer ({type(error).__name__})", None
            else:
                self._has_answered = True
                if response.status != 503:
                    return _answer(response, self._url)
                problem, after = "answers 503", _retry_after(response)
            if left:
                seconds = backoff.next()
                self._wait(after if after is not None else seconds)
        raise CollectorUnavailable(
            f"{self._url}: {problem}, {self._tries} times in a row; see the log there"
        )

    def _post(self, submission: Submission) -> urllib3.BaseHTTPResponse:
        boundary = secrets.token_hex(16)
        pieces = _pieces(submission, boundary)
        length = sum(
            len(piece) if isinstance(piece, bytes) else piece.stat().st_size for piece in pieces
        )
        return self._pool.request(
            "POST",
            self._url,
            body=_chunks(pieces),
            headers={
                **self._pool.headers,
                "Content-Type": f"multipart/form-data; boundary={boundary}",
                "Content-Length": str(length),
            },
        )


def _pieces(submission: Submission, boundary: str) -> list[bytes | Path]:
    pieces: list[bytes | Path] = []
    if submission.as_json:
        extra = json.dumps(dict(submission.annotations)).encode()
        pieces += [_head(boundary, "extra", "extra.json", "application/json"), extra, b"\r\n"]
    else:
        for name, value in submission.annotations.items():
            pieces += [_head(boundary, name), value.encode(), b"\r\n"]
    for name, path in submission.dumps.items():
        pieces += [_head(boundary, name, path.name, "application/octet-stream"), path, b"\r\n"]
    return [*pieces, f"--{boundary}--\r\n".encode()]


def _head(boundary: str, name: str, file_name: str | None = None, kind: str | None = None) -> bytes:
    lines = [f"--{boundary}", f'Content-Disposition: form-data; name="{name.translate(_QUOTE)}"']
    if file_name is not None:
        lines[1] += f'; filename="{file_name.translate(_QUOTE)}"'
    if kind:
        lines.append(f"Content-Type: {kind}")
    return "\r\n".join([*lines, "", ""]).encode()


def _chunks(pieces: list[bytes | Path]) -> Iterator[bytes]:
    """Yield the body; small pieces together, so that annotations do not travel one by one."""
    ready = b""
    for piece in pieces:
        if isinstance(piece, bytes):
            ready += piece
            continue
        with piece.open("rb") as dump:
            while chunk := dump.read(CHUNK - min(len(ready), CHUNK - 1)):
                yield ready + chunk
                ready = b""
    yield ready


def _answer(response: urllib3.BaseHTTPResponse, url: str) -> Answer:
    text = response.data[:200].decode(errors="replace").strip()
    name, _, value = text.partition("=")
    if response.status == 200 and name == "CrashID":
        return Answer(value, None)
    if response.status == 200 and name in ("Discarded", "Unsupported"):
        return Answer(None, value)
    if response.status == 413:
        raise NotSubmitted(
            f"{url}: too large (413): raise SOCORRO_COLLECTOR_MAX_BODY on the collector"
        )
    if response.status == 400:
        raise NotSubmitted(f"{url}: not accepted as a crash (400): {text}")
    raise NotSubmitted(f"{url}: answers {response.status}: is this a collector?")


def _retry_after(response: urllib3.BaseHTTPResponse) -> float | None:
    """Return the seconds of Retry-After, which is a number or a date; None without one."""
    value = response.headers.get("Retry-After", "")
    if value.isascii() and value.isdigit():
        seconds = float(value)
    else:
        try:
            seconds = (parsedate_to_datetime(value) - datetime.now(UTC)).total_seconds()
        except (ValueError, TypeError):
            return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)
