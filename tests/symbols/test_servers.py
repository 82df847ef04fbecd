"""Symbol servers over real HTTP: whatever they do, a fetch ends, and the cache has good files."""

import gzip
import os
import ssl
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from socorro import metrics
from socorro.fetch import Limits, shown
from socorro.symbols.cache import Outcome, Status, SymbolCache
from socorro.symbols.config import SymbolsConfig
from socorro.symbols.module import ModuleId
from socorro.symbols.servers import SymbolServers, open_servers
from tests.moved import moves, value
from tests.symbols.files import CRASHER, ID, OTHER_ID, SYM, all_files, number, sym
from tests.symbols.server import (
    Play,
    SymbolServer,
    answer,
    chunked,
    cut_short,
    dripping,
    endless,
    packed,
    serving,
    silent,
)

AVAILABLE = Outcome(Status.AVAILABLE)
MISSING = Outcome(Status.MISSING)
PATH = f"/{CRASHER.path}"
IMPATIENT = {
    "silent": Limits(answer_seconds=0.3),
    "slow": Limits(download_seconds=0.5),
    "slow headers": Limits(download_seconds=0.5),
}


def servers(
    cache: SymbolCache, *urls: str, limits: Limits | None = None, **settings: Any
) -> SymbolServers:
    return SymbolServers(urls, cache, limits or Limits(), **settings)


GOOD: dict[str, Play] = {
    "whole": answer(200, SYM),
    "gzip": packed(SYM),
    "chunked": chunked(SYM),
    "named by another case": answer(200, SYM.replace(b" crasher\n", b" CRASHER\n")),
}


@pytest.mark.parametrize("play", GOOD.values(), ids=GOOD)
def test_a_file_of_a_server_gets_into_the_cache(
    server: SymbolServer, cache: SymbolCache, play: Play
) -> None:
    server.plays[PATH] = play

    outcomes = servers(cache, server.url).fetch([CRASHER])

    assert outcomes == {CRASHER: AVAILABLE}
    assert all_files(cache.folder) == [f"crasher/{ID}/crasher.sym"]
    assert server.headers[0]["Accept-Encoding"] == "gzip"
    assert server.headers[0]["User-Agent"].startswith("Socorro/")


def test_a_file_in_the_cache_is_requested_once(server: SymbolServer, cache: SymbolCache) -> None:
    server.plays[PATH] = answer(200, SYM)
    symbols = servers(cache, server.url)

    for _ in range(3):
        assert symbols.fetch([("/usr/bin/crasher", ID)]) == {CRASHER: AVAILABLE}

    assert server.requests == {PATH: 1}


def test_modules_that_cannot_have_symbols_are_not_requested(
    server: SymbolServer, cache: SymbolCache
) -> None:
    modules = [("crasher", None), (None, ID), ("zero", "0" * 33), ("..", ID), ("x", "nonsense")]

    assert servers(cache, server.url).fetch(modules) == {}
    assert not server.requests


@pytest.mark.parametrize("status", [404, 410])
def test_a_server_that_has_none_is_not_asked_again_for_a_while(
    server: SymbolServer, cache: SymbolCache, status: int
) -> None:
    server.default = answer(status)
    symbols = servers(cache, server.url)

    assert symbols.fetch([CRASHER]) == {CRASHER: MISSING}
    assert symbols.fetch([CRASHER]) == {CRASHER: MISSING}

    assert server.requests == {PATH: 1}
    assert all_files(cache.folder) == []


def test_a_server_is_asked_again_after_that_time(server: SymbolServer, tmp_path: Path) -> None:
    now = [1000.0]
    cache = SymbolCache(tmp_path, 2**30, 2**30, now=lambda: now[0])
    symbols = servers(cache, server.url, missing_seconds=3600)
    symbols.fetch([CRASHER])
    server.plays[PATH] = answer(200, SYM)

    now[0] += 3599
    assert symbols.fetch([CRASHER]) == {CRASHER: MISSING}
    now[0] += 2
    assert symbols.fetch([CRASHER]) == {CRASHER: AVAILABLE}


def test_a_server_that_is_added_is_asked_though_the_others_had_none(
    server: SymbolServer, cache: SymbolCache
) -> None:
    servers(cache, server.url).fetch([CRASHER])
    with serving() as other:
        other.plays[PATH] = answer(200, SYM)

        assert servers(cache, server.url, other.url).fetch([CRASHER]) == {CRASHER: AVAILABLE}

    assert server.requests == {PATH: 1}


BAD: dict[str, tuple[Play, Status, str]] = {
    "a page": (answer(200, b"<html>sign in</html>"), Status.CORRUPT, "is not a MODULE record"),
    "a bad line": (answer(200, SYM + b"oops\n"), Status.CORRUPT, "line 9: unknown record: 'oops'"),
    "nothing": (answer(200, b""), Status.CORRUPT, "is empty"),
    "another id": (
        answer(200, SYM.replace(ID.encode(), OTHER_ID.encode())),
        Status.CORRUPT,
        f"line 1: its debug id is {OTHER_ID}, not {ID}",
    ),
    "too large by its length": (answer(200, SYM + b"\n" * 100_000), Status.CORRUPT, "larger than"),
    "endless": (endless(SYM, b"INFO more\n" * 1000), Status.CORRUPT, "larger than 100,000 bytes"),
    "a gzip bomb": (packed(SYM + b"\n" * 20_000_000), Status.CORRUPT, "larger than 100,000 bytes"),
    "no gzip": (answer(200, SYM, Content_Encoding="gzip"), Status.CORRUPT, "no gzip stream"),
    "brotli": (answer(200, SYM, Content_Encoding="br"), Status.CORRUPT, "encoding 'br' is not"),
    "to a file": (
        answer(302, Location="file:///etc/passwd"),
        Status.CORRUPT,
        "redirected to something that is neither http nor https",
    ),
    "in circles": (answer(301, Location=PATH), Status.CORRUPT, "redirected more than 5 times"),
    "cut short": (cut_short(SYM[:-20], 20), Status.UNAVAILABLE, "cut short: "),
    "cut at a line": (cut_short(SYM, 20), Status.UNAVAILABLE, "cut short: "),
    "gzip cut short": (packed(SYM, cut=9), Status.UNAVAILABLE, "the gzip stream is cut short"),
    "chunks cut short": (chunked(SYM, whole=False), Status.UNAVAILABLE, "cut short"),
    "error": (answer(500), Status.UNAVAILABLE, "answered 500"),
    "busy": (answer(503), Status.UNAVAILABLE, "answered 503"),
    "too many": (answer(429), Status.UNAVAILABLE, "answered 429"),
    "forbidden": (answer(403), Status.MISSING, "answered 403"),
    "silent": (silent, Status.UNAVAILABLE, "does not answer in time"),
    "slow": (dripping(SYM * 100), Status.UNAVAILABLE, "took too long"),
    "slow headers": (dripping(SYM, headers_too=True), Status.UNAVAILABLE, "took too long"),
    "no status": (answer(204), Status.UNAVAILABLE, "answered 204"),
}


@pytest.mark.parametrize(("play", "status", "error"), BAD.values(), ids=BAD)
def test_a_bad_answer_is_reported_and_not_kept(
    server: SymbolServer,
    cache: SymbolCache,
    play: Play,
    status: Status,
    error: str,
    request: pytest.FixtureRequest,
) -> None:
    server.default = play
    symbols = servers(cache, server.url, limits=IMPATIENT.get(request.node.callspec.id, Limits()))

    outcome = symbols.fetch([CRASHER])[CRASHER]
    connections = server.connections
    again = symbols.fetch([CRASHER])[CRASHER]

    assert outcome.status is status
    assert outcome.detail.startswith(f"{server.url}: ")
    assert error in outcome.detail
    assert all_files(cache.folder) == []
    assert list((cache.folder).glob(".incoming/*")) == []
    assert again.status is status
    assert server.connections == connections  # remembered for a while


def test_a_server_that_refuses_connections_is_unavailable_for_all_modules(
    cache: SymbolCache,
) -> None:
    with serving() as gone:
        url = gone.url
    modules = [number(count) for count in range(50)]

    outcomes = servers(cache, url, connections=1).fetch(modules)

    assert {outcome.status for outcome in outcomes.values()} == {Status.UNAVAILABLE}
    assert all("Connection refused" in outcome.detail for outcome in outcomes.values())


def test_a_server_that_failed_is_asked_again_soon(server: SymbolServer, tmp_path: Path) -> None:
    now = [1000.0]
    cache = SymbolCache(tmp_path, 2**30, 2**30, now=lambda: now[0])
    symbols = servers(cache, server.url, away_seconds=60)
    server.default = answer(503)
    symbols.fetch([CRASHER])
    server.plays[PATH] = answer(200, SYM)

    assert symbols.fetch([number(7)])[number(7)].status is Status.UNAVAILABLE
    assert server.requests == {PATH: 1}
    now[0] += 61
    assert symbols.fetch([CRASHER]) == {CRASHER: AVAILABLE}


def test_one_server_of_several_is_enough(server: SymbolServer, cache: SymbolCache) -> None:
    server.default = answer(500)
    with serving() as other, serving() as third:
        other.plays[PATH] = answer(200, SYM)

        outcomes = servers(cache, server.url, other.url, third.url).fetch([CRASHER])

        assert outcomes == {CRASHER: AVAILABLE}
        assert [len(one.requests) for one in (server, other, third)] == [1, 1, 0]


def test_of_several_failures_the_one_that_may_pass_counts(
    server: SymbolServer, cache: SymbolCache
) -> None:
    server.default = answer(500)
    with serving() as other:
        outcome = servers(cache, other.url, server.url).fetch([CRASHER])[CRASHER]

    assert outcome == Outcome(Status.UNAVAILABLE, f"{server.url}: answered 500")


def test_redirects_are_followed_to_listed_hosts(server: SymbolServer, cache: SymbolCache) -> None:
    with serving() as other:
        other.plays["/elsewhere?sym=1"] = packed(SYM)
        server.plays[PATH] = answer(302, b"over there", Location=f"{other.url}/elsewhere?sym=1")
        url = server.url.replace("//", "//me:secret%21@")
        symbols = servers(cache, url, redirect_hosts=[f"127.0.0.1:{other.server_port}"])

        assert symbols.fetch([CRASHER]) == {CRASHER: AVAILABLE}
        assert "Authorization" not in other.headers[0]

    assert server.headers[0]["Authorization"] == "Basic bWU6c2VjcmV0IQ=="


def test_a_redirect_to_a_host_that_is_not_listed_is_not_followed(
    server: SymbolServer, cache: SymbolCache
) -> None:
    with serving() as other:
        other.default = packed(SYM)
        server.plays[PATH] = answer(302, Location=f"{other.url}/elsewhere")

        outcome = servers(cache, server.url).fetch([CRASHER])[CRASHER]

        assert outcome.status is Status.CORRUPT
        assert f"redirected to 127.0.0.1:{other.server_port}" in outcome.detail
        assert other.connections == 0


def test_servers_may_redirect_to_one_another(server: SymbolServer, cache: SymbolCache) -> None:
    with serving() as other:
        other.plays["/moved"] = packed(SYM)
        server.plays[PATH] = answer(302, Location=f"{other.url}/moved")

        assert servers(cache, server.url, other.url).fetch([CRASHER]) == {CRASHER: AVAILABLE}


def test_no_password_is_shown(server: SymbolServer, cache: SymbolCache) -> None:
    server.default = answer(500)
    url = server.url.replace("//", "//me:secret@")

    outcome = servers(cache, f"{url}/").fetch([CRASHER])[CRASHER]

    assert outcome.detail == f"{server.url}/: answered 500"
    assert shown("https://a:b@host/x/") == "https://host/x/"


def test_connections_are_kept_and_made_again_when_a_server_drops_them(
    server: SymbolServer, cache: SymbolCache
) -> None:
    def once(request: Any) -> None:
        answer(404, b"gone")(request)
        request.close_connection = True

    modules = [number(count) for count in range(6)]
    server.plays[f"/{number(2).path}"] = once
    server.plays[f"/{number(5).path}"] = packed(sym(number(5)))

    outcomes = servers(cache, server.url, connections=1).fetch(modules)

    assert [outcome.status for outcome in outcomes.values()] == [Status.MISSING] * 5 + [
        Status.AVAILABLE
    ]
    assert server.connections == 2


def test_many_threads_download_one_module_once(server: SymbolServer, cache: SymbolCache) -> None:
    ready = threading.Event()

    def late(request: Any) -> None:
        ready.wait(20)
        answer(200, SYM)(request)

    server.plays[PATH] = late
    outcomes: list[Any] = []
    symbols = servers(cache, server.url)
    threads = [
        threading.Thread(target=lambda: outcomes.append(symbols.fetch([CRASHER])[CRASHER]))
        for _ in range(12)
    ]
    for thread in threads:
        thread.start()
    ready.set()
    for thread in threads:
        thread.join()

    assert outcomes == [AVAILABLE] * 12
    assert server.requests == {PATH: 1}


WAITER = """
import pathlib, sys
from socorro.symbols.cache import SymbolCache
from socorro.symbols.servers import SymbolServers
from tests.symbols.files import CRASHER

cache = SymbolCache(pathlib.Path(sys.argv[1]), 2**30, 2**30)
print("ready", flush=True)
sys.stdin.readline()
print(SymbolServers([sys.argv[2]], cache).fetch([CRASHER])[CRASHER].status, flush=True)
"""


def test_many_processes_download_one_module_once(server: SymbolServer, cache: SymbolCache) -> None:
    server.plays[PATH] = answer(200, SYM)
    command = [sys.executable, "-c", WAITER, str(cache.folder), server.url]
    pipe = subprocess.PIPE
    waiters = [subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True) for _ in range(3)]
    for waiter in waiters:
        assert waiter.stdout
        assert waiter.stdout.readline() == "ready\n"
    for waiter in waiters:
        assert waiter.stdin
        waiter.stdin.write("go\n")
        waiter.stdin.flush()
    outputs = [waiter.communicate(timeout=60)[0] for waiter in waiters]

    assert outputs == ["found\n"] * 3
    assert server.requests == {PATH: 1}


def test_a_downloader_that_is_killed_leaves_the_next_one_free(
    server: SymbolServer, cache: SymbolCache
) -> None:
    arrived = threading.Event()

    def hang(request: Any) -> None:
        request.send_response(200)
        request.send_header("Content-Length", str(len(SYM)))
        request.end_headers()
        request.wfile.write(SYM[:100])
        arrived.set()
        silent(request)

    server.plays[PATH] = hang
    waiter = subprocess.Popen(
        [sys.executable, "-c", WAITER, cache.folder, server.url],
        stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    with waiter:
        assert waiter.stdin
        waiter.stdin.write(b"go\n")
        waiter.stdin.flush()
        assert arrived.wait(30)
        waiter.kill()
    assert all_files(cache.folder) == []
    server.plays[PATH] = answer(200, SYM)

    assert servers(cache, server.url).fetch([CRASHER]) == {CRASHER: AVAILABLE}


def test_a_fetch_ends_when_its_time_is_over(server: SymbolServer, cache: SymbolCache) -> None:
    server.default = silent
    modules = [number(count) for count in range(20)]
    symbols = servers(cache, server.url, connections=1, seconds=100)

    outcomes = symbols.fetch(modules, seconds=0.3)

    assert [outcome.status for outcome in outcomes.values()] == [Status.UNAVAILABLE] * 20
    assert outcomes[modules[-1]].detail == "no time left to ask for it"
    server.default = answer(404)  # we interrupted it, so nothing was remembered
    assert symbols.fetch([modules[0]]) == {modules[0]: MISSING}


def test_a_fetch_ends_when_it_is_stopped(server: SymbolServer, cache: SymbolCache) -> None:
    stop = threading.Event()

    def stopping(request: Any) -> None:
        stop.set()
        answer(200, SYM)(request)

    server.plays[PATH] = stopping
    symbols = servers(cache, server.url, connections=1)

    outcomes = symbols.fetch([CRASHER, number(1)], stop=stop)

    assert {outcome.status for outcome in outcomes.values()} == {Status.UNAVAILABLE}
    assert server.requests == {PATH: 1}
    assert symbols.fetch([CRASHER]) == {CRASHER: AVAILABLE}


def test_a_stopped_fetch_waits_for_no_server(server: SymbolServer, cache: SymbolCache) -> None:
    stop = threading.Event()

    def stopping(request: Any) -> None:
        stop.set()
        silent(request)

    server.default = stopping
    symbols = servers(cache, server.url, limits=Limits(60, 60, 60))
    other = threading.Thread(target=symbols.fetch, args=([CRASHER],), kwargs={"stop": stop})
    other.start()

    outcome = symbols.fetch([CRASHER], stop=stop)[CRASHER]  # one of the two waits for the other

    other.join(30)
    assert outcome.status is Status.UNAVAILABLE
    assert not other.is_alive()


def test_a_defect_of_ours_is_raised_not_reported_as_missing(
    server: SymbolServer, cache: SymbolCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cache, "add", lambda _pieces, _module: 1 / 0)
    server.plays[PATH] = answer(200, SYM)

    with pytest.raises(ZeroDivisionError):
        servers(cache, server.url).fetch([CRASHER])


@pytest.mark.parametrize(("count", "refused"), [(3, 0), (4, 1), (5, 2)])
def test_no_more_modules_are_requested_than_is_allowed(
    server: SymbolServer, cache: SymbolCache, count: int, refused: int
) -> None:
    modules = [number(place) for place in range(count)]

    outcomes = servers(cache, server.url, most=3).fetch(modules)

    assert len(server.requests) == 3
    beyond = Outcome(Status.UNAVAILABLE, "more than 3 modules without symbols")
    assert list(outcomes.values()) == [MISSING] * 3 + [beyond] * refused


def test_without_servers_everything_is_missing(cache: SymbolCache) -> None:
    symbols = servers(cache)

    assert not symbols
    assert symbols.fetch([CRASHER]) == {CRASHER: MISSING}


def test_the_cache_stays_within_its_bytes_and_loses_what_was_unused_longest(
    server: SymbolServer, tmp_path: Path
) -> None:
    modules = [number(count) for count in range(5)]
    bodies = [sym(module, filler=20) for module in modules]
    for module, body in zip(modules, bodies, strict=True):
        server.plays[f"/{module.path}"] = answer(200, body)
    cache = SymbolCache(tmp_path / "cache", int(3.2 * len(bodies[0])), 2**30, tmp_path / "index")
    index = tmp_path / "index" / modules[1].path.with_name("lib1.so.sym.index1")
    index.parent.mkdir(parents=True)
    index.touch()
    symbols = servers(cache, server.url, connections=1)
    with moves(metrics.symbols_evicted, 2):
        for count, module in enumerate(modules):
            symbols.fetch([module])
            used = time.time() - 10_000 + count
            os.utime(cache.store.path(module).parent, (used, used))
            if count == 2:
                os.utime(index, (used, used))
                symbols.fetch([modules[0]])  # used just now: stays

    kept = [module for module in modules if cache.store.has(module)]
    assert kept == [modules[0], modules[3], modules[4]]
    assert not index.exists()
    assert value(metrics.symbols_cache_bytes) <= cache.limit


def test_the_size_of_the_cache_is_measured_again_after_an_hour(tmp_path: Path) -> None:
    now = [time.time()]
    cache = SymbolCache(tmp_path, 10_000, 10_000, now=lambda: now[0])
    for count in range(3):
        cache.add([sym(number(count))], number(count))
    cache.store.path(number(0)).unlink()  # by hand

    assert value(metrics.symbols_cache_bytes) == 3 * len(sym(number(0)))
    now[0] += 3601
    with moves(metrics.symbols_cache_bytes, to=3 * len(sym(number(0)))):
        cache.add([sym(number(3))], number(3))
    (tmp_path / ".size").write_text("junk")
    assert cache.evict() == []


def test_a_file_larger_than_the_whole_cache_is_refused(
    server: SymbolServer, tmp_path: Path
) -> None:
    server.plays[PATH] = answer(200, SYM)
    cache = SymbolCache(tmp_path, len(SYM) - 1, 2**30)

    outcome = servers(cache, server.url).fetch([CRASHER])[CRASHER]

    assert outcome.status is Status.CORRUPT
    assert "larger than" in outcome.detail


def test_answers_are_valid_for_a_time(tmp_path: Path) -> None:
    now = [time.time()]
    cache = SymbolCache(tmp_path, 2**30, 2**30, now=lambda: now[0])
    cache.remember("http://a", CRASHER, MISSING, 10)
    cache.remember("http://a", None, Outcome(Status.UNAVAILABLE, "away"), 100)

    assert cache.remembered("http://a", CRASHER) == MISSING
    assert cache.remembered("http://b", CRASHER) is None
    now[0] += 50
    assert cache.remembered("http://a", CRASHER) is None
    assert cache.forget_answers() == 1
    assert cache.remembered("http://a", None) == Outcome(Status.UNAVAILABLE, "away")
    assert cache.forget_answers(all_of_them=True) == 1


def test_an_answer_that_is_being_written_is_not_swept_away(tmp_path: Path) -> None:
    now = [time.time()]
    cache = SymbolCache(tmp_path, 2**30, 2**30, now=lambda: now[0])
    cache.remember("http://a", CRASHER, MISSING, 10_000)
    folder = next(tmp_path.glob(".answers/*/*")).parent
    (folder / ".half").touch()

    assert cache.forget_answers() == 0
    now[0] += 100
    assert cache.forget_answers() == 1
    assert cache.remembered("http://a", CRASHER) == MISSING


@pytest.mark.parametrize("text", ["", "{", "[]", '{"status": "odd", "until": 9e99, "detail": ""}'])
def test_a_damaged_answer_is_none(cache: SymbolCache, text: str) -> None:
    cache.remember("http://a", CRASHER, MISSING, 10)
    path = next(path for path in cache.folder.glob(".answers/*/*"))
    path.write_text(text)

    assert cache.remembered("http://a", CRASHER) is None


def test_a_cache_that_cannot_be_written_is_reported(server: SymbolServer, tmp_path: Path) -> None:
    server.plays[PATH] = answer(200, SYM)
    (tmp_path / "file").touch()
    cache = SymbolCache(tmp_path / "file" / "cache", 2**30, 2**30)

    outcome = servers(cache, server.url).fetch([CRASHER])[CRASHER]

    assert outcome == Outcome(Status.UNAVAILABLE, "the cache cannot be written: Not a directory")


def test_modules_and_answers_are_counted(server: SymbolServer, cache: SymbolCache) -> None:
    server.plays[PATH] = packed(SYM)
    symbols = servers(cache, server.url)

    with (
        moves(metrics.symbols_asked, by=2, outcome="download"),
        moves(metrics.symbols_downloads, outcome="found"),
        moves(metrics.symbols_downloads, outcome="missing"),
        moves(metrics.symbols_download_seconds, by=2),
        moves(metrics.symbols_download_bytes, by=len(gzip.compress(SYM))),
        moves(metrics.symbols_check_seconds),
    ):
        symbols.fetch([CRASHER, number(1)])
    with (
        moves(metrics.symbols_asked, outcome="hit"),
        moves(metrics.symbols_asked, outcome="known"),
        moves(metrics.symbols_downloads, by=0),
    ):
        symbols.fetch([CRASHER, number(1)])


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A key and a certificate of localhost that nobody signed."""
    path = tmp_path / "localhost.pem"
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost"
    words = [*command.split(), "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", tmp_path / "key", "-out", tmp_path / "cert"]
    subprocess.run([*words, *files], check=True, capture_output=True)
    path.write_bytes((tmp_path / "key").read_bytes() + (tmp_path / "cert").read_bytes())
    return path


@pytest.mark.parametrize(
    ("play", "trusted", "error"),
    [
        (packed(SYM), True, ""),
        (packed(SYM), False, "certificate verify failed"),
        (dripping(SYM * 100), True, "took too long"),
    ],
)
def test_tls_is_checked_and_bounded_like_the_rest(
    cache: SymbolCache,
    certificate: Path,
    monkeypatch: pytest.MonkeyPatch,
    play: Play,
    trusted: bool,
    error: str,
) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate) if trusted else "/dev/null")
    limits = Limits(download_seconds=2 if "long" in error else 60)
    with serving(context) as server:
        server.plays[PATH] = play
        url = f"https://localhost:{server.server_port}"

        outcome = servers(cache, url, limits=limits).fetch([CRASHER])[CRASHER]

    assert outcome.status is (Status.UNAVAILABLE if error else Status.AVAILABLE)
    assert error in outcome.detail


def test_servers_come_from_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SOCORRO_HOME", str(tmp_path))
    monkeypatch.setenv("SOCORRO_SYMBOLS_SERVERS", '["http://127.0.0.1:9/"]')

    opened = open_servers(SymbolsConfig())

    assert opened
    assert opened.folder == tmp_path / "symbols-cache"
    monkeypatch.setenv("SOCORRO_SYMBOLS_SERVERS", '["ftp://x/"]')
    with pytest.raises(ValueError, match="ftp://x/ does not begin with http"):
        SymbolsConfig()


def test_a_path_is_quoted(server: SymbolServer, cache: SymbolCache) -> None:
    module = ModuleId("my lib?#%.pdb", ID)
    path = f"/my%20lib%3F%23%25.pdb/{ID}/my%20lib%3F%23%25.sym"
    server.plays[path] = answer(200, sym(module))

    assert servers(cache, server.url).fetch([module]) == {module: AVAILABLE}
