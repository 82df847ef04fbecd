"""The cache of answers, with a real memcached: fast when it is well, harmless when it is not."""

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager

import pytest
from pydantic import ValidationError
from pymemcache.client.base import Client

from socorro import cache as module
from socorro import metrics
from socorro.cache import MOST_BYTES, REST_SECONDS, Cache, CacheConfig, key_of, open_cache
from tests import memcached
from tests.moved import moves

Open = Callable[..., Cache]


@pytest.fixture(scope="module")
def shared() -> Iterator[memcached.Server]:
    with memcached.running() as server:
        yield server


@pytest.fixture
def server(shared: memcached.Server) -> memcached.Server:
    """A memcached that is empty."""
    with client(shared) as connected:
        connected.flush_all()
    return shared


@pytest.fixture
def own() -> Iterator[memcached.Server]:
    """A memcached that the test may break."""
    with memcached.running() as server:
        yield server


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@contextmanager
def client(server: memcached.Server) -> Iterator[Client]:
    host, _, port = server.address.partition(":")
    with closing(Client((host, int(port)))) as connected:
        yield connected


@pytest.fixture
def opened() -> Iterator[Open]:
    """Open a cache; it is closed at the end."""
    with ExitStack() as stack:

        def open_one(
            server: memcached.Server, clock: Clock | None = None, seconds: int = 60
        ) -> Cache:
            config = CacheConfig(server=server.address, seconds=seconds)
            return stack.enter_context(closing(Cache(config, clock=clock or Clock())))

        yield open_one


def test_what_was_kept_is_there_and_counted(opened: Open, server: memcached.Server) -> None:
    cache, value = opened(server), b"{}\r\nEND\r\n\0\xff"

    with moves(metrics.cache_gets, outcome="miss"), moves(metrics.cache_gets, outcome="hit", by=0):
        assert cache.get("a") is None
    assert cache.put("a", value)
    with moves(metrics.cache_gets, outcome="hit"), moves(metrics.cache_failures, by=0):
        assert cache.get("a") == value


def test_a_value_ends_with_its_time(opened: Open, server: memcached.Server) -> None:
    cache = opened(server, seconds=1)
    cache.put("a", b"1")

    deadline = time.monotonic() + 10
    while cache.get("a") is not None:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_values_have_a_largest_size(opened: Open, server: memcached.Server) -> None:
    cache = opened(server)

    assert cache.put("most", b"x" * MOST_BYTES)
    assert not cache.put("more", b"x" * (MOST_BYTES + 1))
    assert cache.get("most") == b"x" * MOST_BYTES
    assert cache.get("more") is None


@pytest.mark.parametrize("stored", [b"", b"{}", module.FORMAT, module.FORMAT + b"x" * 40])
def test_what_others_wrote_is_no_value(
    opened: Open, server: memcached.Server, stored: bytes
) -> None:
    with client(server) as connected:
        connected.set("a", stored)

    assert opened(server).get("a") is None


def test_a_damaged_value_is_none(opened: Open, server: memcached.Server) -> None:
    cache = opened(server)
    cache.put("a", b"12345")
    with client(server) as connected:
        whole = connected.get("a")
        for damaged in (whole[:-1], whole + b"6", whole.replace(b"12345", b"12346")):
            connected.set("a", damaged, noreply=False)
            assert cache.get("a") is None


def test_a_dead_server_is_a_cache_that_rests(opened: Open, own: memcached.Server) -> None:
    clock = Clock()
    cache = opened(own, clock)
    cache.put("a", b"1")
    own.kill()

    with moves(metrics.cache_failures), moves(metrics.cache_gets, outcome="miss", by=2):
        answers = [cache.get("a"), cache.put("a", b"1"), cache.get("a")]
    own.restart()
    resting = cache.put("a", b"2")
    clock.now += REST_SECONDS

    assert answers == [None, False, None]
    assert not resting
    assert cache.put("a", b"2")
    assert cache.get("a") == b"2"


def test_a_server_that_hangs_costs_one_short_wait(opened: Open, own: memcached.Server) -> None:
    cache = opened(own)
    cache.put("a", b"1")
    own.freeze()
    began = time.monotonic()

    values = [cache.get("a") for _ in range(20)]

    assert values == [None] * 20
    assert time.monotonic() - began < 2


def test_a_key_is_of_everything_that_changes_the_answer() -> None:
    keys = {
        key_of("TopCrashers", [("product", "Firefox")], "1"),
        key_of("CrashRates", [("product", "Firefox")], "1"),
        key_of("TopCrashers", [("product", "Fenix")], "1"),
        key_of("TopCrashers", [("product", "Firefox")], "2"),
        key_of("TopCrashers", [("product", ["Firefox"])], "1"),
    }

    assert len(keys) == 5
    assert all(len(key) < 250 and key.isprintable() and " " not in key for key in keys)


def test_a_version_reads_no_answers_of_another(monkeypatch: pytest.MonkeyPatch) -> None:
    before = key_of("TopCrashers", [], "1")

    monkeypatch.setattr(module, "__version__", "9.9")

    assert key_of("TopCrashers", [], "1") != before


def test_without_a_server_there_is_no_cache() -> None:
    assert open_cache(CacheConfig(server="")) is None


@pytest.mark.parametrize("server", ["localhost", ":11211", "a b:1", "host:port", "host:123456"])
def test_a_server_is_host_and_port(server: str) -> None:
    with pytest.raises(ValidationError):
        CacheConfig(server=server)
