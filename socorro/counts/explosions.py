"""Judges the signatures of a UTC day: which exploded, and keeps the evidence.

A day is one transaction and may be judged again at any time: what it had is replaced. It needs the
counts and ADI of the 49 days that end with it, and the alarms of the days before.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from socorro.postgres import Connection, Database, execute, load_sql, rows, value
from socorro.stats.explosion_words import Counted, Evidence, sentence

if TYPE_CHECKING:
    from socorro.stats.explosive import Judged, Line

SQL = load_sql(__file__)

BACK: Final = 21  # days up to today that are judged when they were not
MOST_SIGNATURES: Final = 50_000  # of a product and channel; the most frequent ones
MOST_VERSIONS: Final = 200  # the others count as one
LIMIT_SECONDS: Final = 600  # of one statement
APART: Final = timedelta(days=7)  # alarms nearer than that are one explosion
TOO_FEW: Final = 0.05  # installs per crash: their times do not tell them apart


class Explosion(NamedTuple):
    """A signature that exploded; *first_day* is the day of the first alarm, UTC."""

    product: str
    channel: str
    signature: str
    first_day: date
    sentence: str


class JudgedDay(NamedTuple):
    """One UTC day: what exploded, of how many signatures."""

    day: date
    explosions: list[Explosion]
    signatures: int


class _Channel(NamedTuple):
    product: str
    channel: str
    versions: list[int]


class _Total(NamedTuple):
    version: int
    day: int  # 0 is the first
    reports: int
    estimated: float


class _Installs(NamedTuple):
    version: int
    day: int
    adi: float


class _InstallTimes(NamedTuple):
    """How many reports there are, installs of them by their times, and reports without a time.

    *missing*: days on which installs were not counted.
    """

    reports: int
    installs: int
    without_time: int
    missing: int


class _Alarm(NamedTuple):
    signature_id: int
    day: date
    window_days: int
    first_day: date


@dataclass
class _Judging:
    """One product and channel that is judged: its arrays, and what is needed to save them."""

    channel: _Channel
    line: "Line"
    signature_ids: list[int]
    alarms: Sequence[_Alarm]
    counted: Counted
    follows_adi: bool
    adi_day: date | None


def due(db: Connection, today: date) -> list[date]:
    """Return the days that have to be judged: those that never were, yesterday and today."""
    return [day for (day,) in rows(db, SQL["due"], lambda day: (day,), today=today, back=BACK)]


def judge_days(
    database: Database,
    days: Sequence[date],
    on_day: Callable[[Connection, JudgedDay], None] = lambda *_: None,
) -> Iterator[JudgedDay]:
    """Judge *days*, the oldest first, each in a transaction; *on_day* is called within it."""
    for day in sorted(days):
        with database.transaction() as db:
            execute(db, SQL["limit"], milliseconds=str(LIMIT_SECONDS * 1000))
            judged = judge_day(db, day)
            on_day(db, judged)
        yield judged


def judge_day(db: Connection, day: date) -> JudgedDay:
    """Judge one day in the caller's transaction; others that judge wait."""
    from socorro.stats import explosive

    execute(db, SQL["lock"])
    first = day - timedelta(days=explosive.DAYS - 1)
    channels = rows(db, SQL["channels"], _Channel, first=first, last=day)
    judged = [_read(db, channel, first, day) for channel in channels]
    execute(db, SQL["forget"], day=day)
    execute(db, SQL["forget_days"], day=day)
    tests = 0
    for item in judged:
        tests += _save_day(db, item, day)
    ratios = [
        explosive.INSTALLS if item.counted == "installs" else explosive.CRASHES for item in judged
    ]
    results = explosive.judge([item.line for item in judged], ratios)
    explosions = [
        _save(db, judged[alarm.line], alarm, day, tests) for alarm in results if alarm.alarm
    ]
    return JudgedDay(day, explosions, tests)


def _read(db: Connection, channel: _Channel, first: date, last: date) -> _Judging:
    """Read one product and channel into arrays."""
    from socorro.stats.explosive import LEAST, WINDOWS
    from socorro.stats.explosive_table import Past, Table

    span: dict[str, Any] = {"versions": channel.versions, "first": first, "last": last}
    counted = _counted(rows(db, SQL["installs"], _InstallTimes, **span))
    span["by_installs"] = counted == "installs"
    totals = rows(db, SQL["totals"], _Total, **span)
    table = Table(_places(channel.versions, totals), (last - first).days + 1)
    for total in totals:
        table.add_total(*total)
    for installs in rows(db, SQL["adi"], _Installs, **span):
        table.add_adi(*installs)
    recent = last - timedelta(days=max(WINDOWS) - 1)
    limits = {"recent": recent, "least": LEAST, "most": MOST_SIGNATURES}
    with db.cursor("signatures") as cursor:  # streamed: there may be millions of counts
        cursor.execute(SQL["signatures"], {**span, **limits})
        for row in cursor:
            table.add_signature(*row)
    signatures = int(value(db, SQL["signature_count"], **span))
    where = {"product": channel.product, "channel": channel.channel}
    alarms = rows(db, SQL["alarms"], _Alarm, first=first, last=last, **where)
    past = []
    for alarm in alarms:
        end = (alarm.day - first).days + 1
        past.append(Past(alarm.signature_id, max(0, end - alarm.window_days), end))
    line, follows_adi, adi_day = table.line(signatures, past)
    day = None if adi_day is None else first + timedelta(days=adi_day)
    return _Judging(channel, line, table.signature_ids, alarms, counted, follows_adi, day)


def _counted(times: Sequence[_InstallTimes]) -> Counted:
    """Return what is counted: installs, where their times tell them apart on each day."""
    (reports, installs, without_time, missing), *_ = times
    if missing or without_time * 2 > reports or installs < reports * TOO_FEW:
        return "crashes"
    return "installs"


def _places(versions: Sequence[int], totals: Sequence[_Total]) -> dict[int, int]:
    """Return the row of each version: the most frequent have their own, the others share one."""
    crashes = dict.fromkeys(versions, 0)
    for total in totals:
        crashes[total.version] += total.reports
    ordered = sorted(versions, key=lambda version: (-crashes[version], version))
    return {version: min(place, MOST_VERSIONS) for place, version in enumerate(ordered)}


def _save_day(db: Connection, item: _Judging, day: date) -> int:
    """Save that a product and channel was judged; return how many signatures it has."""
    signatures = len(item.line.counts) + item.line.others
    execute(
        db, SQL["save_day"], day=day, product=item.channel.product, channel=item.channel.channel,
        signatures=signatures, judged=len(item.line.counts), counted=item.counted,
        exposure="adi" if item.follows_adi else "crashes", adi_day=item.adi_day,
    )  # fmt: skip
    return signatures


def _save(db: Connection, item: _Judging, alarm: "Judged", day: date, tests: int) -> Explosion:
    signature_id = item.signature_ids[alarm.row]
    began = [
        earlier.first_day
        for earlier in item.alarms
        if earlier.signature_id == signature_id and day - earlier.day <= APART
    ]
    first_day = min(began, default=day)
    row = {
        "day": day, "product": item.channel.product, "channel": item.channel.channel,
        "signature_id": signature_id, "first_day": first_day, "window_days": alarm.window,
        "events": round(alarm.events), "expected": alarm.expected, "ratio": alarm.ratio,
        "low": alarm.low, "high": alarm.high, "scatter": alarm.scatter, "p": alarm.p,
        "tests": tests, "history_days": alarm.history,
        "counts": [round(count) for count in item.line.counts[alarm.row]],
        "expected_counts": list(alarm.daily),
    }  # fmt: skip
    signature = str(value(db, SQL["save"], **row))
    evidence = Evidence(
        day, alarm.window, round(alarm.events), alarm.expected, alarm.p, tests,
        alarm.history, item.counted, item.follows_adi,
    )  # fmt: skip
    return Explosion(
        item.channel.product, item.channel.channel, signature, first_day, sentence(evidence)
    )
