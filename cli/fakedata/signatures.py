"""Signatures: few that crash much and a long tail, born and dying with versions."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Final

from cli.fakedata import words
from cli.fakedata.copy_text import cell

EVER: Final = 10**6
# Product -> signatures that it ever had, and how steeply their counts fall.
COUNTS: Final = {"Firefox": 9000, "Fenix": 2500, "Thunderbird": 2000, "SeaMonkey": 600}
STEEPNESS: Final = 1.02
PROCESSES: Final = {"parent": 46, "content": 42, "gpu": 6, "plugin": 3, "rdd": 3}
ALL_SYSTEMS: Final = frozenset({"Windows NT", "Mac OS X", "Linux", "Android"})
WHERE: Final = {
    ALL_SYSTEMS: 40,
    frozenset({"Windows NT", "Android"}): 42,
    frozenset({"Mac OS X"}): 9,
    frozenset({"Linux", "Android"}): 9,
}
# What is at the head of every product's list, and its weight against the first of the tail.
HEADS: Final = (
    ("OOM | small", 1.9, "parent"),
    ("shutdownhang | {0}", 0.9, "parent"),
    ("IPCError-browser | ShutDownKill | {0}", 1.2, "content"),
    ("OOM | large | {0}", 0.6, "content"),
    ("AsyncShutdownTimeout | profile-before-change | {1}", 0.5, "parent"),
    ("@0x0 | {0}", 0.4, "content"),
    ("{2}.dll@0x1f3c7 | {0}", 0.3, "parent"),
    ("stackoverflow | {0}", 0.3, "content"),
)
EMPTY: Final = (
    ("EMPTY: no crashing thread identified; EmptyMinidump", "EmptyMinidump", "f"),
    ("EMPTY: no crashing thread identified; HeaderMismatch", "HeaderMismatch", "f"),
    ("EMPTY: no frame data available", "OK", "t"),
)
SHAPES: Final = 6  # different sets of libraries under a crash
FILES: Final = {"Windows NT": "C:\\build\\src\\", "Mac OS X": "", "Linux": "", "Android": ""}


@dataclass(frozen=True, slots=True)
class Signature:
    """One bucket of crashes, with the parts of its rows that never change."""

    text: str
    process_type: str
    systems: frozenset[str]  # systems
    first_major: int
    last_major: int
    weight: float
    shape: int  # which libraries are on its stack
    reason: int  # its usual one, by number
    startup: bool
    head: str  # for COPY: signature, process_type, topmost_filenames, success, status, thread
    json: str  # for COPY: its part of `fields`, without braces
    module: str = ""  # a library of others that is always on its stack


@dataclass(frozen=True, slots=True)
class Table:
    """Signatures to draw from, by weight."""

    signatures: tuple[Signature, ...]
    sums: tuple[float, ...]

    @property
    def total(self) -> float:
        """The weight of all."""
        return self.sums[-1]


def table(signatures: Iterable[Signature], major: int, os_name: str) -> Table:
    """Return what one version may crash with on one system."""
    alive = tuple(
        signature
        for signature in signatures
        if signature.first_major <= major < signature.last_major and os_name in signature.systems
    )
    return Table(alive, tuple(accumulate(signature.weight for signature in alive)))


def make(
    text: str,
    *,
    process_type: str = "parent",
    systems: frozenset[str] = ALL_SYSTEMS,
    majors: tuple[int, int] = (0, EVER),
    weight: float = 0.0,
    shape: int = 0,
    reason: int = 0,
    startup: bool = False,
    file: str = "",
    frames: Iterable[str] = (),
    outcome: tuple[str, str] = ("t", "OK"),
    module: str = "",
) -> Signature:
    """Make a signature; *frames* are those of its stack, uncut."""
    success, status = outcome
    thread = "0" if success == "t" and process_type != "content" else "\\N"
    cells = [text, process_type, file or None, success, status]
    head = "\t".join([*map(cell, cells), thread])
    fields = {
        "proto_signature": " | ".join(frames or [text]),
        "report_type": "hang" if "hang" in text.lower() else "crash",
    }
    inner = json.dumps(fields)[1:-1].replace("\\", "\\\\")
    return Signature(
        text, process_type, systems, *majors, weight, shape, reason, startup, head, inner, module
    )


def of_product(seed: int, product: str, oldest: int, newest: int, scale: float) -> list[Signature]:
    """Return the signatures of a product; majors *oldest* to *newest* are in use.

    *scale* is the part of them that so many crashes bring to light, at most 1.
    """
    rng = Random(f"{seed}/signatures/{product}")  # noqa: S311
    names = words.functions(rng)
    signatures = [
        _of_rank(rng, next(names), rank, oldest, newest)
        for rank in range(int(COUNTS[product] * scale))
    ]
    first = signatures[0].weight
    for text, share, process in HEADS:
        name = text.format(next(names), words.word(rng), words.word(rng))
        on = frozenset({"Windows NT"}) if ".dll" in name else ALL_SYSTEMS
        signatures.append(
            make(
                name,
                process_type=process,
                systems=on,
                weight=first * share,
                reason=rng.randrange(4),
            )
        )
    return signatures


def _of_rank(rng: Random, name: str, rank: int, oldest: int, newest: int) -> Signature:
    born, died = 0, EVER
    if rank > 12 and rng.random() < 0.4:
        born = rng.randrange(oldest - 4, newest + 1)
        died = EVER if rng.random() < 0.3 else born + rng.randrange(1, 6)
    processes, shares = list(PROCESSES), list(PROCESSES.values())
    system_sets, system_shares = list(WHERE), list(WHERE.values())
    inner = [f"{words.word(rng)}::Run", f"{words.word(rng)}::MessageLoop", "start"]
    text = f"{name} | {words.word(rng)}::Crash" if rng.random() < 0.1 else name
    return make(
        text,
        process_type=rng.choices(processes, shares)[0],
        systems=ALL_SYSTEMS if rank <= 12 else rng.choices(system_sets, system_shares)[0],
        majors=(born, died),
        weight=(rank + 2.7) ** -STEEPNESS * rng.lognormvariate(0, 0.25),
        shape=rng.randrange(SHAPES),
        reason=int(rng.random() ** 2 * 6),
        startup=rng.random() < 0.06,
        file=words.source_file(rng),
        frames=[name, *inner],
    )


def empty() -> list[Signature]:
    """Return the signatures of dumps that gave no stack."""
    return [
        make(text, outcome=(success, status), weight=1 / number)
        for number, (text, status, success) in enumerate(EMPTY, 1)
    ]
