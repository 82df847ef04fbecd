"""The examples of docs/search.md and docs/api.md, run as a reader would run them."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from middleware.app import application
from middleware.context import Context
from socorro.crashstore.filesystem import FilesystemStore
from socorro.postgres import Database
from socorro.search.segments.engine import SegmentsEngine
from socorro.search.segments.limits import Limits
from socorro.serving.rate_limit import RateLimit
from tests.search.rows import MONDAY, Row, make_row
from tests.search.segments.built import build
from tests.serving.running import running

DOCS = Path(__file__).parent.parent.parent / "docs"
ADDRESS = "http://127.0.0.1:8884"
HOUR = timedelta(hours=1)


def blocks(name: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", (DOCS / name).read_text(), re.DOTALL | re.M)


EXAMPLES = blocks("search.md", "sh")[1:]


def _row(number: int, when: datetime) -> Row:
    return make_row(
        number,
        when,
        product=("Firefox", "Fenix")[number % 3 // 2],
        version="159.0b1",
        build="20261120000000",
        signature=("OOM | small", "crash", "start")[number % 3],
        os_name="Linux",
        reason="SIGSEGV",
        uptime=number % 50,
        install_time=1_790_000_000 + number % 4,
    )


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """REST over crashes of the days that the examples name, and of the last ones."""
    folder = tmp_path_factory.mktemp("docs")
    today = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
    starts = (MONDAY, today - 60 * HOUR)
    spans = [
        [_row(number, start + number // 2 * HOUR) for number in range(place, 96, 2)]
        for place, start in enumerate(starts)
    ]
    for rows in spans:
        build(folder / "segments", rows)
    store = FilesystemStore.created(folder / "crashstore")
    engine = SegmentsEngine(folder / "segments", Limits(seconds=60))
    database = Database("host=127.0.0.1 port=9", size=1, name="nobody")
    context = Context(database, store, search=engine)
    with running(application(context, RateLimit(100))) as server:
        yield f"http://127.0.0.1:{server.address[1]}"
    engine.close()


def run(host: str, *command: str) -> str:
    environment = {**os.environ, "S": f"{host}/api/SuperSearch/"}
    words = [word.replace(ADDRESS, host) for word in command]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_search_is_taught_by_twelve_examples() -> None:
    assert len(EXAMPLES) == 12
    assert blocks("search.md", "sh")[0] == f"S={ADDRESS}/api/SuperSearch/\n"


@pytest.mark.parametrize("example", EXAMPLES, ids=range(1, len(EXAMPLES) + 1))
def test_an_example_of_search_finds_crashes(host: str, example: str) -> None:
    answer = json.loads(run(host, "bash", "-ec", example))

    assert answer.get("total", 0) > 0, answer
    assert answer["hits"] or all(answer["facets"].values())


def test_the_first_calls_work(host: str) -> None:
    [curl], [python] = blocks("api.md", "sh"), blocks("api.md", "python")

    counted = json.loads(run(host, "bash", "-ec", curl))["facets"]["product"]
    printed = run(host, sys.executable, "-c", python)

    assert {term["term"] for term in counted} == {"Firefox", "Fenix"}
    assert "OOM | small" in printed
