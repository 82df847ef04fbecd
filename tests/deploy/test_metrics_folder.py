"""Two collectors of one home, which restart one after the other, keep their metrics apart."""

from pathlib import Path

import pytest

from socorro.config import share_metrics


@pytest.mark.parametrize(("port", "name"), [("8883", "collector-8883"), ("../..", "collector")])
def test_a_restart_clears_the_metrics_of_its_own_port_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, port: str, name: str
) -> None:
    other = tmp_path / "metrics" / "collector-8882" / "counters.db"
    other.parent.mkdir(parents=True)
    other.write_bytes(b"counts of the other one")
    monkeypatch.setenv("SOCORRO_HOME", str(tmp_path))
    monkeypatch.setenv("PROMETHEUS_MULTIPROC_DIR", "")
    monkeypatch.setenv("SOCORRO_COLLECTOR_PORT", port)

    share_metrics("collector")

    assert (tmp_path / "metrics" / name).is_dir()
    assert other.read_bytes() == b"counts of the other one"
