"""Every engine in turn: over the rows of one test, or over the generated crashes."""

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from socorro.search.elasticsearch.engine import ElasticsearchEngine
from socorro.search.elasticsearch.engine import Limits as ElasticsearchLimits
from socorro.search.elasticsearch.feeder import Feeder
from socorro.search.interface import Engine
from socorro.search.segments.engine import SegmentsEngine
from socorro.search.segments.limits import Limits
from tests import shared_elasticsearch
from tests.search.generated import crashes
from tests.search.reference import Reference
from tests.search.segments.built import build_merged

Rows = Iterable[Mapping[str, Any]]
EngineOf = Callable[[Rows], Engine]

PATIENT = Limits(seconds=60)  # a machine that runs many tests is slow
SLOW = ElasticsearchLimits(seconds=60)
ENGINES = (
    "reference",
    "segments",
    pytest.param("elasticsearch", marks=pytest.mark.elasticsearch),
)


@pytest.fixture(scope="session")
def reference_of() -> EngineOf:
    """Open plain Python over rows."""
    return Reference


@pytest.fixture(scope="session")
def segments_of(tmp_path_factory: pytest.TempPathFactory) -> EngineOf:
    """Open Parquet files of rows."""

    def open_over(rows: Rows) -> Engine:
        return SegmentsEngine(build_merged(tmp_path_factory.mktemp("segments"), [*rows]), PATIENT)

    return open_over


class Reused(ElasticsearchEngine):
    """Closed, it leaves its indices to the next, empty: to create some takes a second."""

    def __init__(self, url: str, prefix: str, on_close: Callable[[], object]) -> None:
        super().__init__(url, prefix, SLOW)
        self._on_close = on_close

    def close(self) -> None:
        super().close()
        self._on_close()


@pytest.fixture(scope="session")
def elasticsearch_of(elasticsearch_url: str) -> EngineOf:
    """Open Elasticsearch over rows, in indices that nobody else uses meanwhile."""
    spare: list[tuple[str, Feeder]] = []

    def open_over(rows: Rows) -> Engine:
        prefix = f"test-{secrets.token_hex(6)}"
        prefix, feeder = spare.pop() if spare else (prefix, Feeder(elasticsearch_url, prefix))

        def leave() -> None:
            shared_elasticsearch.empty(elasticsearch_url, prefix)
            spare.append((prefix, feeder))

        feeder.feed(rows)
        return Reused(elasticsearch_url, prefix, leave)

    return open_over


@pytest.fixture(params=ENGINES)
def engine_of(request: pytest.FixtureRequest) -> Iterator[EngineOf]:
    """Open an engine over rows, each kind in turn: fixture <kind>_of."""
    open_over: EngineOf = request.getfixturevalue(f"{request.param}_of")
    with ExitStack() as opened:

        def engine_of(rows: Rows) -> Engine:
            engine = open_over(rows)
            opened.callback(engine.close)
            return engine

        yield engine_of


@pytest.fixture(scope="module", params=[name for name in ENGINES if name != "reference"])
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """An engine over the generated crashes, each kind in turn."""
    opened = request.getfixturevalue(f"{request.param}_of")(crashes())
    yield opened
    opened.close()
