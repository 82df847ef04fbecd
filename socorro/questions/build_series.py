"""The builds of a channel in order, and how each of them crashes with one signature."""

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any, Final, Literal, NamedTuple

from socorro.postgres import Connection
from socorro.queries import by_build
from socorro.queries.by_build import Place, SignatureDay
from socorro.questions import columns
from socorro.questions.build_sides import is_too_few
from socorro.questions.interface import Note
from socorro.questions.selection import Selection
from socorro.questions.words import plural

DAYS: Final = 60
MOST_BUILDS: Final = 200  # the newest ones
LEAST_BUILDS: Final = 3  # with ADI, or ADI are not the base
Base = Literal["adi", "crashes"]


class Build(NamedTuple):
    """A build; *events* (installs that crashed, or crashes) happened on *exposure*.

    *exposure* is ADI summed over days times the share of crashes that is processed; without ADI it
    is what crashed in all. *build_id* is None when the release feed does not list the build.
    """

    build_id: str | None
    version: str
    build_date: date
    is_by_day: bool
    crash_count: int
    installs: int | None
    adi: int | None
    events: int
    exposure: float

    @property
    def label(self) -> str:
        """The build in a sentence: its build id, or its version."""
        if not self.is_by_day:
            return self.version
        return self.build_id or f"{self.version} of {self.build_date}"

    @property
    def rate(self) -> float | None:
        """Events per 1,000 active installs and day, or per 1,000 that crashed; None: not used."""
        return self.events * 1000 / self.exposure if self.exposure else None


class Series(NamedTuple):
    """Builds of a product and channel, oldest first."""

    place: Place
    builds: Sequence[Build]
    base: Base
    has_installs: bool
    throttle: float
    days_without_adi: int
    is_cut: bool

    @property
    def unit(self) -> str:
        """What a rate counts."""
        what = "installs that crash" if self.has_installs else "crashes"
        per = "active installs and day" if self.base == "adi" else f"{what} with any signature"
        return f"{what} per 1,000 {per}"

    def notes(self) -> list[Note]:
        """Return what the numbers lack."""
        notes = []
        if self.base == "crashes":
            text = (
                f"no ADI for {self.place.product} {self.place.channel}:"
                f" compared with its crashes with any signature"
            )
            notes.append(Note("no_adi", text))
        elif self.days_without_adi:
            text = f"{plural(self.days_without_adi, 'day')} of builds without ADI left out"
            notes.append(Note("no_adi", text))
        if not self.has_installs:
            text = "crashes are compared: installs were not counted, or their times are the same"
            notes.append(Note("no_installs", text))
        if self.is_cut:
            notes.append(Note("cut", f"the newest {len(self.builds)} builds only: narrow the days"))
        return notes


def places(
    db: Connection, selection: Selection, values: Mapping[str, Any]
) -> tuple[list[Place], list[Note]]:
    """Return where the signature crashed, most first, and a note about all but the first."""
    product = selection.product if values["product"] else None
    channel = values["channel"] and values["channel"].lower()
    everywhere = by_build.channels(
        db, values["signature"], product, channel, selection.start, selection.end
    )
    others = ", ".join(f"{place.product} {place.channel}" for place in everywhere[1:5])
    note = Note("other_channels", f"it also crashes on {others}: --channel chooses")
    return everywhere, [note] if others else []


def read(db: Connection, signature: str, place: Place, start: date, end: date) -> Series:
    """Return the builds that were made, or used, on the days [start, end)."""
    days = by_build.builds_with_signature(db, signature, place.product, place.channel, start, end)
    return series(place, days, by_build.build_ids(db, place.product, place.channel))


def series(
    place: Place, days: Sequence[SignatureDay], build_ids: Mapping[tuple[str, date], str]
) -> Series:
    """Make builds of their *days*, which come with the newest build first."""
    groups = [
        list(group)
        for _, group in groupby(days, key=lambda day: (day.version, day.build_date, day.is_by_day))
    ]
    is_cut = len(days) >= by_build.MOST_ROWS or len(groups) > MOST_BUILDS
    if len(days) >= by_build.MOST_ROWS:
        groups = groups[:-1] or groups  # the last one may lack days
    groups = groups[:MOST_BUILDS][::-1]
    with_adi = sum(any(day.adi for day in group) for group in groups)
    base: Base = "adi" if with_adi >= LEAST_BUILDS else "crashes"
    used = [[day for day in group if base == "crashes" or day.adi is not None] for group in groups]
    has_installs = all(None not in (day.installs, day.all_installs) for of in used for day in of)
    everything = [day for group in used for day in group]
    too_few = has_installs and is_too_few(
        sum(day.all_installs or 0 for day in everything),
        sum(day.all_crashes for day in everything),
    )
    has_installs = has_installs and not too_few
    throttle = _throttle(everything) or 1.0
    without_adi = sum(day.adi is None and day.all_crashes > 0 for of in groups for day in of)
    builds = [_build(group, build_ids, base, has_installs, throttle) for group in used if group]
    return Series(place, builds, base, has_installs, throttle, without_adi, is_cut)


def _build(
    days: Sequence[SignatureDay],
    build_ids: Mapping[tuple[str, date], str],
    base: Base,
    has_installs: bool,
    throttle: float,
) -> Build:
    first = days[0]
    crash_count = sum(day.crash_count for day in days)
    installs = sum(day.installs or 0 for day in days)
    if base == "adi":
        exposure = sum((day.adi or 0) * (_throttle([day]) or throttle) for day in days)
    else:
        exposure = float(sum((day.all_installs or 0) if has_installs else day.all_crashes
                             for day in days))  # fmt: skip
    return Build(
        build_ids.get((first.version, first.build_date)),
        first.version,
        first.build_date,
        first.is_by_day,
        crash_count,
        installs if has_installs else None,
        sum(day.adi or 0 for day in days) if base == "adi" else None,
        installs if has_installs else crash_count,
        exposure,
    )


def _throttle(days: Sequence[SignatureDay]) -> float | None:
    crashes = sum(day.all_crashes for day in days)
    estimated = sum(day.all_estimated for day in days)
    return crashes / estimated if crashes and estimated else None


COLUMNS = (
    columns.text("build_id", "First build id; null: the release feed lists none", nullable=True),
    columns.text("version", "Version"),
    columns.day("build_date", "Day of the build"),
    columns.count("crash_count", "Processed crashes with the signature"),
    columns.count("installs", "Installs of each day that crashed with it, summed", nullable=True),
    columns.count("adi", "Active daily installs, summed over days; null: missing", nullable=True),
    columns.number(
        "rate",
        "Installs that crash with it per 1,000 active installs and day; `base` and `unit` of the "
        "answer say when it is per 1,000 of all crashes, or of crashes",
        nullable=True,
    ),
)


def cells(build: Build) -> list[Any]:
    """Return the values of COLUMNS."""
    return [getattr(build, column.name) for column in COLUMNS]
