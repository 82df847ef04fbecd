"""Each of many builds against the build before it on its channel: rate, ratio, interval, verdict.

A build is compared on the days on which both were used, of the first four weeks of the new one: the
verdict is that of Gate and of the alerts. It may be asked again every hour.
"""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from socorro.postgres import Connection
from socorro.queries import build_units as query
from socorro.queries.build_units import Key, Span, Unit
from socorro.questions import build_sides, gates
from socorro.questions.selection import Selection

if TYPE_CHECKING:
    from socorro.stats.gate_table import Judged

WATCHED: Final = timedelta(days=28)  # of a version; builds of a day have active installs for a week
BEFORE: Final = timedelta(days=28)  # in which the build before a nightly is searched
NOT_ENOUGH: Final = "not enough data yet"


class Compared(NamedTuple):
    """A build against the one before; *judged* is None without a day with ADI of both."""

    new: Unit
    old: Unit
    judged: "Judged | None"
    has_installs: bool

    @property
    def verdict(self) -> str | None:
        """Worse, not worse, not enough data yet; None: they cannot be compared."""
        if self.judged is None:
            return None
        return NOT_ENOUGH if self.judged.outcome == "not enough data" else self.judged.outcome


class Builds(NamedTuple):
    """What is known of builds that can be compared."""

    units: Mapping[Key, Unit]
    rates: Mapping[Key, query.Rate]
    compared: Mapping[Key, Compared]


def read(
    db: Connection, selection: Selection, keys: Sequence[Key], channels: Sequence[str]
) -> Builds:
    """Return rates on the days of the selection, and verdicts, of some units of its product."""
    keys = list(dict.fromkeys(keys))
    first = min((key.built for key in keys if key.built), default=selection.start)
    units = query.units(
        db, [selection.product], sorted(set(channels)), first - BEFORE, selection.end
    )
    by_key = {unit.key: unit for unit in units}
    used = [key for key in keys if key in by_key]
    before = previous(units)
    pairs = [(by_key[key], before[key]) for key in used if key in before]
    rates = query.rates(db, used, selection.start, selection.end)
    return Builds(by_key, rates, {pair[0].key: done for pair, done in _compare(db, pairs)})


def previous(units: Sequence[Unit]) -> dict[Key, Unit]:
    """Return the unit before each one on its channel; *units* come with the newest first."""
    before: dict[Key, Unit] = {}
    later: dict[tuple[str, str, bool], list[Unit]] = {}
    for unit in units:
        waiting = later.setdefault((unit.product, unit.release_channel, unit.is_by_day), [])
        if waiting and waiting[0].first > unit.first:
            before |= dict.fromkeys((one.key for one in waiting), unit)
            waiting.clear()
        waiting.append(unit)
    return before


def _compare(
    db: Connection, pairs: Sequence[tuple[Unit, Unit]]
) -> list[tuple[tuple[Unit, Unit], Compared]]:
    from socorro.stats import gate_table

    days = query.days(db, [span for new, old in pairs for span in _spans(new, old)])
    paired = [build_sides.pair(old, new) for new, old in zip(days[::2], days[1::2], strict=True)]
    usable = [place for place, pair in enumerate(paired) if pair.pairs]
    judged = gate_table.judge_all(
        [gates.cells(paired[place]) for place in usable],
        [gates.least_dispersion(paired[place]) for place in usable],
        gates.MARGIN,
    )
    verdicts = dict(zip(usable, judged, strict=True))
    return [
        ((new, old), Compared(new, old, verdicts.get(place), paired[place].has_installs))
        for place, (new, old) in enumerate(pairs)
    ]


def _spans(new: Unit, old: Unit) -> tuple[Span, Span]:
    end = new.first + WATCHED
    return Span(new.key, new.first, end), Span(old.key, new.first, end)
