"""Large bodies are in TMPDIR until they are read: what a collector does when it is away or full."""

import http.client
import tempfile
from pathlib import Path

import pytest

from socorro.serving import temporary_files
from tests.collector.forms import FORM, form_of
from tests.collector.running import Running, running

LARGE = form_of(700_000)
SMALL = form_of(10_000)


def answer(collector: Running, body: bytes) -> tuple[int, str | None]:
    """Status and Retry-After."""
    connection = http.client.HTTPConnection("127.0.0.1", collector.port, timeout=30)
    try:
        connection.request("POST", "/submit", body, {"Content-Type": FORM})
        response = connection.getresponse()
        response.read()
        return response.status, response.getheader("Retry-After")
    finally:
        connection.close()


def test_without_tmpdir_large_posts_get_503_until_it_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Python would use /tmp instead, whatever disk that is, and never say so.
    folder = tmp_path / "temporary"
    monkeypatch.setenv("TMPDIR", str(folder))

    with running(tmp_path, workers=1) as collector:
        refused = answer(collector, LARGE)
        small = answer(collector, SMALL)
        ill = collector.request("GET", "/__heartbeat__")
        counted = collector.request("GET", "/metrics")[1]
        folder.mkdir()
        accepted = answer(collector, LARGE)
        well = collector.request("GET", "/__heartbeat__")

    assert refused[0] == 503
    assert int(refused[1] or 0) > 0
    assert (small[0], accepted[0]) == (200, 200)
    assert (ill[0], well[0]) == (503, 200)
    assert "temporary files" in ill[1]
    assert 'socorro_collector_posts_total{outcome="unavailable"} 1.0' in counted


@pytest.mark.parametrize("is_set", [True, False])
def test_tmpdir_counts_also_when_it_is_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_set: bool
) -> None:
    usual = tempfile.gettempdir()
    monkeypatch.setattr(tempfile, "tempdir", usual)
    if is_set:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setenv("TMPDIR", "away")
    else:
        monkeypatch.delenv("TMPDIR", raising=False)

    temporary_files.insist()

    assert tempfile.gettempdir() == (str(tmp_path / "away") if is_set else usual)
