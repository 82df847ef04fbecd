"""Eight weeks of sample data behind the pages of a running line: `make test-stories`.

With STORIES_HOME, the home of a line that runs here and has such data is read instead.
"""

import json
import os
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
    """The address of the pages, and what is planted in the data."""

    url: str
    truth: dict[str, Any]


@pytest.fixture(scope="session")
def sample() -> Iterator[Sample]:
    home = os.environ.get("STORIES_HOME")
    if home:
        port = tomllib.loads((Path(home) / "running.toml").read_text())["webapp"]["port"]
        yield Sample(f"http://127.0.0.1:{port}", _truth(Path(home)))
        return
    with tempfile.TemporaryDirectory(prefix="stories-") as folder, running(Path(folder)) as line:
        done = line.socorro("fakedata", "--weeks", "8", seconds=FILL_SECONDS)
        assert done.returncode == 0, done.stderr
        _wait_for_jobs(line.url("webapp", "/modules/suspicious/"))
        yield Sample(line.url("webapp"), _truth(line.home))


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
