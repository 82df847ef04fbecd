"""Overview: how much products crash, and whether that changed since the day before."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, Final, NamedTuple

from socorro.postgres import Connection
from socorro.queries import crash_rate as query
from socorro.queries import versions
from socorro.queries.crash_rate import CrashRate
from socorro.questions import columns, parameters
from socorro.questions.day_changes import ONE_DAY, REACH, Change, change
from socorro.questions.interface import Answer, Note, Question
from socorro.questions.notes import explain_empty, notes
from socorro.questions.selection import Selection, select

TREND: Final = 28  # days of a series
Rates = Mapping[date, CrashRate]


class Line(NamedTuple):
    """What a row is about: a product, a channel of it, or a version; and its rates by day."""

    product: str
    channel: str | None
    version: str | None
    rates: Rates
    first_build: date | None = None


def answer(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return a row for each product; of one product, for all of it, its channels and versions."""
    if not values["product"] and not values["version"]:
        return _products(db, values)
    selection = _day(db, values)
    day = selection.end - ONE_DAY
    lines = _lines(db, selection, values["limit"])
    if not lines:
        empty = explain_empty(db, selection)
        return Answer(_title(selection.label, day), [], {**selection.metadata, "day": day}, empty)
    first = _change(lines[0], day, selection.label)
    return Answer(
        title=_title(selection.label, day),
        rows=[_row(line, _change(line, day, selection.label)) for line in lines],
        about={**selection.metadata, "day": day, "comparison": first.numbers},
        notes=[*_sentences(first), *notes(db, selection)],
    )


def _products(db: Connection, values: Mapping[str, Any]) -> Answer:
    """Return a row for each product that ever crashed, those with most crashes first.

    Any client may name a new product, so those that pages list first are read, up to the limit.
    """
    rows: list[list[Any]] = []
    last: date | None = None
    for product in versions.products(db):
        if len(rows) == values["limit"]:
            break
        selection = _day(db, {**values, "product": product})
        day = selection.end - ONE_DAY
        lines = _total(db, selection)
        if lines:
            last = max(last or day, day)
            rows.append(_row(lines[0], _change(lines[0], day, product)))
    rows.sort(key=lambda row: (-row[PLACES["estimated_count"]], row[0]))
    everything = select(db, {**values, "days": 1})
    more = notes(db, everything) if rows else explain_empty(db, everything)
    title = _title("products", last or everything.start)
    return Answer(title, rows, {"product": None, "day": last}, more)


def _day(db: Connection, values: Mapping[str, Any]) -> Selection:
    """Return one day: the named one, or the last that is over and has crashes."""
    to = values["day"] and values["day"] + ONE_DAY
    return select(db, {**values, "days": 1, "to": to})


def _title(label: str, day: date) -> str:
    return f"Overview: {label}, {day}"


def _total(db: Connection, selection: Selection) -> list[Line]:
    start = selection.start - REACH
    rates = query.crash_rate(db, selection.versions, start, selection.end)
    return [Line(selection.product, None, None, {rate.day: rate for rate in rates})] * bool(rates)


def _lines(db: Connection, selection: Selection, most: int) -> list[Line]:
    """Return all of a product, then each channel with its versions, most crashes first.

    Versions are read, the others are their sums: that takes a third of the time.
    """
    start, day = selection.start - REACH, selection.end - ONE_DAY
    rates = query.crash_rate(
        db, selection.versions, start, selection.end, split="version and channel"
    )
    if not rates:
        return []
    of_channel = _summed(rates, lambda rate: rate.channel or "")
    of_version = _summed(rates, lambda rate: (rate.channel or "", rate.version or ""))
    channels = _most(of_channel, day, most)
    kept = set(_most(of_version, day, max(0, most - 1 - len(channels))))
    built = {(one.release_channel, one.version): one.build_date for one in selection.versions}
    lines = [Line(selection.product, None, None, _summed(rates, lambda _: None)[None])]
    for channel in channels:
        lines.append(Line(selection.product, channel, None, of_channel[channel]))
        lines += [
            Line(selection.product, channel, key[1], of_version[key], built.get(key))
            for key in _most(of_version, day, most)
            if key[0] == channel and key in kept
        ]
    return lines[:most]


def _summed(
    rates: Iterable[CrashRate], key: Callable[[CrashRate], Any]
) -> dict[Any, dict[date, CrashRate]]:
    """Return rates by a key and by day; those of the same day are added up."""
    groups: dict[Any, dict[date, list[CrashRate]]] = defaultdict(lambda: defaultdict(list))
    for rate in rates:
        groups[key(rate)][rate.day].append(rate)
    return {
        name: {day: add_up(day, of_day) for day, of_day in by_day.items()}
        for name, by_day in groups.items()
    }


def add_up(day: date, rates: Sequence[CrashRate]) -> CrashRate:
    """Return the rate of several versions together, as crash_rate() does; without installs."""
    estimated = sum(rate.estimated_count for rate in rates)
    reports = sum(rate.crash_count for rate in rates)
    rated = sum(rate.rated_estimated for rate in rates)
    installs = [rate.adi for rate in rates if rate.adi is not None]
    adi = sum(installs) if installs else None
    return CrashRate(
        day,
        None,
        None,
        None,
        reports,
        estimated,
        adi,
        sum(rate.without_adi for rate in rates),
        round(rated * 100 / adi, 3) if adi else None,
        reports / estimated if estimated else None,
        sum(rate.rated_count for rate in rates),
        rated,
    )


def _most(rates: Mapping[Any, Rates], day: date, most: int) -> list[Any]:
    """Return the keys with crashes or installs on a day, most crashes first."""
    on_day = {key: by_day[day].estimated_count for key, by_day in rates.items() if day in by_day}
    return sorted(on_day, key=lambda key: (-on_day[key], key))[:most]


def _change(line: Line, day: date, what: str) -> Change:
    return change(line.rates, day, what)


def _sentences(compared: Change) -> Iterator[Note]:
    yield Note("no_adi" if compared.missing else "comparison", compared.sentence)
    if compared.sentence_of_crashes:
        yield Note("comparison", compared.sentence_of_crashes)


def _row(line: Line, compared: Change) -> list[Any]:
    now, numbers = compared.now, compared.numbers
    weekday: Any = numbers["same_weekday"]
    series, low, high = _series(line, now.day)
    values = {
        "product": line.product,
        "channel": line.channel,
        "version": line.version,
        "first_build": line.first_build,
        "day": now.day,
        "adi": now.adi,
        "estimated_count": now.estimated_count,
        "crash_count": now.crash_count,
        "rate": now.rate,
        "before_rate": compared.before.rate,
        "before_estimated": compared.before.estimated_count,
        "compared": numbers["of"],
        "verdict": numbers["verdict"],
        "ratio": numbers["ratio"],
        "low": numbers.get("low"),
        "high": numbers.get("high"),
        "usual": numbers.get("usual"),
        "weekday_ratio": weekday["ratio"],
        "weekday_low": weekday.get("low"),
        "weekday_high": weekday.get("high"),
        "series": series,
        "series_low": low,
        "series_high": high,
    }
    return [values[column.name] for column in COLUMNS]


def _series(
    line: Line, day: date
) -> tuple[list[float | None], list[float | None], list[float | None]]:
    """Return rates of TREND days, or crashes if no day has ADI, and the ends of the intervals."""
    days = [day - back * ONE_DAY for back in reversed(range(TREND))]
    rates = [line.rates.get(one) for one in days]
    if not any(rate and rate.adi for rate in rates):
        return [rate.estimated_count if rate else None for rate in rates], [], []
    series = [rate.rate if rate and rate.adi else None for rate in rates]
    if line.version is not None:
        return series, [], []
    ends = [_ends(rate) for rate in rates]
    return series, [end and end[0] for end in ends], [end and end[1] for end in ends]


def _ends(rate: CrashRate | None) -> tuple[float, float] | None:
    """Return the 95 % interval of a rate, from the crashes that were processed."""
    from socorro.stats.weighted import of_sums

    if rate is None or not rate.adi or not rate.rated_count:
        return None
    estimate = rate.rated_estimated
    _, low, high = of_sums(estimate, estimate**2 / rate.rated_count)
    return round(low * 100 / rate.adi, 3), round(high * 100 / rate.adi, 3)


COLUMNS = (
    columns.text("product", "Product"),
    columns.text("channel", "Release channel; null: all of the product", nullable=True),
    columns.text("version", "Version; null: all of the channel", nullable=True),
    columns.day("first_build", "Date of the version's first build", nullable=True),
    columns.day("day", "UTC day that is compared"),
    columns.count("adi", "Active daily installs; null: missing", nullable=True),
    columns.number("estimated_count", "Crashes, corrected for sampling; a hang pair counts once"),
    columns.count("crash_count", "Processed crashes; a hang pair counts once"),
    columns.number("rate", "Estimated crashes per 100 ADI; null: no ADI", nullable=True),
    columns.number("before_rate", "The rate of the day before", nullable=True),
    columns.number("before_estimated", "Estimated crashes of the day before"),
    columns.text("compared", "What the ratios are of: rates, or crashes where ADI is missing"),
    columns.text(
        "verdict",
        "up, down or no measurable change since the day before; above usual or below usual, where "
        "the usual step between these days of the week is larger or smaller than this one",
        nullable=True,
    ),
    columns.number("ratio", "Day / day before; null: unknown", nullable=True),
    columns.number("low", "Lower end of its 95 % interval", nullable=True),
    columns.number("high", "Upper end of its 95 % interval; null: no limit", nullable=True),
    columns.number("usual", "Usual ratio between these days of the week", nullable=True),
    columns.number("weekday_ratio", "Day / same weekday of the week before", nullable=True),
    columns.number("weekday_low", "Lower end of its 95 % interval", nullable=True),
    columns.number("weekday_high", "Upper end of its 95 % interval", nullable=True),
    columns.numbers(
        "series", f"Rates of {TREND} days, crashes if none of them has ADI; the oldest first"
    ),
    columns.numbers("series_low", "Lower ends of their 95 % intervals; not of versions"),
    columns.numbers("series_high", "Upper ends"),
)
PLACES: Final = {column.name: place for place, column in enumerate(COLUMNS)}
QUESTION = Question(
    name="Overview",
    command="overview",
    summary="How much products crash, against the day before",
    description=(
        "One row for each product; with product, one for all of it, each channel, and the versions "
        "that crash most. The ratio of a day to the day before is of crashes per 100 ADI (active "
        "daily installs), of crashes where ADI is missing; up and down are said beyond what days "
        "always differ by (docs/statistics.md). The day is the last one that is over."
    ),
    parameters=(
        parameters.PRODUCT_OR_ALL,
        parameters.VERSION,
        parameters.CHANNEL,
        parameters.day("day", "UTC day; default: the last one that is over and has crashes"),
        parameters.limit(30),
    ),
    columns=COLUMNS,
    answer=answer,
)
