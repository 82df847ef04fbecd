"""Requests that cost much: other clients of the collector are not delayed by half a second."""

import gzip
import multiprocessing
import os
import socket
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from socorro.service import die_with_parent
from tests.faults import processes
from tests.faults.registry import fault
from tests.faults.trial import Trial

CLIENTS = 3
SECONDS = 8.0
MOST_DELAY = 0.5  # seconds, for others
BOUNDARY = b"boundary"
HEAD = (
    b"POST /submit HTTP/1.1\r\nHost: here\r\n"
    b"Content-Type: multipart/form-data; boundary=" + BOUNDARY + b"\r\n"
)
Client = Callable[[int], None]
_CONTEXT = multiprocessing.get_context("spawn")


def part(name: bytes, value: bytes, kind: bytes = b"") -> bytes:
    """Return one part of a multipart body."""
    kind = b"\r\nContent-Type: " + kind if kind else b""
    head = b"--" + BOUNDARY + b'\r\nContent-Disposition: form-data; name="' + name + b'"'
    return head + kind + b"\r\n\r\n" + value + b"\r\n"


def many_members() -> bytes:
    """Return a gzipped body with a JSON object of 690,000 members: a few kilobytes."""
    text = b"{" + b",".join([b'"":{}'] * 690_000) + b"}"
    return gzip.compress(part(b"extra", text, b"application/json") + b"--" + BOUNDARY + b"--\r\n")


def send_json(port: int) -> None:
    """Post that body again and again."""
    body = many_members()
    request = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    while True:
        _exchange(port, request)


def send_crumbs(port: int) -> None:
    """Post a body in chunks of one byte."""
    chunks = b"1\r\na\r\n" * 10_000
    while True:
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as connection:
            connection.settimeout(2)
            connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
            while True:
                connection.sendall(chunks)


def send_zeros(port: int) -> None:
    """Post a gzip stream that becomes ten gigabytes of zeros."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    start = packer.compress(part(b"upload_file_minidump", b"")[:-2])
    chunk = packer.compress(bytes(2**24)) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(bytes(2**24)) + packer.flush(zlib.Z_FULL_FLUSH)
    body = start + chunk + again * 639
    request = HEAD + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body
    while True:
        _exchange(port, request)


def send_many_parts(port: int) -> None:
    """Post as many parts as a body has room for."""
    body = part(b"a", b"") * 200_000
    request = HEAD + b"Content-Length: %d\r\n\r\n" % len(body) + body
    while True:
        _exchange(port, request)


def send_long_heads(port: int) -> None:
    """Post headers as long as they may be, each in a connection of its own."""
    request = HEAD + b"X: " + b"y" * 30_000 + b"\r\nContent-Length: 0\r\n\r\n"
    while True:
        _exchange(port, request)


def _exchange(port: int, request: bytes) -> None:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.settimeout(5)
        connection.sendall(request)
        connection.recv(1000)


@contextmanager
def attacking(port: int, client: Client) -> Iterator[None]:
    """Let some clients attack for the length of a with block, from processes of their own.

    In threads of ours they would delay the posts that we measure.
    """
    clients = [_CONTEXT.Process(target=_attack_from_here, args=(port, client), daemon=True)
               for _ in range(CLIENTS)]  # fmt: skip
    for process in clients:
        process.start()
    try:
        yield
    finally:
        for process in clients:
            process.kill()
            process.join()


def _attack_from_here(port: int, client: Client) -> None:
    die_with_parent()
    os.nice(5)  # the machine is not what is attacked
    client(port)


def slowest_post(trial: Trial, seconds: float) -> float:
    """Post good crashes for some seconds; return the seconds that the slowest one took."""
    slowest, deadline = 0.0, time.monotonic() + seconds
    while time.monotonic() < deadline:
        began = time.monotonic()
        trial.post(1, 15)
        slowest = max(slowest, time.monotonic() - began)
        time.sleep(0.2)
    return slowest


def _attack(trial: Trial, client: Client) -> None:
    usual = slowest_post(trial, 3)
    with attacking(trial.line.ports["collector"], client):
        time.sleep(1)
        slowest = slowest_post(trial, SECONDS)
    trial.say(f"    slowest post: {usual:.2f} s before, {slowest:.2f} s meanwhile")
    trial.claim(
        slowest - usual <= MOST_DELAY,
        f"others' posts took up to {slowest:.2f} s (before: {usual:.2f} s)",
    )
    trial.over()
    sick = processes.wait_until_up(trial.line)
    trial.claim(not sick, f"not healthy again: {', '.join(sick)}")
    trial.good()


for _name, _client in (
    ("json-members", send_json),
    ("one-byte-chunks", send_crumbs),
    ("gzip-of-zeros", send_zeros),
    ("many-parts", send_many_parts),
    ("long-heads", send_long_heads),
):

    def _act(trial: Trial, client: Client = _client) -> None:
        _attack(trial, client)

    _act.__doc__ = f"Three hostile clients at the collector: {_name.replace('-', ' ')}."
    fault(f"hostile-{_name}", quick=_name == "json-members")(_act)


def answer_to(port: int, request: bytes, seconds: float = 5) -> bytes:
    """Return all that the collector says to some bytes, until it closes or is silent."""
    received = b""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 5) as connection:
        connection.settimeout(seconds)
        connection.sendall(request)
        while data := connection.recv(65536):
            received += data
    return received


@fault("hostile-framing")
def framing(trial: Trial) -> None:
    """Content-Length of 5,000 digits, or beside Transfer-Encoding; 100-continue in vain."""
    port = trial.line.ports["collector"]
    text = answer_to(port, HEAD + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n")
    trial.claim(b" 400 " in text[:20] or b" 413 " in text[:20], f"5,000 digits: {text[:30]!r}")
    smuggled = b"GET /__version__ HTTP/1.1\r\nHost: here\r\n\r\n"
    both = b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n"
    text = answer_to(port, HEAD + both + smuggled, 2)
    trial.claim(text.count(b"HTTP/1.1 ") == 1, "a second request is read from the rest of a body")
    large = b"Expect: 100-continue\r\nContent-Length: 999999999\r\n\r\n"
    text = answer_to(port, HEAD + large, 2)
    is_refused = text.startswith(b"HTTP/1.1 413 ") and b" 100 " not in text
    trial.claim(is_refused, f"100-continue for a body that is refused: {text[:30]!r}")
    trial.good()
