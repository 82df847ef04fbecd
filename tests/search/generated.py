"""Crashes to search in: 20,000 over two days, with what goes wrong in searches all over them.

Always the same, in any process. Weeks, days and hours begin among them, several share a time, and
texts have what an engine could fold, split, take for a pattern or cut off.
"""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

Row = dict[str, Any]

COUNT = 20_000
START = datetime(2026, 11, 22, tzinfo=UTC)  # a Sunday: a week begins within
END = START + timedelta(days=2)
MICROSECOND, HOUR, DAY = timedelta(microseconds=1), timedelta(hours=1), timedelta(days=1)
LARGEST, SMALLEST = 2**63 - 1, -(2**63)

AWKWARD = (
    *("", " ", "null", "__null__", "NULL", "\\", "'", '"', "' OR 1=1 --", '"; DROP TABLE x'),
    *("ß", "Straße", "STRASSE", "ẞ", "İstanbul", "istanbul", "ISTANBUL \u0131", "ΑΣ ας", "ΑΣΑ"),
    *("caf\u00e9", "cafe\u0301", "ﬁ ligature", "Ǆ ǅ ǆ", "Ⅷ ² ½", "\u212a K", "한국어 日本語"),
    *(
        "👩\u200d👩\u200d👧 family",
        "🔥",
        "\U0001d4b3 \U00010400",
        "שלום עולם",
        "\u202eevil",
        "مرحبا",
        "a\u00a0b",
    ),
    *("100%", "50_percent", "a*b?c", "[x]{2}(y)|z^$.", "a.b.c", "tab\tnew\nline", "line\nOOM"),
    *("foo_bar foo.bar foo-bar can't", "std::vector<int>::push_back(int&&)", "~x", "!x", ">5"),
    *("OOM", "oom | large", "Oom | Large | MOZ_CRASH", "a" * 300, "<b>&amp;</b>", "-", "@", "#"),
    *("true", "1", "2026-11-23", "C:\\Windows\\x.dll", "q=(a AND b)", "AND", "OR NOT", "_", "__"),
)
LONG = ("🔥" * 9000 + " end", "x" * 40_000, "word " * 9000, "x" * 40_000 + "y")
PRODUCTS = ("Firefox", "Fenix", "Thunderbird", "firefox", "Firefox Focus", "Straße", "")
SIGNATURES = (
    *(f"mozilla::dom::Node{number}::Run" for number in range(150)),
    *(f"OOM | large | NS_ABORT_OOM | Thing_{number}" for number in range(20)),
    *AWKWARD,
)
MODULES = ("xul.dll", "XUL.dll", "ntdll.dll", "libc.so.6", "libxul.so", "kernel32.dll")


@cache
def crashes(count: int = COUNT) -> tuple[Row, ...]:
    """The crashes, oldest first."""
    chance = random.Random(16)
    times = sorted(_times(chance, count))
    return tuple(_crash(chance, number, when) for number, when in enumerate(times))


def edges() -> list[datetime]:
    """Times at which an hour, a day or a week begins, and the last before each."""
    starts = [START + number * HOUR for number in (0, 1, 23, 24, 25, 47, 48)]
    return [*starts, *(start - MICROSECOND for start in starts), START + 24.5 * HOUR]


def _times(chance: random.Random, count: int) -> Iterator[datetime]:
    seconds = int((END - START).total_seconds())
    at_edges = [when for when in edges() if START <= when < END]
    for number in range(count):
        if number % 50 == 0:
            yield chance.choice(at_edges)
        elif number % 3 == 0:  # few different times, so that many share one
            yield START + chance.randrange(400) * timedelta(minutes=7, seconds=12)
        else:
            yield START + timedelta(
                seconds=chance.randrange(seconds), microseconds=chance.randrange(10**6)
            )


def _crash(chance: random.Random, number: int, when: datetime) -> Row:
    row = _identity(chance, when) | _numbers(chance, when) | _texts(chance, number)
    return {name: content for name, content in row.items() if content is not None}


def _identity(chance: random.Random, when: datetime) -> Row:
    digits = f"{chance.getrandbits(104):026x}{when:%y%m%d}"
    crash_id = "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))
    major = chance.choice((115, 128, 140, 157, 158, 159))
    return {
        "crash_id": crash_id,
        "submitted_timestamp": when,
        "product": _skewed(chance, PRODUCTS),
        "version": f"{major}.0{chance.choice(('', '.1', 'b1', 'b10', 'a1', 'esr'))}",
        "major_version": major,
        "build": _maybe(chance, 0.1, lambda: f"2026{chance.randrange(1001, 1130):04d}090000"),
        "release_channel": chance.choice(("release", "beta", "nightly", "esr", "unknown")),
        "process_type": _skewed(chance, ("parent", "content", "gpu", "rdd", "utility")),
        "os_name": _skewed(chance, ("Windows", "Linux", "Mac OS X", "Android")),
        "cpu_arch": _maybe(chance, 0.05, lambda: chance.choice(("amd64", "x86", "arm64"))),
        "throttle_rule": chance.choice(("is_firefox", "is_nightly", "everything")),
        "throttle_rate": _maybe(chance, 0.02, lambda: chance.choice((1.0, 0.1, 0.25, 0.3))),
    }


def _numbers(chance: random.Random, when: datetime) -> Row:
    limits = (0, 1, -1, 59, 60, LARGEST - 1, SMALLEST + 1, 2**53, 2**53 + 1, -(2**53) - 1)
    second = when.replace(microsecond=0)
    client = chance.choice((second, second - timedelta(seconds=chance.randrange(10**6))))
    odd_dates = (datetime(1970, 1, 1, tzinfo=UTC), datetime(2100, 2, 28, tzinfo=UTC))
    return {
        "client_crash_date": chance.choice(odd_dates) if chance.random() < 0.01 else client,
        "crash_time": _maybe(chance, 0.1, lambda: int(client.timestamp())),
        "completed_datetime": when + timedelta(seconds=chance.randrange(90)),
        "uptime": _maybe(chance, 0.1, lambda: int(chance.expovariate(1 / 500))),
        "install_age": _maybe(chance, 0.2, lambda: chance.randrange(-5, 500_000)),
        "oom_allocation_size": _maybe(chance, 0.7, lambda: chance.choice(limits)),
        "available_physical_memory": _maybe(chance, 0.1, lambda: chance.randrange(2**35)),
        "startup_crash": _maybe(chance, 0.3, lambda: chance.random() < 0.1),
        "safe_mode": _maybe(chance, 0.9, lambda: True),
        "has_guard_page_access": _maybe(chance, 0.5, lambda: chance.random() < 0.5),
    }


def _texts(chance: random.Random, number: int) -> Row:
    def awkward() -> str:
        return chance.choice(AWKWARD)

    signature = _skewed(chance, SIGNATURES)
    return {
        "signature": signature if number % 97 else awkward(),
        "proto_signature": _maybe(chance, 0.1, lambda: " | ".join((signature, awkward(), "main"))),
        "reason": _maybe(chance, 0.2, lambda: chance.choice(("SIGSEGV", "SIGABRT", "OOM", "oom"))),
        "address": _maybe(chance, 0.1, lambda: f"0x{chance.choice((0, 8, 2**64 - 1)):x}"),
        "os_pretty_version": _maybe(chance, 0.5, lambda: chance.choice(("Windows 11", "Linux"))),
        "useragent_locale": _maybe(chance, 0.3, lambda: chance.choice(("de", "en-US", "tr", "he"))),
        "moz_crash_reason": _maybe(chance, 0.8, awkward),
        "modules_in_stack": ";".join(f"{name}/{number % 7:X}" for name in _some(chance, MODULES)),
        "app_notes": LONG[number // 500 % len(LONG)] if number % 500 == 0 else None,
        "addons": _list(chance, lambda: f"{chance.choice(('a@x', 'ß@y', 'A@X'))}:1.{number % 3}"),
        "crash_inconsistencies": _list(chance, awkward),
        "processor_notes": _list(chance, lambda: f"{awkward()} in rule {chance.randrange(5)}"),
        "url": _maybe(chance, 0.4, lambda: f"https://example.org/{number % 900}?q={awkward()}"),
        "email": _maybe(chance, 0.9, lambda: f"user{number % 300}@example.org"),
        "user_comments": _maybe(chance, 0.8, lambda: f"{awkward()} It crashed. {awkward()}"),
    }


def _maybe(chance: random.Random, missing: float, make: Callable[[], Any]) -> Any:
    return None if chance.random() < missing else make()


def _list(chance: random.Random, make: Callable[[], str]) -> list[str] | None:
    """None, none, one or a few items, some of them twice."""
    count = chance.choice((None, None, 0, 1, 1, 2, 3, 5))
    return None if count is None else [make() for _ in range(count)]


def _some(chance: random.Random, names: tuple[str, ...]) -> list[str]:
    return chance.sample(names, chance.randrange(1, len(names)))


def _skewed(chance: random.Random, values: tuple[str, ...]) -> str:
    """Take one of the values, the first ones far more often."""
    return values[int(len(values) * chance.random() ** 3)]
