"""A real webhook and a real mail server that keep what they receive, and misbehave on request."""

import json
import socketserver
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class Webhook:
    """Answers each POST as *answers* says for its document: a status, or None to hang."""

    def __init__(self) -> None:
        self.documents: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.answers: Callable[[dict[str, Any]], int | None] = lambda _document: 200
        self.released = threading.Event()
        webhook = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                document = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                webhook.headers.append({"path": self.path, **dict(self.headers.items())})
                status = webhook.answers(document)
                if status is None:
                    webhook.released.wait(30)
                    return
                if 200 <= status < 300:
                    webhook.documents.append(document)
                self.send_response(status)
                self.send_header("Location", "http://127.0.0.1:9/elsewhere")
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *words: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}/hook?key=secret"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def sentences(self) -> list[str]:
        return [event["sentence"] for document in self.documents for event in document["events"]]

    def close(self) -> None:
        self.released.set()
        self._server.shutdown()
        self._server.server_close()


class MailServer:
    """Keeps mails that it takes. *refuses* maps a verb (RCPT, DATA, …) to the answer it gives.

    With a *certificate*, a file, it offers STARTTLS (RFC 3207); *encrypted* are the commands that
    came encrypted.
    """

    def __init__(self) -> None:
        self.mails: list[str] = []
        self.recipients: list[str] = []
        self.commands: list[str] = []
        self.encrypted: list[str] = []
        self.certificate: Path | None = None
        self.refuses: dict[str, str] = {}
        self.extensions: list[str] = []
        self._server = MailTcpServer(("127.0.0.1", 0), MailHandler)
        self._server.mails = self
        self.url = f"smtp://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


class MailTcpServer(socketserver.ThreadingTCPServer):
    daemon_threads = True
    mails: MailServer


class MailHandler(socketserver.StreamRequestHandler):
    server: MailTcpServer

    def handle(self) -> None:
        self._say("220 mail.example")
        while line := self.rfile.readline().decode().strip():
            self.server.mails.commands.append(line)
            if self._is_encrypted():
                self.server.mails.encrypted.append(line)
            verb = line.partition(" ")[0].upper()
            if verb != "DATA" and verb in self.server.mails.refuses:
                self._say(self.server.mails.refuses[verb])
            elif verb == "QUIT":
                self._say("221 bye")
                return
            elif verb == "STARTTLS":
                self._say("220 go on")
                if not self._encrypt():
                    return
            else:
                self._take(verb, line)

    def finish(self) -> None:
        super().finish()
        self.connection.close()  # over TLS it is another one than the server closes

    def _take(self, verb: str, line: str) -> None:
        mails = self.server.mails
        if verb == "DATA":
            self._data()
        elif verb == "EHLO":
            offers_tls = mails.certificate and not self._is_encrypted()
            lines = ["mail.example", *mails.extensions, *(["STARTTLS"] if offers_tls else [])]
            for extension in lines[:-1]:
                self._say(f"250-{extension}")
            self._say(f"250 {lines[-1]}")
        else:
            if verb == "RCPT":
                mails.recipients.append(line.partition("<")[2].rstrip(">"))
            self._say("235 OK" if verb == "AUTH" else "250 OK")

    def _is_encrypted(self) -> bool:
        return isinstance(self.connection, ssl.SSLSocket)

    def _encrypt(self) -> bool:
        """Go on over TLS; False when the client does not."""
        assert self.server.mails.certificate
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.server.mails.certificate)
        try:
            self.connection = context.wrap_socket(self.connection, server_side=True)
        except OSError:
            return False
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)
        return True

    def _data(self) -> None:
        self._say("354 go on")
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        if "DATA" in self.server.mails.refuses:
            self._say(self.server.mails.refuses["DATA"])
            return
        self.server.mails.mails.append(b"".join(lines).decode())
        self._say("250 OK")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@contextmanager
def a_webhook() -> Iterator[Webhook]:
    webhook = Webhook()
    try:
        yield webhook
    finally:
        webhook.close()


@contextmanager
def a_mail_server() -> Iterator[MailServer]:
    server = MailServer()
    try:
        yield server
    finally:
        server.close()
