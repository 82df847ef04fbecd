"""Correlations: planted causes in generated crashes, and claims where nothing was planted."""

import resource
import tempfile
import time
from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np

from bench.score import Bar, Speed
from bench.score.generated import write_segments
from cli.fakedata import machines
from cli.fakedata.plants import GLUE
from cli.fakedata.world import World
from cron import correlations as reading
from socorro.search.segments import bulk
from socorro.search.segments.bulk import Bulk
from socorro.search.segments.limits import Limits
from socorro.stats.correlations import Answer, Correlator, Crashes, Finding, Item

LAST: Final = date(2026, 11, 23)
LINE: Final = ("Firefox", "release")
SEEDS: Final = (1, 2)
ON_STACK: Final = ("module", "module_build", "debug_id")


def bars(quick: bool) -> Iterator[Bar]:
    """Yield what is said about planted causes, and how often something is said without one."""
    for seed in SEEDS[: 1 if quick else None]:
        yield from _generated(seed, quick)
    worlds = 1 if quick else 20
    wrong, judged, separated = _simulated(worlds)
    seeds = f"1-{worlds}"
    yield Bar(
        "claims on what follows the system", "<= 1.0 % of signatures",
        f"{wrong / judged:.2%} ({wrong} of {judged:,})", wrong <= 0.01 * judged, seeds,
    )  # fmt: skip
    yield Bar(
        "a perfect separator explains", "nothing", f"{worlds - separated} of {worlds} hooks",
        separated == worlds, seeds,
    )  # fmt: skip


def _generated(seed: int, quick: bool) -> Iterator[Bar]:
    days = 1 if quick else 3
    world = World(seed, LAST - timedelta(days=days - 1), LAST, 4000 if quick else 20_000)
    answers = _answers(world)
    plants = {plant.name: plant for plant in world.plants if plant.signature}
    texts = {name: plant.signature.text for name, plant in plants.items() if plant.signature}

    def rank(plant: str, attribute: str, value: str) -> tuple[int, Finding | None]:
        findings = answers[texts[plant]].findings if texts[plant] in answers else []
        for number, finding in enumerate(findings, 1):
            if Item(attribute, value) in finding.names:
                return number, finding
        return 0, None

    hook = rank("correlated-1", "module", machines.HOOK)
    yield _first("planted module", seed, *hook)
    malware = plants["malware-1"].facts["debug_id"]
    yield _first("malware, by its debug id", seed, *rank("malware-1", "debug_id", malware))
    old = plants["frankeninstall-1"].facts["module_of_build"]
    glue = machines.module(GLUE, old).split("/")[1]
    yield _first("frankeninstall, by the old id", seed, *rank("frankeninstall-1", "debug_id", glue))
    yield _simpson(seed, rank("simpson-1", "module", machines.OLD_MODULE)[1])
    ordinary = {text: answer for text, answer in answers.items() if text not in texts.values()}
    yield _ordinary(seed, ordinary)


def _first(what: str, seed: int, rank: int, finding: Finding | None) -> Bar:
    most = 2 if "old id" in what else 1
    reached = "not a finding"
    if finding:
        share, other = (
            finding.having / finding.installs, finding.other_having / finding.other_installs
        )  # fmt: skip
        reached = f"rank {rank}, {share:.2f} against {other:.2f}, left {finding.left:.2f}"
    met = finding is not None and finding.state == "kept" and rank <= most
    return Bar(what, "rank 1" if most == 1 else "rank 1 or 2", reached, met, str(seed))


def _simpson(seed: int, finding: Finding | None) -> Bar:
    reached = "not a finding"
    if finding:
        reached = f"{finding.state} by {finding.checks[0].within}, left {finding.left:.2f}"
    met = bool(
        finding
        and finding.state == "explained"
        and finding.checks[0].within.startswith("os_version")
    )
    return Bar("Simpson's module", "explained by os_version", reached, met, str(seed))


def _ordinary(seed: int, answers: Mapping[str, Answer]) -> Bar:
    """Count claims of other signatures that are neither a system nor a module on the stack."""
    kept = sum(
        finding.state == "kept" and finding.names[0].attribute not in (*ON_STACK, "os_name")
        for answer in answers.values()
        for finding in answer.findings
    )
    share = kept / max(1, len(answers))
    return Bar(
        "ordinary signatures: claims on machines", "<= 5 % of signatures",
        f"{share:.1%} ({kept} of {len(answers)})", share <= 0.05, str(seed),
    )  # fmt: skip


def _answers(world: World) -> dict[str, Answer]:
    """Return the answers of the most frequent signatures, read from files of search."""
    start, end = (
        datetime.fromisoformat(f"{day}T00:00:00+00:00")
        for day in (world.first, world.last + timedelta(days=1))
    )

    def work(opened: Bulk) -> dict[str, Answer]:
        [line] = reading.lines(opened, start)
        read = reading.read_line(opened, line)
        correlator = Correlator(read.data)
        return {one.signature: correlator.of(one.code) for one in read.signatures}

    with tempfile.TemporaryDirectory() as folder:
        write_segments(Path(folder), world, [LINE])
        limits = Limits(seconds=300, threads=1, memory="1GB")
        return bulk.read(Path(folder), reading.query(start, end), limits, work)


def _simulated(worlds: int) -> tuple[int, int, int]:
    """Return signatures with a wrong claim, of how many, and hooks that are claimed all the same.

    Each signature prefers some systems, and half of the attributes go with the system. One has a
    hook, and an attribute that all of its crashes have, and no other.
    """
    wrong = judged = separated = 0
    for seed in range(1, worlds + 1):
        crashes = _world(seed, rows=20_000, columns=100, signatures=60)
        correlator = Correlator(crashes)
        for code in range(60):
            kept = {
                item.value
                for finding in correlator.of(code).findings
                if finding.state == "kept"
                for item in finding.names
            }
            if code == 0:
                separated += {"hook", "separator"} <= kept
            wrong += bool(kept - {"hook", "separator"})
            judged += 1
    return wrong, judged, separated


def _world(seed: int, rows: int, columns: int, signatures: int) -> Crashes:
    random = np.random.default_rng(seed)
    weights = 1 / (np.arange(signatures) + 3)
    owners = random.choice(signatures, rows, p=weights / weights.sum()).astype(np.int64)
    preferred = random.dirichlet(np.ones(8), signatures).cumsum(axis=1)
    system = (random.random(rows)[:, None] > preferred[owners]).sum(axis=1).clip(0, 7)
    tables = [
        random.random(rows)
        < (random.beta(0.5, 3, 8)[system] if number % 2 else random.beta(0.5, 3))
        for number in range(columns)
    ]
    tables.append(random.random(rows) < np.where(owners == 0, 0.86, 0.04))
    tables.append(owners == 0)
    names = [*(f"usual{number:03}" for number in range(columns)), "hook", "separator"]
    places = [np.flatnonzero(table) for table in tables]
    return Crashes(
        owners,
        np.concatenate(places),
        np.repeat(np.arange(len(places)), [len(some) for some in places]),
        [Item("module", name) for name in names],
        {"os_name": system // 4, "os_version": system},
    )


def speeds(quick: bool) -> Iterator[Speed]:
    """Yield what the comparison of all signatures costs; a busier day is sampled to this size."""
    rows, columns, signatures = (2000, 20, 10) if quick else (100_000, 500, 300)
    crashes = _world(1, rows, columns, signatures)
    wall, cpu = time.perf_counter(), time.process_time()
    correlator = Correlator(crashes)
    for code in range(signatures):
        correlator.of(code)
    yield Speed(
        f"{signatures} signatures compared", f"{rows:,} crashes x {columns} attributes",
        time.perf_counter() - wall, time.process_time() - cpu,
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, "" if quick else "<= 5 s",
    )  # fmt: skip
