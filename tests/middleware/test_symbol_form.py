"""POST /api/Symbols/ as a form, as sym_upload, curl -F and Tecken's clients send it."""

import gzip
import tracemalloc
from pathlib import Path

import pytest

from middleware import symbol_form
from middleware.app import application
from middleware.callers import Caller
from middleware.context import Context
from middleware.symbol_uploads import SymbolUploads
from socorro.accounts.permissions import UPLOAD_SYMBOLS
from socorro.serving.health import WsgiApp
from socorro.serving.rate_limit import RateLimit
from socorro.symbols.config import ProcessorSymbolsConfig, SymbolsConfig
from tests.middleware.test_symbols import app, folder, post, zipped
from tests.symbols.files import CRASHER, ID, OTHER_ID, SYM, all_files, number, sym
from tests.wsgi import Answer

__all__ = ["app", "folder"]  # fixtures

BOUNDARY = "------------------------5f0d1b2c3d4e5f60"
KIND = f"multipart/form-data; boundary={BOUNDARY}"
# What Breakpad's sym_upload sends before the file.
SYM_UPLOAD = {
    "code_file": "crasher", "cpu": "x86_64", "debug_file": "crasher", "debug_identifier": ID,
    "os": "Linux", "version": "1.2.3",
}  # fmt: skip


def part(name: str, content: bytes, file_name: str | None = None) -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"'
    if file_name is not None:
        head += f'; filename="{file_name}"\r\nContent-Type: application/octet-stream'
    return f"--{BOUNDARY}\r\n{head}\r\n\r\n".encode() + content + b"\r\n"


def form(*segments: bytes, fields: dict[str, str] | None = None) -> bytes:
    sent = b"".join(part(name, value.encode()) for name, value in (fields or {}).items())
    return sent + b"".join(segments) + f"--{BOUNDARY}--\r\n".encode()


def send(app: WsgiApp, body: bytes, name: str = "", **headers: str) -> Answer:
    return post(app, body, name, **{"CONTENT_TYPE": KIND, **headers})


FILE = part("symbol_file", SYM, "crasher.sym")
GOOD = {
    "curl -F symbol_file=@crasher.sym": form(FILE),
    "sym_upload": form(part("symbol_file", SYM, "minidump.dmp"), fields=SYM_UPLOAD),
    "the file first": form(FILE) [: -len(BOUNDARY) - 6] + form(fields=SYM_UPLOAD),
    "a path": form(part("symbol_file", SYM, f"crasher/{ID}/crasher.sym")),
    "a path of Windows": form(part("symbol_file", SYM, f"crasher\\\\{ID}\\\\crasher.sym")),
    "without a file name": form(part("symbol_file", SYM), fields=SYM_UPLOAD),
    "with its folder": form(FILE, fields=SYM_UPLOAD | {"debug_file": "C:\\b\\crasher"}),
    "an id with dashes": form(FILE, fields=SYM_UPLOAD | {"debug_identifier": f"{ID[:8]}-{ID[8:]}"}),
    "gzip": form(part("symbol_file", gzip.compress(SYM), "crasher.sym.gz"), fields=SYM_UPLOAD),
    "UTF-16": form(part("symbol_file", SYM.decode().encode("utf-16"), "crasher.sym")),
    "a Tecken client's": form(part("symbols.zip", zipped(crasher_sym=SYM), "symbols.zip")),
    "a zip with fields": form(part("f", zipped(crasher_sym=SYM), "a.zip"), fields=SYM_UPLOAD),
}  # fmt: skip


@pytest.mark.parametrize("body", GOOD.values(), ids=GOOD)
def test_a_form_is_taken(app: WsgiApp, folder: Path, body: bytes) -> None:
    answer = send(app, body)

    assert (answer.status, all_files(folder)) == (200, [str(CRASHER.path)]), answer.text
    assert [file["outcome"] for file in answer.json()["files"]] == ["new"]


def test_a_compressed_form_is_taken(app: WsgiApp, folder: Path) -> None:
    answer = send(app, gzip.compress(form(FILE)), CONTENT_ENCODING="gzip")

    assert (answer.status, all_files(folder)) == (200, [str(CRASHER.path)])


def test_each_file_of_a_form_is_reported(app: WsgiApp, folder: Path) -> None:
    archive = zipped(a_sym=sym(number(1)), readme=b"x")
    files = (FILE, part("x", archive, "b.zip"), part("symbol_file", b"<html>\n", "c.sym"))

    answer = send(app, form(*files, fields=SYM_UPLOAD))

    assert answer.status == 400
    assert [(file["name"], file["outcome"]) for file in answer.json()["files"]] == [
        ("crasher.sym", "new"),
        ("b.zip:a.sym", "new"),
        ("b.zip:readme", "passed over"),
        ("c.sym", "refused"),
    ]
    assert len(all_files(folder)) == 2


@pytest.mark.parametrize(
    ("body", "headers", "status", "problem"),
    [
        (form(FILE, fields=SYM_UPLOAD | {"debug_identifier": OTHER_ID}), {}, 400, "debug id is"),
        (form(FILE, fields=SYM_UPLOAD | {"debug_file": "x"}), {}, 400, "its debug file is crasher"),
        (form(FILE, fields=SYM_UPLOAD | {"debug_identifier": "x"}), {}, 400, "identifier: the"),
        (form(fields=SYM_UPLOAD), {}, 400, "symbol_file: no file in the form"),
        (form(FILE, fields={"url": "https://x/y.zip"}), {}, 400, "url: symbols are not downloaded"),
        (form(FILE)[:-4], {}, 400, "body: not a readable form"),
        (form(FILE)[:-40], {}, 400, "body: not a readable form"),
        (b"", {}, 400, "body: not a readable form"),
        (form(part("symbol_file", b"", "a.sym")), {}, 400, "a.sym: is empty"),
        (form(part("symbol_file", b"PK\3\4x", "a.zip")), {}, 400, "a.zip: not a readable zip"),
        (form(FILE), {"CONTENT_TYPE": "multipart/form-data"}, 400, "Content-Type: no boundary"),
        (form(FILE), {"AUTH_TOKEN": "view_pii"}, 403, "upload_symbols"),
        (form(part("symbol_file", b"x" * 20_000, "a.sym")), {}, 413, "limit of 20000 bytes"),
        (
            gzip.compress(form(part("symbol_file", b"x" * 20_001, "a.sym")), mtime=0),
            {"CONTENT_ENCODING": "gzip"}, 400, "larger than 20,000",
        ),
    ],
    ids=range(14),
)  # fmt: skip
def test_a_form_that_is_not_taken_has_a_reason_and_leaves_nothing(
    app: WsgiApp, folder: Path, body: bytes, headers: dict[str, str], status: int, problem: str
) -> None:
    answer = send(app, body, **headers)

    assert answer.status == status
    assert problem in answer.text
    assert all_files(folder) == []


def test_a_large_form_is_streamed(folder: Path, tmp_path: Path) -> None:
    config = SymbolsConfig(store=folder)
    uploads = SymbolUploads(config, ProcessorSymbolsConfig(index_folder=tmp_path / "index"))
    caller = Caller(frozenset({UPLOAD_SYMBOLS}), "ann")
    app = application(Context(None, None, uploads), RateLimit(10), lambda _environ: caller)  # type: ignore[arg-type]
    large = SYM + b"INFO " + b"x" * 250 + b"\n"
    body = form(part("symbol_file", large + (b"INFO " + b"x" * 250 + b"\n") * 80_000, "a.sym"))

    tracemalloc.start()
    answer = send(app, body)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert answer.status == 200, answer.text
    assert answer.json()["files"][0]["size"] > 20_000_000
    assert peak < 8_000_000


@pytest.mark.parametrize(("count", "fits"), [(100, True), (101, False)])
def test_a_form_has_so_many_segments(app: WsgiApp, count: int, fits: bool) -> None:
    assert symbol_form.MOST_SEGMENTS == 100
    fields = {str(number): "x" for number in range(count - 1)}

    assert (send(app, form(FILE, fields=fields)).status == 200) is fits


@pytest.mark.parametrize(("length", "fits"), [(4096, True), (4097, False)])
def test_a_field_has_a_limit(app: WsgiApp, length: int, fits: bool) -> None:
    answer = send(app, form(FILE, fields={"version": "x" * length}))

    assert (answer.status == 200) is fits
    assert fits or "version: longer than 4096 bytes" in answer.text


@pytest.mark.parametrize(("length", "fits"), [(200, True), (201, False)])
def test_a_boundary_has_a_limit(app: WsgiApp, length: int, fits: bool) -> None:
    boundary = "b" * length
    body = form(FILE).replace(BOUNDARY.encode(), boundary.encode())

    kind = f"multipart/form-data; boundary={boundary}"
    assert (send(app, body, CONTENT_TYPE=kind).status == 200) is fits
