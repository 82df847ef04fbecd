"""A real HTTP server that answers what a test puts into it, in the shapes of real sources."""

import gzip
import html
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

Query = dict[str, list[str]]


@dataclass
class Answer:
    """One answer; *behaves* is what else the server does with it."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    behaves: str = "well"


class Source:
    """Pages by path; a page may be made from the query."""

    def __init__(self) -> None:
        self.pages: dict[str, Answer | Callable[[Query], Answer]] = {}
        self.requests: list[str] = []
        self.released = threading.Event()
        source = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                source.requests.append(self.path)
                url = urlsplit(self.path)
                page = source.pages.get(url.path, Answer(b"not here", 404))
                answer = page if isinstance(page, Answer) else page(parse_qs(url.query))
                source.send(self, answer)

            def log_message(self, *words: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()

    def put(self, path: str, body: str | bytes, **headers: str) -> None:
        """Let a page be there."""
        content = body.encode() if isinstance(body, str) else body
        self.pages[path] = Answer(content, headers=headers)

    def send(self, handler: BaseHTTPRequestHandler, answer: Answer) -> None:
        if answer.behaves == "hangs":
            self.released.wait(30)
            handler.close_connection = True
            return
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        length = len(answer.body) + (0 if answer.behaves == "well" else 1000)
        handler.send_header("Content-Length", str(length))
        handler.end_headers()
        if answer.behaves == "drips":
            while not self.released.wait(0.05):
                handler.wfile.write(b" ")
                handler.wfile.flush()
        handler.wfile.write(answer.body)
        if answer.behaves == "cuts short":
            handler.wfile.flush()
            handler.connection.shutdown(socket.SHUT_RDWR)
            handler.close_connection = True


@contextmanager
def running() -> Iterator[Source]:
    source = Source()
    try:
        yield source
    finally:
        source.close()


class ReleaseTree:
    """Files below /pub/, and for each folder the page that archive.mozilla.org makes of it."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self.files: dict[str, str] = {}

    def add(self, path: str, text: str) -> None:
        """Put a file, such as firefox/candidates/…, and all folders above it."""
        self.files[f"/pub/{path}"] = text
        self._source.put(f"/pub/{path}", text)
        self._list()

    def _list(self) -> None:
        folders: dict[str, set[str]] = {}
        for path in self.files:
            names = path.strip("/").split("/")
            for depth in range(len(names)):
                folder = "/" + "".join(f"{name}/" for name in names[:depth])
                slash = "/" if depth < len(names) - 1 else ""
                folders.setdefault(folder, set()).add(names[depth] + slash)
        for folder, names in folders.items():
            self._source.put(folder, listing(folder, names), **{"Content-Type": "text/html"})


def listing(folder: str, names: set[str]) -> str:
    """The page of a folder, as archive.mozilla.org writes it."""
    above = folder.rstrip("/").rpartition("/")[0] + "/"
    lines = [
        '<!DOCTYPE html>\n<html>\n\t<head>\n\t\t<meta charset="UTF-8">\n\t\t'
        f"<title>Directory Listing: {folder}</title>\n\t</head>\n\t<body>\n\t\t"
        f"<h1>Index of {folder}</h1>\n\t\t<table>\n\t\t\t<tr>\n\t\t\t\t<th>Type</th>\n"
        "\t\t\t\t<th>Name</th>\n\t\t\t\t<th>Size</th>\n\t\t\t\t<th>Last Modified</th>\n\t\t\t</tr>",
        f'<tr><td>Dir</td><td><a href="{above}">..</a></td><td></td><td></td></tr>',
    ]
    for name in sorted(names):
        kind, size = ("Dir", "") if name.endswith("/") else ("File", "137")
        link = html.escape(f"{folder}{name}")
        lines.append(
            f"\t\t\t<tr>\n\t\t\t\t<td>{kind}</td>\n\t\t\t\t"
            f'<td><a href="{link}">{name}</a></td>\n\t\t\t\t<td>{size}</td>\n'
            "\t\t\t\t<td>23-Nov-2026 04:11</td>\n\t\t\t</tr>"
        )
    return "\n".join([*lines, "\t\t</table>\n\t</body>\n</html>"])


def apache_listing(names: list[str]) -> str:
    """The page of a folder, as Apache wrote it in 2012: relative links, and links that sort."""
    links = "".join(
        f'<img src="/icons/folder.gif" alt="[DIR]"> <a href="{name}">{name[:20]}..&gt;</a>  '
        "31-Jan-2012 05:00    -\n"
        for name in names
    )
    return (
        '<!DOCTYPE HTML PUBLIC "-//W3C//DTD HTML 3.2 Final//EN">\n<html><body><h1>Index</h1><pre>'
        '<a href="?C=N;O=D">Name</a> <a href="?C=M;O=A">Last modified</a><hr>'
        f'<a href="/pub/firefox/">Parent Directory</a>\n{links}<hr></pre></body></html>'
    )


def bomb(megabytes: int) -> bytes:
    """Some kilobytes of gzip that inflate to that much."""
    return gzip.compress(b" " * (megabytes * 2**20))
