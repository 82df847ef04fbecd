"""Words and days as titles and notes write them."""

from datetime import UTC, date, datetime, timedelta


def today() -> date:
    """Return today's date, UTC."""
    return datetime.now(UTC).date()


def period(start: date, end: date) -> str:
    """Return the UTC days [start, end) in words; the running day is "so far"."""
    last = end - timedelta(days=1)
    text = f"{last}" if last == start else f"{start} to {last}"
    return f"{text} (so far)" if last == today() else text


def midnight(day: date) -> datetime:
    """Return the moment at which a day begins, UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def three_digits(value: float) -> str:
    """Write a number with three digits, with zeros at its end: both ends of a range look alike."""
    return f"{value:#.3g}".rstrip(".")


def plural(count: int, what: str) -> str:
    """Return a count with its noun: 1 crash, 2,000 crashes."""
    ending = "" if count == 1 else "es" if what.endswith("h") else "s"
    return f"{count:,} {what}{ending}"


def percent(share: float, digits: int = 1) -> str:
    """Return a share of 1 as text: 2.0 %."""
    return f"{share * 100:.{digits}f} %"
