"""When it crashed, and for how long it had been running and installed."""

from datetime import UTC, datetime, timedelta

from processor.pipeline import Change, View, rule

LONGEST = 2**31 - 1  # seconds: what a column takes, 68 years
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)  # older clocks are wrong: 1601, 1904, 1970
AHEAD = timedelta(days=2)  # clocks may be ahead of ours, and time zones get mixed up


@rule(reads=("CrashTime", "timestamp", "submitted"), writes=("crash_time", "client_crash_date"))
def crash_time(crash: View) -> Change:
    """Tell when the client says it crashed; when that is nonsense, when it was submitted."""
    submitted: datetime = crash.value("submitted")
    told = _epoch(crash, "CrashTime", submitted)
    if told is None and crash.text("CrashTime") is None:
        told = _epoch(crash, "timestamp", submitted)
    if told is None:
        crash.note("no client crash date: time of submission taken")
        told = int(submitted.timestamp())
    when = datetime.fromtimestamp(told, UTC)
    return {"crash_time": told, "client_crash_date": when.isoformat()}


@rule(
    reads=("StartupTime", "InstallTime", "UptimeTS", "crash_time", "submitted"),
    writes=("startup_time", "uptime", "install_age"),
)
def ages(crash: View) -> Change:
    """Count the seconds from startup and from installation to the crash.

    UptimeTS, which newer clients send, is measured, not reckoned: it wins.
    """
    submitted: datetime = crash.value("submitted")
    crashed = crash.integer("crash_time")
    started = _epoch(crash, "StartupTime", submitted)
    installed = _epoch(crash, "InstallTime", submitted)
    uptime = _seconds(crash, "UptimeTS")
    if uptime is None:
        uptime = _span(crash, "StartupTime", started, crashed)
    return {
        "startup_time": started,
        "uptime": uptime,
        "install_age": _span(crash, "InstallTime", installed, crashed),
    }


@rule(reads=("SecondsSinceLastCrash",), writes=("last_crash",))
def last_crash(crash: View) -> Change:
    """Tell how many seconds ago the same installation had crashed before."""
    return {"last_crash": _seconds(crash, "SecondsSinceLastCrash")}


def _epoch(crash: View, name: str, submitted: datetime) -> int | None:
    """Return the seconds since 1970 in an annotation, unless no clock could show them."""
    told = (crash.text(name) or "").strip()
    if not told:
        return None
    whole = told.partition(".")[0]
    if not (whole.isascii() and whole.isdigit()):
        crash.note(f"{name} is not a number of seconds")
        return None
    seconds = int(whole[:18])
    if not EARLIEST.timestamp() <= seconds <= (submitted + AHEAD).timestamp():
        crash.note(f"{name} is absurd: {seconds}")
        return None
    return seconds


def _seconds(crash: View, name: str) -> int | None:
    """Return a number of seconds in an annotation, unless nothing lasts that long."""
    told = (crash.text(name) or "").strip()
    if not told:
        return None
    whole = told.partition(".")[0]
    if not (whole.removeprefix("-").isdigit() and whole.isascii()):
        crash.note(f"{name} is not a number of seconds")
        return None
    seconds = int(whole[:18])
    if not 0 <= seconds <= LONGEST:
        crash.note(f"{name} is {'negative' if seconds < 0 else 'absurd'}: {seconds}")
        return None
    return seconds


def _span(crash: View, name: str, start: int | None, end: int | None) -> int | None:
    if start is None or end is None:
        return None
    if start > end:
        crash.note(f"{name} is {start - end} seconds after the crash: taken as 0")
        return 0
    return min(end - start, LONGEST)
