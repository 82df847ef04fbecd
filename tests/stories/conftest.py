"""Eight weeks of sample data in a running line: `make test-stories`.

With STORIES_HOME, the home of a line that runs here and has such data is read instead.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import urllib3

from tests.browser import browser_type_launch_args  # noqa: F401
from tests.system.line import running

FILL_SECONDS = 3600


class Sample(NamedTuple):
    """The home of a line, the address of its pages, and what is planted in the data."""

    home: Path
    url: str
    truth: dict[str, Any]

    def ask(self, *arguments: str) -> dict[str, Any]:
        """Return what a command says as JSON."""
        command = [sys.executable, "-m", "cli.main", *arguments, "--json"]
        environment = {**os.environ, "SOCORRO_HOME": str(self.home)}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer


@pytest.fixture(scope="session")
def sample() -> Iterator[Sample]:
    home = os.environ.get("STORIES_HOME")
    if home:
        port = tomllib.loads((Path(home) / "running.toml").read_text())["webapp"]["port"]
        yield Sample(Path(home), f"http://127.0.0.1:{port}", _truth(Path(home)))
        return
    with tempfile.TemporaryDirectory(prefix="stories-") as folder, running(Path(folder)) as line:
        done = line.socorro("fakedata", "--weeks", "8", seconds=FILL_SECONDS)
        assert done.returncode == 0, done.stderr
        _wait_for_jobs(line.url("webapp", "/modules/suspicious/"))
        yield Sample(line.home, line.url("webapp"), _truth(line.home))


def _truth(home: Path) -> dict[str, Any]:
    truth: dict[str, Any] = json.loads((home / "fakedata" / "truth.json").read_text())
    return truth


def _wait_for_jobs(url: str) -> None:
    """Wait until the last of the jobs of the night has run."""
    until = time.monotonic() + FILL_SECONDS
    while time.monotonic() < until:
        if "not computed yet" not in urllib3.request("GET", url).data.decode():
            return
        time.sleep(5)
    raise TimeoutError(url)
