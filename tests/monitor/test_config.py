"""The edges of the monitor's settings."""

import pytest
from pydantic import ValidationError

from monitor.config import MonitorConfig


@pytest.mark.parametrize(
    ("name", "edge", "beyond"),
    [
        ("batch", 1, 0), ("attempts", 1, 0), ("sweep_seconds", 0.001, 0),
        ("reap_seconds", 0.001, 0), ("symbols_seconds", 0.001, 0), ("patience_seconds", 0.001, 0),
    ],
)  # fmt: skip
def test_the_edges_of_a_setting(name: str, edge: float, beyond: float) -> None:
    assert getattr(MonitorConfig(**{name: edge}), name) == edge

    with pytest.raises(ValidationError, match=name):
        MonitorConfig(**{name: beyond})
