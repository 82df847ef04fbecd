"""A collector in this process: a WSGI application over a spool of its own."""

import io
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from collector.app import create_application
from collector.config import CollectorConfig
from socorro import marker
from socorro.crash import RawCrash
from socorro.crash_id import CrashId
from socorro.spool.spool import Spool
from tests.builders import NOON
from tests.collector.forms import FORM, form

SECRET = b"secret of the tests"


@dataclass
class Answer:
    """What a client gets."""

    status: int
    text: str
    headers: dict[str, str]

    @property
    def crash_id(self) -> CrashId:
        assert self.text.startswith("CrashID=bp-"), self.text
        assert self.text.endswith("\n")
        return CrashId(self.text[11:-1])


class Collecting:
    """A collector that gets requests without a network."""

    def __init__(self, home: Path, secret: bytes = SECRET, **settings: Any) -> None:
        (home / "secret").write_bytes(secret)
        values = {"durable": False, "reserve": 0, **settings}
        self.config = CollectorConfig(secret_file=home / "secret", spool=home / "spool", **values)
        self.spool = Spool.created(self.config.spool, durable=False, reserve=self.config.reserve)
        self.now = NOON
        self.app = create_application(self.config, self.spool, self.clock)

    def clock(self) -> datetime:
        return self.now

    def request(self, method: str, path: str, body: bytes = b"", **environ: Any) -> Answer:
        """Send a request; *environ* adds to the WSGI environment, None removes a key."""
        environment = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "SCRIPT_NAME": "",
            "QUERY_STRING": "",
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "SERVER_SOFTWARE": "tests",
            "REMOTE_ADDR": "127.0.0.1",
            "HTTP_HOST": "localhost",
            "HTTP_USER_AGENT": "tests/1.0",
            "CONTENT_LENGTH": str(len(body)),
            "CONTENT_TYPE": FORM,
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.url_scheme": "http",
            **environ,
        }
        head: list[Any] = []
        body = self.app(
            {name: value for name, value in environment.items() if value is not None},
            lambda status, headers, *_: head.extend([status, headers]),
        )
        text = b"".join(body).decode()
        return Answer(int(head[0].split()[0]), text, dict(head[1]))

    def post(self, *segments: bytes, **environ: Any) -> Answer:
        """Post a form of these segments."""
        return self.request("POST", "/submit", form(segments), **environ)

    def crash(self, *segments: bytes, **environ: Any) -> tuple[RawCrash, dict[str, bytes]]:
        """Post a form, and return the crash as it is in the spool."""
        crash_id = self.post(*segments, **environ).crash_id
        entries = [entry for entry in self.spool.ready() if entry.crash_id == crash_id]
        return self.spool.read(entries[-1])

    def nothing_is_stored(self) -> bool:
        present = (path for path in self.spool.root.rglob("*") if path.is_file())
        return [path.name for path in present] == [marker.NAME]


@pytest.fixture
def collecting(tmp_path: Path) -> Callable[..., Collecting]:
    """Makes a collector with other settings."""

    def make(**settings: Any) -> Collecting:
        return Collecting(tmp_path, **settings)

    return make


@pytest.fixture
def collector(collecting: Callable[..., Collecting]) -> Collecting:
    return collecting(rules="accept_all")
