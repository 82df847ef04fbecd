"""What a check finds, and how checks are declared."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, NamedTuple

from cli.doctor.machine import Machine
from socorro.health.facts import Level

WORDS: Final = {Level.OK: "ok", Level.WARNING: "warning", Level.CRITICAL: "problem"}
SUBJECTS: Final = {  # in the order of the report
    "python": "Python and packages",
    "settings": "Settings",
    "ports": "Ports",
    "files": "Folders of the home",
    "secrets": "Secrets",
    "limits": "Limits of the machine",
    "disks": "Disks",
    "spool": "Spool",
    "store": "Crash store",
    "postgres": "Postgres",
    "schema": "Database schema",
    "queue": "Job queue",
    "clock": "Clock",
    "proxies": "Proxies, and who may reach what",
    "certificates": "Certificates",
    "walkers": "Stack walkers",
    "symbols": "Symbol servers",
    "search": "Search",
    "cache": "Cache",
    "mail": "Mail server",
    "leftovers": "Leftovers",
}


class Finding(NamedTuple):
    """What a check says: a sentence, and how to fix it; *fix* is "" for what is ok."""

    level: Level
    text: str
    fix: str = ""


Look = Callable[[Machine], Iterator[Finding]]


@dataclass(frozen=True)
class Check:
    """One check. *look* may raise: then it could not be done, which is a warning."""

    subject: str
    name: str
    look: Look

    @property
    def sentence(self) -> str:
        """What holds when the check finds nothing."""
        return (self.look.__doc__ or "").strip().partition("\n")[0]


_checks: list[Check] = []


def check(subject: str) -> Callable[[Look], Look]:
    """Declare the decorated function as a check of *subject*."""

    def declare(look: Look) -> Look:
        name = look.__name__.replace("_", " ")
        _checks.append(Check(subject, name, look))
        return look

    return declare


def declared() -> list[Check]:
    """Return the checks that were declared so far, by subject."""
    order = list(SUBJECTS)
    return sorted(_checks, key=lambda one: order.index(one.subject))


def ok(text: str) -> Finding:
    """Return that something is as it should be."""
    return Finding(Level.OK, text)


def warning(text: str, fix: str) -> Finding:
    """Return what somebody should look at."""
    return Finding(Level.WARNING, text, fix)


def problem(text: str, fix: str) -> Finding:
    """Return what keeps crashes from getting through, or is about to."""
    return Finding(Level.CRITICAL, text, fix)
