"""Build against build, looked at every hour for two weeks: how often "worse" is said."""

import time
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from bench.score import Bar, Speed
from socorro.stats import gate

SEED: Final = 3
HOURS: Final = 14 * 24
PER_HOUR: Final = 4.0  # crashes of both builds, if all installs had crashed as the old build does
ABOVE: Final = gate.LOG_RATIOS > 0
AT_ONCE: Final = 1000  # worlds

Counts = NDArray[np.float64]


class Worlds(NamedTuple):
    """Events by world, hour and system, and exposures by hour and system."""

    old: Counts
    new: Counts
    old_exposure: Counts
    new_exposure: Counts


def bars(quick: bool) -> Iterator[Bar]:
    """Yield how often equal builds are called worse, and how often a worse one is."""
    many, some = (20, 10) if quick else (10_000, 1000)
    yield _never("no difference, 10,000 roll-outs", _hours_until(_worlds(many, 1.0)))
    yield _never("no difference, 0.3 crashes an hour", _hours_until(_worlds(some, 1.0, 0.3)))
    installs = _hours_until(_worlds(some, 1.0, PER_HOUR / 3))
    yield _never("every install crashes 3 times: installs", installs)
    clumps = _scaled(_worlds(some // 5, 1.0, PER_HOUR / 3), 3)
    daily = _judged_daily(clumps, gate.CLUMPS)
    yield _bar("the same: crashes over their dispersion", "worse said <= 5 %", daily, daily <= 0.05)
    windows_first = _windows_first(some)
    yield _never("Windows first and crashier, by system", _hours_until(windows_first))
    together = _share(
        _hours_until(Worlds(*(rows.sum(-1, keepdims=True) for rows in windows_first)))
    )
    yield _bar("the same in one stratum: has to fail", "said > 50 %", together, together > 0.5)
    for ratio, least in ((1.5, 0.95), (2.0, 0.99)):
        hours = _hours_until(_worlds(some, ratio))
        reached, median = _share(hours), np.median(hours[hours < HOURS])
        text = f"{reached:.1%}, after {median:.0f} h (median)"
        yield Bar(
            f"{ratio:g} times as crashy", f"said >= {least:.0%}", text, reached >= least, str(SEED)
        )


def speeds(quick: bool) -> Iterator[Speed]:
    """Yield what one look at two weeks by hour and five systems costs."""
    random = np.random.default_rng(SEED)
    shape = (24 if quick else HOURS, 5)
    compared = gate.cells(random.poisson(3, shape), random.poisson(3, shape), [1.0], [1.0])
    began, cpu = time.perf_counter(), time.process_time()
    gate.judge(compared)
    yield Speed(
        "one look", f"{shape[0] * 5:,} cells", time.perf_counter() - began,
        time.process_time() - cpu, 0.0,
    )  # fmt: skip


def _never(what: str, hours: NDArray[np.int64]) -> Bar:
    return _bar(what, "worse said <= 5 %", _share(hours), _share(hours) <= 0.05)


def _bar(what: str, bar: str, reached: float, met: bool) -> Bar:
    return Bar(what, bar, f"{reached:.1%}", met, str(SEED))


def _share(hours: NDArray[np.int64]) -> float:
    return float((hours < HOURS).mean())


def _rollout() -> Counts:
    """The share of installs on the new build, by hour: from 2 % to 90 %."""
    return np.asarray(0.02 + 0.88 / (1 + np.exp(-(np.arange(HOURS) - 120) / 36.0)))


def _worlds(count: int, ratio: float, per_hour: float = PER_HOUR) -> Worlds:
    random = np.random.default_rng(SEED)
    new = _rollout()[:, None]
    events = [
        random.poisson(per_hour * mean, (count, HOURS, 1)).astype(float)
        for mean in (1 - new, ratio * new)
    ]
    return Worlds(events[0], events[1], 1 - new, new)


def _scaled(worlds: Worlds, times: int) -> Worlds:
    return worlds._replace(old=worlds.old * times, new=worlds.new * times)


def _windows_first(count: int) -> Worlds:
    """Windows crashes three times as often and gets the new build five days earlier."""
    random = np.random.default_rng(SEED)
    later = np.concatenate([np.full(120, 0.02), _rollout()[:-120]])
    new = np.stack([_rollout(), later], axis=-1)
    rates = PER_HOUR * np.array([0.75, 0.25])
    events = [random.poisson(rates * share, (count, HOURS, 2)) for share in (1 - new, new)]
    return Worlds(events[0].astype(float), events[1].astype(float), (1 - new) / 2, new / 2)


def _hours_until(worlds: Worlds) -> NDArray[np.int64]:
    """Return the hour of each world at which "worse" is said first; HOURS: never."""
    log_p, log_q = gate.log_terms(worlds.old_exposure, worlds.new_exposure, gate.LOG_RATIOS)
    at_p, at_q = gate.log_terms(worlds.old_exposure, worlds.new_exposure, [0.0])
    log_p, log_q = (log_p - at_p)[..., ABOVE], (log_q - at_q)[..., ABOVE]
    return np.concatenate([
        _first_hours(worlds.old[n : n + AT_ONCE], worlds.new[n : n + AT_ONCE], log_p, log_q)
        for n in range(0, len(worlds.old), AT_ONCE)
    ])  # fmt: skip


def _first_hours(old: Counts, new: Counts, log_p: Counts, log_q: Counts) -> NDArray[np.int64]:
    first = np.full(len(old), HOURS)
    likelihood = np.zeros((len(old), log_p.shape[-1]))
    weights = np.exp(gate.LOG_WEIGHTS[ABOVE])
    for hour in range(HOURS):
        likelihood += new[:, hour] @ log_p[hour] + old[:, hour] @ log_q[hour]
        # an average is at most its largest term
        likely = (first == HOURS) & (likelihood.max(-1) >= gate.THRESHOLD)
        evidence = np.log(np.exp(likelihood[likely]) @ weights)
        first[likely] = np.where(evidence >= gate.THRESHOLD, hour, HOURS)
    return first


def _judged_daily(worlds: Worlds, least_dispersion: float) -> float:
    """Return the share of worlds that are ever called worse, looked at each day."""
    days = [rows.reshape(*rows.shape[:-2], -1, 24).sum(-1) for rows in worlds]
    return sum(
        any(
            gate.judge(
                gate.cells(old[:n], new[:n], days[2][:n], days[3][:n]),
                least_dispersion=least_dispersion,
            ).outcome == "worse"
            for n in range(1, HOURS // 24 + 1)
        )
        for old, new in zip(days[0], days[1], strict=True)
    ) / len(days[0])  # fmt: skip
