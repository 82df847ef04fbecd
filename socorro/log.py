"""Log: one text line per event. Never a URL, an e-mail address or a comment of a user."""

import logging
import sys
from typing import Any, cast

import structlog
from structlog.typing import EventDict, FilteringBoundLogger, WrappedLogger

LEVELS = {name: getattr(logging, name.upper()) for name in ("debug", "info", "warning", "error")}


def get(**bound: Any) -> FilteringBoundLogger:
    """Return a logger that adds *bound* to each of its events."""
    return cast(FilteringBoundLogger, structlog.get_logger(**bound))


def set_up(service: str, style: str = "json", level: str = "info") -> None:
    """Write events of *service* to stderr, as *style* "console" (for people) or "json"."""

    def name_service(_log: WrappedLogger, _method: str, event: EventDict) -> EventDict:
        return {"service": service, **event}

    last: Any = structlog.processors.JSONRenderer()
    if style == "console":
        last = _console_text
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            name_service,
            last,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(LEVELS[level]),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )


def _console_text(_log: WrappedLogger, _method: str, event: EventDict) -> str:
    """Return `14:05:11 collector  crash spooled  crash_id=… bytes=…`."""
    when = str(event.pop("timestamp"))[11:19]
    service, level = event.pop("service"), event.pop("level")
    text, trace = event.pop("event"), event.pop("exception", None)
    mark = "" if level == "info" else f"{level.upper()}: "
    rest = " ".join(f"{key}={value}" for key, value in event.items())
    shown = f"{when} {service:<10} {mark}{text}" + (f"  {rest}" if rest else "")
    return f"{shown}\n{trace}" if trace else shown
