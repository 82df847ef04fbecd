"""Two builds side by side: what a text names, and the cells in which both can be compared."""

import re
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from socorro.postgres import Connection
from socorro.queries import by_build, versions
from socorro.queries.by_build import BuildDay
from socorro.questions.interface import Unknown
from socorro.questions.selection import Selection
from socorro.questions.words import plural

ALL: Final = "all"  # systems
OTHER: Final = "other"  # the system of installs that were reported without one
TOO_FEW: Final = 0.05  # installs per crash
_BUILD_ID = re.compile(r"\d{8,14}", re.ASCII)


class Side(NamedTuple):
    """Some versions, or their builds of *build_day* only; *first* is the first day of use."""

    label: str
    channel: str
    versions: Sequence[int]
    build_day: date | None
    first: date


class Pair(NamedTuple):
    """A day of both builds on one system; exposures are ADI times the share that is processed."""

    os: str
    old: BuildDay
    new: BuildDay
    old_exposure: float
    new_exposure: float


class Paired(NamedTuple):
    """What can be compared, and what cannot: days without ADI, crashes without it."""

    pairs: Sequence[Pair]
    missing: Mapping[str, Sequence[date]]
    crashes_without_adi: int

    @property
    def has_installs(self) -> bool:
        """Say whether installs that crashed were counted on all days, and can be told apart."""
        counted = all(None not in (pair.old.installs, pair.new.installs) for pair in self.pairs)
        return counted and not self.has_too_few

    @property
    def has_too_few(self) -> bool:
        """Say whether hardly any installs have all the crashes: they send the same install time."""
        return any(
            is_too_few(sum(day.installs or 0 for day in days), sum(day.crash_count for day in days))
            for days in ([pair.old for pair in self.pairs], [pair.new for pair in self.pairs])
        )


def resolve(db: Connection, selection: Selection, values: Mapping[str, Any], name: str) -> Side:
    """Return the side that the parameter *name* names: a version, a build id, or a day of builds.

    Raises Unknown.
    """
    text, channel = values[name], values.get("channel")
    try:
        matches = versions.find(db, selection.product, text)
        if channel is not None:
            matches = versions.of_channel(matches, channel)
    except versions.Unknown as error:
        if not _BUILD_ID.fullmatch(text):
            raise Unknown(name, str(error)) from None
        return _of_build(db, selection.product, text, channel, name)
    if not matches:
        raise Unknown(name, f"{selection.product} has no counted versions yet")
    first = min(version.build_date for version in matches)
    return Side(text, matches[0].release_channel, versions.ids(matches), None, first)


def _of_build(db: Connection, product: str, text: str, channel: str | None, name: str) -> Side:
    builds = by_build.resolve(db, product, text, channel and channel.lower())
    if not builds:
        raise Unknown(name, f"{product} has no version and no build {text!r}")
    channels = sorted({build.release_channel for build in builds})
    if len(channels) > 1:
        raise Unknown(name, f"{text} has builds on {', '.join(channels)}: name the channel")
    days = {build.build_day for build in builds}
    first = builds[0]
    if len(days) > 1 or (first.build_day is None and len(builds) > 1):
        names = ", ".join(sorted({build.version for build in builds}))
        raise Unknown(name, f"{text} has builds of several versions ({names}): name one of them")
    label = first.version if first.build_day is None else f"{first.version} of {first.build_day}"
    ids = [build.product_version_id for build in builds]
    return Side(label, first.release_channel, ids, first.build_day, first.first)


def is_too_few(installs: int, crashes: int) -> bool:
    """Say whether so few installs cannot be those of so many crashes."""
    return 0 < installs < crashes * TOO_FEW


def read(db: Connection, side: Side, start: date, end: date) -> list[BuildDay]:
    """Return the days [start, end) of a side."""
    return by_build.days(db, side.versions, side.build_day, start, end)


def pair(
    old: Sequence[BuildDay], new: Sequence[BuildDay], later: timedelta = timedelta(0)
) -> Paired:
    """Pair the days of both builds by system; *later*: by how much the new one's days are moved.

    Where installs are not reported by system, all systems of a day are one cell.
    """
    if not (_is_by_system(old) and _is_by_system(new)):
        old, new = _together(old), _together(new)
    rates = [_throttles(days) for days in (old, new)]
    usual = [_throttle(days) for days in (old, new)]
    shared = usual[0] or usual[1] or 1.0
    before = {(day.day, day.os): day for day in old}
    pairs = []
    for day in new:
        other = before.get((day.day - later, day.os))
        if other is None or not (day.adi and other.adi):
            continue
        exposures = [
            cell.adi * (rate.get(cell.day) or default or shared)
            for cell, rate, default in zip((other, day), rates, usual, strict=True)
            if cell.adi
        ]
        pairs.append(Pair(day.os, other, day, exposures[0], exposures[1]))
    missing = {"old": _without_adi(old), "new": _without_adi(new)}
    without = sum(day.crash_count for day in (*old, *new) if not day.adi)
    return Paired(pairs, missing, without)


def days_in_words(days: Sequence[date]) -> str:
    """Name up to two days, or the first and how many more."""
    if len(days) <= 2:
        return " and ".join(map(str, days))
    return f"{days[0]} and {plural(len(days) - 1, 'more day')}"


def _is_by_system(days: Sequence[BuildDay]) -> bool:
    systems = {day.os for day in days if day.adi}
    return systems != {OTHER}


def _together(days: Sequence[BuildDay]) -> list[BuildDay]:
    return [_sum(of_day) for of_day in _by_day(days).values()]


def _by_day(days: Sequence[BuildDay]) -> dict[date, list[BuildDay]]:
    by_day: dict[date, list[BuildDay]] = {}
    for day in days:
        by_day.setdefault(day.day, []).append(day)
    return by_day


def _sum(days: Sequence[BuildDay]) -> BuildDay:
    installs = [day.installs for day in days if day.installs is not None]
    adi = [day.adi for day in days if day.adi is not None]
    return BuildDay(
        days[0].day,
        ALL,
        sum(day.crash_count for day in days),
        sum(day.estimated_count for day in days),
        sum(installs) if len(installs) == len(days) else None,
        sum(adi) if adi else None,
    )


def _throttles(days: Sequence[BuildDay]) -> dict[date, float | None]:
    return {day: _throttle(of_day) for day, of_day in _by_day(days).items()}


def _throttle(days: Sequence[BuildDay]) -> float | None:
    """Return the share of crashes that was processed; None without a crash."""
    crashes = sum(day.crash_count for day in days)
    estimated = sum(day.estimated_count for day in days)
    return crashes / estimated if crashes and estimated else None


def _without_adi(days: Sequence[BuildDay]) -> list[date]:
    """Return the days with crashes and without any ADI."""
    with_adi = {day.day for day in days if day.adi is not None}
    return sorted({day.day for day in days if day.crash_count} - with_adi)
