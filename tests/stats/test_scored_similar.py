"""The bars of similar stacks are measured, on small worlds."""

from bench.score import similar


def test_every_bar_is_measured() -> None:
    bars = list(similar.bars(quick=True))

    assert [bar.what for bar in bars] == [
        "mean average precision, FaST in its better view", "mean average precision",
        "look-up among 1,000 stacks, CPU, p95",
    ]  # fmt: skip
    assert all(bar.reached for bar in bars)


def test_speeds_are_measured() -> None:
    assert len(list(similar.speeds(quick=True))) == 4
