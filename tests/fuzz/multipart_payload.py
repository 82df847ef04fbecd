"""Fuzz the parser of posted crashes."""

import gzip
import io
import sys

import atheris

with atheris.instrument_imports(include=["collector", "multipart"]):
    from collector.body import Malformed, Request, TooLarge
    from collector.payload import Limits, receive

LIMITS = Limits(body=100_000, annotations=20_000, annotation=5_000, part_count=50, dump_count=4)
TYPE = "multipart/form-data; boundary=b"


class Sink:
    """Takes dumps and forgets them."""

    size = 0
    sha256 = ""

    def dump(self, name: str) -> "Sink":
        assert 0 < len(name) <= 64
        assert name.replace("_", "a").isalnum()
        return self

    def write(self, chunk: bytes) -> None:
        self.size += len(chunk)
        assert self.size <= LIMITS.body

    def close(self) -> None:
        pass


def one(data: bytes) -> None:
    """The first byte says how the rest is sent."""
    how, body = data[:1], data[1:]
    kind = body[:80].decode("latin-1") if how == b"t" else TYPE
    encoding = "gzip" if how in (b"g", b"z") else ""
    if how == b"g":
        body = gzip.compress(body, 1)
    length = None if how == b"c" else len(body)
    try:
        payload = receive(Request(io.BytesIO(body), length, kind, encoding), Sink(), LIMITS)
    except (Malformed, TooLarge):
        return
    assert all(isinstance(value, str) for value in payload.annotations.values())
    assert sum(map(len, payload.annotations.values())) <= LIMITS.annotations
    assert len(payload.notes) <= 101


if __name__ == "__main__":
    atheris.Setup(sys.argv, one)
    atheris.Fuzz()
