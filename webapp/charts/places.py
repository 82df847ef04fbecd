"""The x axis: days, hours, whole numbers or names, without holes, and a label for some of them."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, NamedTuple

Place = date | int | str  # a datetime is an hour

MOST_PLACES: Final = 1000  # the last so many are drawn
_MOST_LABELS: Final = 14
_NARROW: Final = 300  # px of the axis on the narrowest screen, for labels
_CHARACTER: Final = 7  # px
_BESIDE: Final = 12  # px that a label may reach below the numbers of the y axis
_DAY_STEPS: Final = (1, 2, 7, 14, 28)
_MONTH_STEPS: Final = (1, 2, 3, 6, 12)
_HOUR_STEPS: Final = (1, 2, 3, 6, 12, 24, 48, 72)
_LONGEST_LABEL: Final = 14
EDGE: Final = 1.6  # percent of the width: a label nearer to an end is not centred


class Label(NamedTuple):
    """A label of the axis: *x* in percent of the width, *anchor* as SVG has it."""

    x: float
    text: str
    anchor: str
    folds: bool  # narrow screens leave it out


def fill(at: Sequence[Place]) -> list[Place]:
    """Return the places from the first to the last, those between them too; names as they are."""
    if not at:
        return []
    if isinstance(at[0], str):
        return list(dict.fromkeys(at))[-MOST_PLACES:]
    last: Any = max(at)
    step: Any = 1
    if isinstance(last, date):
        step = timedelta(hours=1) if isinstance(last, datetime) else timedelta(days=1)
    count = min((last - min(at)) // step, MOST_PLACES - 1)
    return [last - step * back for back in range(count, -1, -1)]


def middle(index: int, count: int) -> float:
    """Return the middle of a place in percent of the width."""
    return round((index + 0.5) * 100 / count, 3)


def heading(places: Sequence[Place]) -> str:
    """Return what the places are, as the table under the chart has it."""
    if places and isinstance(places[0], datetime):
        return "Hour, UTC"
    return "Day, UTC" if places and isinstance(places[0], date) else ""


def name(place: Place) -> str:
    """Write a place in full: 2026-11-23, 2026-11-23 14:00."""
    if isinstance(place, datetime):
        return f"{place:%Y-%m-%d %H:%M}"
    return str(place)


def short_name(place: Place, axis: str = "") -> str:
    """Write a place for its tooltip: 14:00 UTC, 2026-11-23, or after *axis* its number or name."""
    if isinstance(place, datetime):
        return f"{place:%H:%M} UTC"
    return f"{place}" if isinstance(place, date) or not axis else f"{axis} {place}"


def labels(places: Sequence[Place]) -> list[Label]:
    """Choose which places have a label, at most 14, at round ones."""
    write = _labelling(places)
    texts = [(index, text) for index, place in enumerate(places) if (text := write(index, place))]
    widest = max((len(text) + 2 for _, text in texts), default=1)
    step = -(-len(texts) * widest * _CHARACTER // _NARROW) or 1
    # A long one at the first place would reach far below the y axis on narrow screens.
    half = (widest - 2) * _CHARACTER / 2
    left = middle(texts[0][0], len(places)) * _NARROW / 100 - half if texts else 0
    first = step // 2 if left < -_BESIDE else 0
    return [
        _label(middle(index, len(places)), text, number % step != first)
        for number, (index, text) in enumerate(texts)
    ]


def _label(x: float, text: str, folds: bool) -> Label:
    anchor = "start" if x < EDGE else "end" if x > 100 - EDGE else "middle"
    return Label(x, text, anchor, folds)


def _labelling(places: Sequence[Place]) -> Callable[[int, Place], str]:
    if not places or isinstance(places[0], str):
        return _of_names(len(places))
    if isinstance(places[0], datetime):
        return _of_hours(len(places))
    if isinstance(places[0], date):
        return _of_days(len(places))
    return _of_numbers(len(places))


def _of_days(count: int) -> Callable[[int, Place], str]:
    step = next((step for step in _DAY_STEPS if count <= step * _MOST_LABELS), 0)
    months = next(step for step in _MONTH_STEPS if count <= 28 * step * _MOST_LABELS)

    def write(index: int, place: Place) -> str:
        day = place if isinstance(place, date) else date.min
        if not step:
            return f"{day:%b %Y}" if day.day == 1 and (day.month - 1) % months == 0 else ""
        # Short spans count back from the last day, weeks begin on Mondays.
        is_round = (count - 1 - index if step < 7 else day.toordinal() - 1) % step == 0
        return f"{day.day} {day:%b}" if is_round else ""

    return write


def _of_hours(count: int) -> Callable[[int, Place], str]:
    step = next((step for step in _HOUR_STEPS if count <= step * _MOST_LABELS), _HOUR_STEPS[-1])

    def write(_index: int, place: Place) -> str:
        moment = place if isinstance(place, datetime) else datetime.min  # noqa: DTZ901
        if (moment.toordinal() * 24 + moment.hour) % step:
            return ""
        return f"{moment:%H:%M}" if step < 24 else f"{moment.day} {moment:%b}"

    return write


def _of_numbers(count: int) -> Callable[[int, Place], str]:
    steps = (digit * 10**power for power in range(4) for digit in (1, 2, 5))
    step = next(step for step in steps if count <= step * _MOST_LABELS)
    return lambda _index, place: "" if int(place) % step else f"{place}"  # type: ignore[arg-type]


def _of_names(count: int) -> Callable[[int, Place], str]:
    step = -(-count // (_MOST_LABELS // 2)) or 1

    def write(index: int, place: Place) -> str:
        text = str(place)
        cut = text if len(text) <= _LONGEST_LABEL else f"{text[: _LONGEST_LABEL - 1]}…"
        return "" if index % step else cut

    return write
