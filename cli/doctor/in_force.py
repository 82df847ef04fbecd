"""Checks of what is in force for safety: those of `socorro config check`, by subject."""

from collections.abc import Callable, Iterable, Iterator
from functools import wraps

from cli import config_check
from cli.config_check import Facts
from cli.doctor.machine import Machine
from cli.doctor.report import Finding, check, ok, warning

FIX = "docs/security.md says what this stops and how it is set"
_SUBJECTS = {
    "walkers": config_check.check_walkers,
    "postgres": config_check.check_postgres,
    "secrets": config_check.check_secrets,
    "proxies": config_check.check_proxies,
    "certificates": config_check.check_https,
    "disks": config_check.check_disks,
    "settings": config_check.check_names,
}
_MORE = {
    "secrets": config_check.check_passwords,
    "proxies": config_check.check_listening,
    "settings": config_check.check_debug,
}


def _declare(
    subject: str, look: Callable[[Facts], Iterable[config_check.Finding]], fix: str = FIX
) -> None:
    @check(subject)
    @wraps(look)
    def in_force(machine: Machine) -> Iterator[Finding]:
        if machine.facts is None:
            return
        nothing = True
        for finding in look(machine.facts):
            nothing = False
            if finding.state == "warning":
                yield _split(finding.text, fix)
            else:
                yield ok(f"not checked: {finding.text}")
        if nothing:
            yield ok((look.__doc__ or "").partition("\n")[0].partition(":")[0].rstrip("."))


def _split(text: str, fix: str) -> Finding:
    """Return a finding; what follows a colon as an instruction is how to fix it."""
    before, colon, after = text.rpartition(": ")
    instructs = after.startswith(("use ", "give ", "chmod ", "set ", "draw "))
    return warning(before, after) if colon and instructs else warning(text, fix)


for _table in (_SUBJECTS, _MORE):
    for _subject, _look in _table.items():
        _declare(_subject, _look)
