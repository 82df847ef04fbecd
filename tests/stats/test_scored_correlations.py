"""The bars of correlations are measured, on small worlds."""

from bench.score import correlations


def test_every_bar_is_measured() -> None:
    bars = list(correlations.bars(quick=True))

    assert [bar.what for bar in bars] == [
        "planted module", "malware, by its debug id", "frankeninstall, by the old id",
        "Simpson's module", "ordinary signatures: claims on machines",
        "claims on what follows the system", "a perfect separator explains",
    ]  # fmt: skip
    assert all(bar.reached for bar in bars)


def test_speeds_are_measured() -> None:
    assert len(list(correlations.speeds(quick=True))) == 1
