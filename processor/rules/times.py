"""The time of the crash, and how long the program had been running and installed."""

from datetime import UTC, datetime, timedelta

from processor.pipeline import Change, View, rule

LONGEST = 2**31 - 1  # seconds, 68 years: the largest value of the column
EARLIEST = datetime(1995, 1, 1, tzinfo=UTC)  # older clocks are wrong: 1601, 1904, 1970
AHEAD = timedelta(days=2)  # a client's clock may be ahead of ours, or in the wrong time zone


@rule(
    reads=("CrashTime", "timestamp", "submitted", "dump_written"),
    writes=("crash_time", "client_crash_date"),
)
def crash_time(crash: View) -> Change:
    """Give the client's time of the crash, else the minidump's, else the time of submission."""
    submitted: datetime = crash.value("submitted")
    seconds = _epoch(crash, "CrashTime", submitted)
    if seconds is None and crash.text("CrashTime") is None:
        seconds = _epoch(crash, "timestamp", submitted)
    if seconds is None:
        seconds = _plausible(crash.integer("dump_written"), submitted)
        if seconds is not None:
            crash.note("No crash time from the client; using the minidump's")
    if seconds is None:
        crash.note("No crash time from the client; using submission time")
        seconds = int(submitted.timestamp())
    crashed_at = datetime.fromtimestamp(seconds, UTC)
    return {"crash_time": seconds, "client_crash_date": crashed_at.isoformat()}


@rule(
    reads=(
        "StartupTime",
        "InstallTime",
        "UptimeTS",
        "ptime",
        "crash_time",
        "submitted",
        "dump_written",
        "process_started",
    ),
    writes=("startup_time", "uptime", "install_time", "install_age"),
)
def ages(crash: View) -> Change:
    """Count the seconds from startup and from installation to the crash.

    UptimeTS, which newer clients send, is measured and not computed from two clocks: it wins. Where
    no annotation gives the uptime, the minidump may.
    """
    submitted: datetime = crash.value("submitted")
    crashed = crash.integer("crash_time")
    started = _epoch(crash, "StartupTime", submitted)
    installed = _epoch(crash, "InstallTime", submitted)
    uptime = _seconds(crash, "UptimeTS")
    if uptime is None:
        uptime = _span(crash, "StartupTime", started, crashed)
    if uptime is None:
        uptime = _uptime_in_milliseconds(crash)
    if uptime is None:
        uptime = _uptime_of_process(crash, submitted)
    return {
        "startup_time": started,
        "uptime": uptime,
        "install_time": installed,
        "install_age": _span(crash, "InstallTime", installed, crashed),
    }


@rule(reads=("SecondsSinceLastCrash",), writes=("last_crash",))
def last_crash(crash: View) -> Change:
    """Give the seconds since the previous crash of the same installation."""
    return {"last_crash": _seconds(crash, "SecondsSinceLastCrash")}


def _uptime_in_milliseconds(crash: View) -> int | None:
    """Return the seconds in ptime, in which Breakpad's clients send milliseconds."""
    milliseconds = crash.integer("ptime")
    if milliseconds is None or not 0 <= milliseconds // 1000 <= LONGEST:
        return None
    return milliseconds // 1000


def _uptime_of_process(crash: View, submitted: datetime) -> int | None:
    """Return the seconds from the start of the process to the minidump, by its own clock."""
    written = _plausible(crash.integer("dump_written"), submitted)
    started = _plausible(crash.integer("process_started"), submitted)
    if written is None or started is None or started > written:
        return None
    return written - started


def _plausible(seconds: int | None, submitted: datetime) -> int | None:
    latest = (submitted + AHEAD).timestamp()
    is_plausible = seconds is not None and EARLIEST.timestamp() <= seconds <= latest
    return seconds if is_plausible else None


def _epoch(crash: View, name: str, submitted: datetime) -> int | None:
    """Return the seconds since 1970 in an annotation, unless they are out of range."""
    text = (crash.text(name) or "").strip()
    if not text:
        return None
    whole = text.partition(".")[0]
    if not (whole.isascii() and whole.isdigit()):
        crash.note(f"{name} is not a number of seconds")
        return None
    seconds = int(whole[:18])
    if not EARLIEST.timestamp() <= seconds <= (submitted + AHEAD).timestamp():
        crash.note(f"{name} out of range: {seconds}")
        return None
    return seconds


def _seconds(crash: View, name: str) -> int | None:
    """Return a number of seconds in an annotation, unless it is out of range."""
    text = (crash.text(name) or "").strip()
    if not text:
        return None
    whole = text.partition(".")[0]
    if not (whole.removeprefix("-").isdigit() and whole.isascii()):
        crash.note(f"{name} is not a number of seconds")
        return None
    seconds = int(whole[:18])
    if not 0 <= seconds <= LONGEST:
        crash.note(f"{name} out of range: {seconds}")
        return None
    return seconds


def _span(crash: View, name: str, start: int | None, end: int | None) -> int | None:
    if start is None or end is None:
        return None
    if start > end:
        crash.note(f"{name} is {start - end} seconds after the crash; using 0")
        return 0
    return min(end - start, LONGEST)
