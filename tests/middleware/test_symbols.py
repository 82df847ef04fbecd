"""POST /api/Symbols/: build machines send symbol files."""

import gzip
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest

from middleware.app import application
from middleware.callers import Caller
from middleware.context import Context
from middleware.symbol_uploads import SymbolUploads
from socorro.accounts.permissions import UPLOAD_SYMBOLS
from socorro.serving.health import WsgiApp
from socorro.serving.rate_limit import RateLimit
from socorro.symbols import index_walker
from socorro.symbols.config import ProcessorSymbolsConfig, SymbolsConfig
from tests.symbols.files import CRASHER, ID, SYM, all_files, number, sym
from tests.wsgi import Answer, ask

NOTHING: Any = None  # no crash is asked for here


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "symbols"


@pytest.fixture
def app(folder: Path, tmp_path: Path) -> WsgiApp:
    config = SymbolsConfig(store=folder, file_bytes=50_000, upload_bytes=20_000, zip_members=5)
    indexes = ProcessorSymbolsConfig(index_walker="/bin/true", index_folder=tmp_path / "index")
    context = Context(NOTHING, NOTHING, SymbolUploads(config, indexes))

    def identify(environ: object) -> Caller:
        permissions = environ.get("HTTP_AUTH_TOKEN", "")  # type: ignore[attr-defined]
        return Caller(frozenset(permissions.split()), "builder")

    return application(context, RateLimit(1000), identify)


def post(app: WsgiApp, body: bytes, name: str = "", **headers: str) -> Answer:
    headers = {"AUTH_TOKEN": UPLOAD_SYMBOLS, "CONTENT_TYPE": "application/octet-stream", **headers}
    return ask(app, f"/api/Symbols/?name={name}", "POST", body, **headers)


def zipped(**members: bytes) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name.replace("_", "."), data)
    return file.getvalue()


def test_a_symbol_file_is_added_and_reported(app: WsgiApp, folder: Path, tmp_path: Path) -> None:
    answer = post(app, SYM, "crasher.sym")

    assert answer.status == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.json() == {
        "files": [
            {
                "name": "crasher.sym",
                "outcome": "new",
                "debug_file": "crasher",
                "debug_id": ID,
                "size": len(SYM),
                "functions": 1,
                "publics": 1,
                "stacks": 2,
                "lines": 2,
                "inlines": 0,
            }
        ]
    }
    assert all_files(folder) == [f"crasher/{ID}/crasher.sym"]
    assert index_walker.requested(tmp_path / "index") == [folder / CRASHER.path]
    assert post(app, SYM).json()["files"][0]["outcome"] == "same"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (gzip.compress(SYM, mtime=0), {}),
        (gzip.compress(SYM, mtime=0), {"CONTENT_ENCODING": "gzip"}),
        (zipped(a_sym=SYM), {"CONTENT_TYPE": "application/zip"}),
        (gzip.compress(zipped(a_sym=SYM), mtime=0), {"CONTENT_ENCODING": "gzip"}),
        (SYM, {"CONTENT_TYPE": "text/plain; charset=utf-8"}),
    ],
)
def test_a_compressed_file_is_added_too(
    app: WsgiApp, folder: Path, body: bytes, headers: dict[str, str]
) -> None:
    assert post(app, body, **headers).status == 200
    assert all_files(folder) == [f"crasher/{ID}/crasher.sym"]


def test_each_file_of_a_zip_is_reported(app: WsgiApp, folder: Path) -> None:
    body = zipped(a_sym=SYM, b_sym=b"<html>\n", c_txt=b"x", d_sym=sym(number(3)))

    answer = post(app, body, "build.zip")

    assert answer.status == 400
    document = answer.json()
    assert document["error"] == "1 of 4 files refused"
    assert [(file["name"], file["outcome"]) for file in document["files"]] == [
        ("build.zip:a.sym", "new"),
        ("build.zip:b.sym", "refused"),
        ("build.zip:c.txt", "passed over"),
        ("build.zip:d.sym", "new"),
    ]
    problem = "build.zip:b.sym:1: '<html>' is not a MODULE record"
    assert document["errors"] == {"build.zip:b.sym": [problem]}
    assert len(all_files(folder)) == 2


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_a_file_in_another_encoding_is_added(app: WsgiApp, folder: Path, encoding: str) -> None:
    assert post(app, SYM.decode().encode(encoding)).status == 200
    assert (folder / CRASHER.path).read_bytes() == SYM


def test_bad_lines_are_dropped_on_request_and_counted(app: WsgiApp, folder: Path) -> None:
    bad = SYM + b"oops\n"

    refused, taken = post(app, bad), post(app, bad, "a.sym&drop_bad_lines=1")

    assert (refused.status, taken.status) == (400, 200)
    [file] = taken.json()["files"]
    assert (file["dropped_lines"], file["first_dropped"]) == (1, "line 9: unknown record: 'oops'")
    assert (folder / CRASHER.path).read_bytes() == SYM
    assert post(app, bad, "a.sym&drop_bad_lines=2").status == 400


def test_a_zip_without_symbols_is_refused_with_what_is_in_it(app: WsgiApp) -> None:
    answer = post(app, zipped(readme=b"hello"), "build.zip")

    assert (answer.status, answer.json()["error"]) == (400, "No symbol file in the body")
    skipped = {"name": "build.zip:readme", "outcome": "passed over", "why": "not a symbol file"}
    assert answer.json()["files"] == [skipped]


@pytest.mark.parametrize(
    ("body", "headers", "status", "problem"),
    [
        (b"", {}, 400, "body: is empty"),
        (b"<html>\n", {}, 400, "body:1: '<html>' is not a MODULE record"),
        (b"PK\x03\x04junk", {}, 400, "body: not a readable zip file"),
        (
            zipped(**{f"{n}_sym": SYM for n in range(6)}),
            {},
            400,
            "6 members; at most 5 are allowed",
        ),
        (b"x" * 20_001, {}, 413, "limit of 20000 bytes"),
        (gzip.compress(SYM, mtime=0)[:-1], {}, 400, "the gzip stream is cut short"),
        (gzip.compress(SYM + b"\n" * 60_000, mtime=0), {}, 400, "larger than 50,000 bytes"),
        (
            gzip.compress(b"PK" * 30_000, mtime=0),
            {"CONTENT_ENCODING": "gzip"},
            400,
            "larger than 20,000",
        ),
        (SYM, {"CONTENT_ENCODING": "gzip"}, 400, "no gzip stream"),
        (SYM, {"CONTENT_ENCODING": "br"}, 415, "Unsupported Content-Encoding (expected gzip)"),
        (
            SYM,
            {"CONTENT_TYPE": "text/html"},
            415,
            "Unsupported Content-Type (expected application/zip",
        ),
        (SYM, {"AUTH_TOKEN": "view_pii"}, 403, "upload_symbols"),
        (SYM, {"AUTH_TOKEN": ""}, 403, "upload_symbols"),
    ],
)
def test_a_refused_file_has_a_reason_and_leaves_nothing(
    app: WsgiApp, folder: Path, body: bytes, headers: dict[str, str], status: int, problem: str
) -> None:
    answer = post(app, body, **headers)

    assert answer.status == status
    assert problem in answer.text
    assert all_files(folder) == []


def test_a_path_as_name_must_match_the_content(app: WsgiApp, folder: Path) -> None:
    assert post(app, SYM, f"other/{ID}/other.sym").status == 400
    assert post(app, SYM, f"..%2F..%2Fcrasher/{ID}/crasher.sym").status == 200
    assert post(app, SYM, "a%0Ab").status == 400
    assert all_files(folder) == [f"crasher/{ID}/crasher.sym"]


def test_without_a_symbol_store_uploads_are_404() -> None:
    caller = Caller(frozenset({UPLOAD_SYMBOLS}))
    app = application(Context(NOTHING, NOTHING), RateLimit(10), lambda _environ: caller)

    assert post(app, SYM).status == 404


QUOTAS: dict[str, tuple[dict[str, int], int, str]] = {
    "user": ({"upload_user_bytes": len(SYM)}, 429, "You may upload"),
    "all users": ({"upload_day_bytes": len(SYM)}, 429, "All users together may upload"),
    "store": ({"store_bytes": len(SYM)}, 507, "The symbol store is full"),
    "disk": ({"reserve": 2**60}, 507, "The disk of the symbol store is full"),
}


@pytest.mark.parametrize(("settings", "status", "text"), QUOTAS.values(), ids=QUOTAS)
def test_an_upload_over_a_quota_is_refused_with_words(
    folder: Path, settings: dict[str, int], status: int, text: str
) -> None:
    uploads = SymbolUploads(SymbolsConfig(store=folder, **settings), ProcessorSymbolsConfig())
    caller = Caller(frozenset({UPLOAD_SYMBOLS}), "ann")
    app = application(Context(NOTHING, NOTHING, uploads), RateLimit(10), lambda _environ: caller)
    taken = [] if "reserve" in settings else [post(app, SYM).status]

    answer = post(app, sym(number(2)))

    assert (taken, answer.status) == ([200] * len(taken), status)
    assert text in answer.json()["error"]
    assert ("Retry-After" in answer.headers) is (status == 429)
    assert len(all_files(folder)) == len(taken)


def test_what_a_small_body_unpacks_to_counts(folder: Path) -> None:
    text = b"".join(b"FUNC %x 1 0 f%d\n" % (place, place) for place in range(1000))
    body = gzip.compress(SYM + text, mtime=0)
    config = SymbolsConfig(store=folder, upload_user_bytes=len(SYM + text) - 1)
    caller = Caller(frozenset({UPLOAD_SYMBOLS}), "ann")
    context = Context(NOTHING, NOTHING, SymbolUploads(config, ProcessorSymbolsConfig()))
    app = application(context, RateLimit(10), lambda _environ: caller)

    answers = [post(app, body), post(app, zipped(a_sym=SYM + text))]

    assert len(body) < config.upload_user_bytes
    assert [answer.status for answer in answers] == [429, 429]
    assert all_files(folder) == []
    assert list((folder / ".incoming").iterdir()) == []
