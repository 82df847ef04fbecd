"""The list of checks: each a function with a name, which tries something and says figures."""

import importlib
import pkgutil
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

import tests.ops


class Missing(Exception):
    """A program that a check cannot do without is not on this machine: the check fails."""


@dataclass
class Figures:
    """What a check measured, in the order of saying."""

    said: list[str] = field(default_factory=list)

    def say(self, name: str, value: float | str, unit: str = "") -> None:
        """Add a figure, like ("restored", 100000, "crashes")."""
        if isinstance(value, str):
            shown = value
        else:
            shown = f"{value:,.3g}" if isinstance(value, float) else f"{value:,}"
        self.said.append(f"{name} {shown} {unit}".rstrip())


Act = Callable[[Figures], None]


@dataclass(frozen=True)
class Check:
    """One check; *needs* names programs, *root* says that only root can do it."""

    name: str
    act: Act
    quick: bool
    needs: tuple[str, ...]
    root: bool

    @property
    def sentence(self) -> str:
        """What holds when the check passes."""
        return (self.act.__doc__ or "").strip().partition("\n")[0]

    def require(self) -> None:
        """Raise `Missing` unless all programs are on this machine."""
        path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
        missing = [need for need in self.needs if not shutil.which(need, path=path)]
        if missing:
            raise Missing(f"{', '.join(missing)} missing: run tests/ops/install-tools as root")


_checks: list[Check] = []


def check(
    name: str, *, quick: bool = False, needs: Sequence[str] = (), root: bool = False
) -> Callable[[Act], Act]:
    """Declare the decorated function as a check; *quick* ones take a few seconds at most."""

    def declare(act: Act) -> Act:
        _checks.append(Check(name, act, quick, tuple(needs), root))
        return act

    return declare


def checks() -> list[Check]:
    """Return all checks of all modules here, by module and place."""
    for module in sorted(pkgutil.iter_modules(tests.ops.__path__), key=lambda info: info.name):
        if module.name != "__main__":
            importlib.import_module(f"tests.ops.{module.name}")
    return list(_checks)


def chosen(patterns: Sequence[str], quick: bool) -> list[Check]:
    """Return the checks that match any of the *patterns*, or all; of these the quick ones."""
    return [
        one
        for one in checks()
        if (one.quick or not quick)
        and (not patterns or any(fnmatchcase(one.name, pattern) for pattern in patterns))
    ]
