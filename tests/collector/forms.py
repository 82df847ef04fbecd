"""Bodies as clients make them."""

from collections.abc import Iterable

BOUNDARY = "----geckoformboundary0123456789abcdef0123456789abcdef"
FORM = f"multipart/form-data; boundary={BOUNDARY}"


def part(
    name: str | None, body: bytes | str, filename: str | None = None, kind: str | None = None
) -> bytes:
    """One part of a form, without its delimiter."""
    head = "Content-Disposition: form-data"
    head += f'; name="{name}"' if name is not None else ""
    head += f'; filename="{filename}"' if filename is not None else ""
    head += f"\r\nContent-Type: {kind}" if kind else ""
    content = body if isinstance(body, bytes) else body.encode()
    return head.encode() + b"\r\n\r\n" + content


def dump(body: bytes, name: str = "upload_file_minidump") -> bytes:
    """A dump as curl sends it."""
    return part(name, body, f"{name}.dmp", "application/octet-stream")


def extra(text: bytes | str) -> bytes:
    """The annotations as Firefox sends them."""
    return part("extra", text, "extra.json", "application/json")


def fields(**annotations: str) -> list[bytes]:
    """Annotations as form fields."""
    return [part(name, value) for name, value in annotations.items()]


def form(segments: Iterable[bytes], boundary: str = BOUNDARY) -> bytes:
    """The whole body."""
    delimiter = b"--" + boundary.encode()
    lines = [delimiter + b"\r\n" + segment + b"\r\n" for segment in segments]
    return b"".join([*lines, delimiter + b"--\r\n"])


def form_of(size: int, boundary: str = BOUNDARY) -> bytes:
    """A body of exactly *size* bytes: a field and a dump."""
    field = fields(ProductName="Firefox")
    rest = size - len(form([*field, dump(b"")], boundary))
    return form([*field, dump(b"M" * rest)], boundary)
