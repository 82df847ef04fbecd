"""Many pairs of builds at once are judged as each of them alone."""

import numpy as np
import pytest

from socorro.stats import gate, gate_table

EDGES = [
    gate.cells([0, 0], [3, 2], [1, 1], [1, 1]),
    gate.cells([0], [0], [1], [1]),
    gate.cells([5], [0], [1], [3]),
    gate.cells([10**6], [2 * 10**6], [10**9], [10**9]),
]


def some_pairs(count: int) -> list[gate.Cells]:
    rng = np.random.default_rng(18)
    pairs = []
    for number in range(count):
        size = (4, 7, 28, 112)[number % 4]
        exposure = rng.uniform(1e3, 1e4, size)
        ratio = (1, 1.05, 2, 0.5, 1.3)[number % 5]
        new = rng.poisson(exposure / 500 * ratio)
        pairs.append(gate.cells(rng.poisson(exposure / 500), new, exposure, exposure * 2))
    return pairs


def test_judged_together_as_alone() -> None:
    pairs = [*EDGES, *some_pairs(gate_table.AT_ONCE + 3)]
    least = [(1.0, gate.CLUMPS)[number % 2] for number in range(len(pairs))]

    together = gate_table.judge_all(pairs, least)
    alone = [gate.judge(*pair) for pair in zip(pairs, [1.1] * 99, [1.5] * 99, least, strict=False)]

    assert [one.outcome for one in together] == [one.outcome for one in alone]
    assert {"worse", "not worse", "not enough data"} <= {one.outcome for one in together}
    for name in ("ratio", "low", "high"):
        expected = [getattr(one, name) for one in alone]
        assert [getattr(one, name) for one in together] == [
            value if value is None else pytest.approx(value, rel=1e-6) for value in expected
        ]


def test_nothing_to_judge_is_no_error() -> None:
    assert gate_table.judge_all([], []) == []
