"""The list of faults: each a function with a name, what it needs, and what it may do at most."""

import importlib
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from tests.faults.verdict import Expectation

if TYPE_CHECKING:
    from tests.faults.trial import Trial

# In the order of the table.
MODULES = (
    "kills",
    "away",
    "one_crash",
    "damage",
    "clocks",
    "walkers",
    "disks",
    "postgres",
    "hbase",
    "descriptors",
    "connections",
    "hostile",
    "power",
)

Act = Callable[["Trial"], None]
Stage = Callable[[Path], AbstractContextManager[Mapping[str, str]]]


class Need(NamedTuple):
    """A program, or a file, that a fault cannot do without, and Debian's package for it."""

    program: str
    package: str

    @property
    def is_met(self) -> bool:
        """Say whether it is on this machine."""
        if "/" in self.program:
            return any(Path("/").glob(self.program.lstrip("/")))
        return shutil.which(self.program) is not None


@dataclass(frozen=True)
class Fault:
    """One way to break the line.

    *settings* are environment variables of the line; a *stage* is set up around the line, gets
    its home before the line starts, and gives further variables. Faults with the same settings
    and no stage, or a *shared* one, share a line while nothing is broken for good.
    """

    name: str
    act: Act
    expectation: Expectation = field(default_factory=Expectation)
    posts: int = 20
    settings: Mapping[str, str] = field(default_factory=dict)
    stage: Stage | None = None
    shared: bool = False  # the stage, with other faults that have it
    needs: tuple[Need, ...] = ()
    root: bool = False
    quick: bool = False
    limit_seconds: float = 240.0  # for all of it

    @property
    def does(self) -> str:
        """What it does, in a sentence: the first line of the function's docstring."""
        return (self.act.__doc__ or "").strip().partition("\n")[0]

    @property
    def line_key(self) -> object:
        """Faults with equal keys may share a line."""
        return tuple(sorted(self.settings.items())), self.stage or ""

    def missing(self) -> list[Need]:
        """Return what is not on this machine."""
        return [need for need in self.needs if not need.is_met]

    def skip_reason(self) -> str:
        """Say why it cannot be tried here at all, "" when it can."""
        return "needs root" if self.root and os.geteuid() != 0 else ""


class Registry:
    """Faults by name, in order of declaration."""

    def __init__(self) -> None:
        self.faults: dict[str, Fault] = {}

    def add(self, fault: Fault) -> None:
        """Add a fault. Raises ValueError when its name is taken or it says nothing of itself."""
        if fault.name in self.faults:
            raise ValueError(f"two faults are called {fault.name}")
        if not fault.does:
            raise ValueError(f"{fault.name} has no docstring")
        self.faults[fault.name] = fault

    def select(self, patterns: Sequence[str] = (), quick: bool = False) -> list[Fault]:
        """Return the faults that match one of the *patterns*; without any, all, or the quick ones.

        Raises LookupError for a pattern that matches nothing.
        """
        for pattern in patterns:
            if not any(fnmatchcase(name, pattern) for name in self.faults):
                raise LookupError(f"no fault is called {pattern}: see --list")
        if patterns:
            return [
                fault
                for name, fault in self.faults.items()
                if any(fnmatchcase(name, pattern) for pattern in patterns)
            ]
        return [fault for fault in self.faults.values() if fault.quick or not quick]


REGISTRY = Registry()


def fault(name: str, **declared: object) -> Callable[[Act], Act]:
    """Declare a function as the fault *name*: the fields of Fault, and those of Expectation."""

    def declare(act: Act) -> Act:
        limits = {key: declared.pop(key) for key in tuple(declared) if key.endswith("_seconds")}
        total = {"limit_seconds": limits.pop("limit_seconds")} if "limit_seconds" in limits else {}
        expectation = Expectation(**limits)  # type: ignore[arg-type]
        REGISTRY.add(Fault(name, act, expectation, **declared, **total))  # type: ignore[arg-type]
        return act

    return declare


def load_all() -> Registry:
    """Import every module of faults, and return the registry."""
    for name in MODULES:
        importlib.import_module(f"tests.faults.{name}")
    REGISTRY.faults = dict(
        sorted(REGISTRY.faults.items(), key=lambda item: MODULES.index(_module(item[1])))
    )
    return REGISTRY


def _module(fault: Fault) -> str:
    return fault.act.__module__.rpartition(".")[2]


def in_line_order(faults: Sequence[Fault]) -> list[Fault]:
    """Return *faults* so that those which can share a line follow one another."""
    keys: list[object] = []
    for fault in faults:
        if fault.line_key not in keys:
            keys.append(fault.line_key)
    return sorted(faults, key=lambda fault: keys.index(fault.line_key))
