"""The four programs of crashstats-tools, unchanged, against REST and against the pages' address.

What each asks for is what scripts of today's users ask for: a change of a shape fails here.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from middleware.app import application as rest_application
from middleware.callers import TokenLookup
from middleware.context import Context as RestContext
from socorro import jobs
from socorro.crashstore.filesystem import FilesystemStore
from socorro.postgres import Database
from socorro.search.segments.engine import SegmentsEngine
from socorro.search.segments.limits import Limits
from socorro.serving.rate_limit import RateLimit
from tests.accounts import token, user
from tests.builders import DUMPS
from tests.processed import WINDOWS, processed
from tests.search.rows import make_row
from tests.search.segments.built import build
from tests.serving.running import running
from webapp.app import application
from webapp.config import WebappConfig
from webapp.context import Context

BIN = Path(sys.executable).parent
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
DAY = TODAY - timedelta(days=3)
COUNT = 2_100  # more than two pages of supersearch
ROWS = [
    make_row(
        number,
        DAY + timedelta(seconds=80 * number),
        product=("Firefox", "Firefox", "Fenix")[number % 3],
        release_channel=("beta", "nightly")[number % 2],
        version=f"159.0b{number % 3}",
        build=f"2026112{number % 5}000000",
        install_time=1_790_000_000 + number % 7,
        signature="OOM | small" if number % 4 else "tab\there",
        url="https://marker.example/",
    )
    for number in range(COUNT)
]
IDS = [row["crash_id"] for row in reversed(ROWS)]  # newest first

Run = Callable[..., str]
BOTH = pytest.mark.parametrize("run", ["REST", "pages"], indirect=True)


@pytest.fixture(scope="module")
def hosts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Both addresses, over one engine. Nothing here needs a database."""
    folder = tmp_path_factory.mktemp("crashstats")
    database = Database("host=127.0.0.1 port=9", size=1, name="nobody")
    store = FilesystemStore.created(folder / "crashstore")
    engine = SegmentsEngine(build(folder / "segments", ROWS), Limits(seconds=60))
    context = RestContext(database, store, search=engine)
    with serving(context, database, folder) as addresses:
        yield addresses
    engine.close()


@contextmanager
def serving(
    context: RestContext, pages_database: Database, folder: Path
) -> Iterator[dict[str, str]]:
    """Serve REST and pages; yield their addresses."""
    rest = rest_application(context, RateLimit(100), TokenLookup(context.database))
    with running(rest) as server:
        url = f"http://127.0.0.1:{server.address[1]}"
        config = WebappConfig(secret_key_file=folder / "key", middleware_url=url)
        pages = application(Context(pages_database, context.store, config), "k" * 40)
        with running(pages) as site:
            yield {"REST": url, "pages": f"http://127.0.0.1:{site.address[1]}"}


@pytest.fixture
def run(request: pytest.FixtureRequest, hosts: dict[str, str]) -> Run:
    """Run one of the programs; return what it prints. REST is asked itself, but with BOTH."""
    host = hosts[getattr(request, "param", "REST")]

    return partial(execute, host)


def execute(host: str, program: str, *words: str, fails: bool = False, token: str = "") -> str:
    """Run a program; return its output, or its errors when it fails, as it must."""
    command = [BIN / program, "--host", host, "--no-color", *words]
    environment = {**os.environ, "COLUMNS": "200", "CRASHSTATS_API_TOKEN": token}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode != 0) == fails, done.stdout + done.stderr
    return done.stderr if fails else done.stdout


def facets(run: Run, *words: str) -> Any:
    """The facets that supersearchfacet receives."""
    answer = json.loads(run("supersearchfacet", "--format=raw", *words))
    assert list(answer)[:4] == ["hits", "total", "facets", "errors"]
    return answer["facets"]


def terms(facet: Any) -> dict[str, int]:
    return {term["term"]: term["count"] for term in facet}


def count(**values: Any) -> int:
    return sum(all(row[name] == value for name, value in values.items()) for row in ROWS)


def test_supersearch_prints_crash_ids_newest_first(run: Run) -> None:
    assert run("supersearch", "--num=3").split() == IDS[:3]


@BOTH
def test_supersearch_reads_all_pages(run: Run) -> None:
    assert run("supersearch", "--num=all").split() == IDS


def test_every_hit_has_every_column(run: Run) -> None:
    words = ("--_columns=uuid", "--_columns=reason", "--format=json")

    hits = json.loads(run("supersearch", "--num=4", *words))

    assert hits == [{"uuid": crash_id, "reason": ""} for crash_id in IDS[:4]]


def test_filters_are_as_on_crash_stats(run: Run) -> None:
    date = f"--date=>={DAY:%Y-%m-%d}"
    output = run("supersearch", "--num=all", "--product=Fenix", "--signature=~oom", date)

    fenix = [row for row in reversed(ROWS) if row["product"] == "Fenix"]
    assert output.split() == [row["crash_id"] for row in fenix if row["signature"][0] == "O"]


@BOTH
def test_the_address_of_a_search_page_is_a_search(run: Run) -> None:
    address = (
        "https://crash-stats.example/search/?product=Fenix&version=159.0b&_facets=signature"
        "&_sort=-date&_columns=uuid&_columns=product&page=1#crash-reports"
    )

    assert run("supersearch", "--num=1", "--supersearch-url", address).split() == [IDS[0], "Fenix"]


def test_supersearchfacet_counts_most_first_in_a_range_that_ends_in_the_future(run: Run) -> None:
    first, last = f"--start-date={DAY:%Y-%m-%d}", f"--end-date={TODAY:%Y-%m-%d}"

    output = run("supersearchfacet", "--_facets=product", "--format=csv", first, last)

    assert output.split() == [
        "product",  # a title
        "product,count",
        f"Firefox,{count(product='Firefox')}",
        f"Fenix,{count(product='Fenix')}",
        f"total,{COUNT}",
    ]


def test_facets_are_terms_and_counts(run: Run) -> None:
    assert facets(run, "--_facets=product")["product"] == [
        {"term": "Firefox", "count": count(product="Firefox")},
        {"term": "Fenix", "count": count(product="Fenix")},
    ]


def test_a_cardinality_is_a_value(run: Run) -> None:
    assert facets(run, "--_facets=_cardinality.build_id") == {"cardinality_build_id": {"value": 5}}


@BOTH
def test_counts_within_counts(run: Run) -> None:
    firefox, fenix = facets(run, "--_aggs.product=release_channel")["product"]

    assert (firefox["term"], fenix["term"]) == ("Firefox", "Fenix")
    assert terms(firefox["facets"]["release_channel"]) == {
        name: count(product="Firefox", release_channel=name) for name in ("beta", "nightly")
    }


def test_a_cardinality_two_deep(run: Run) -> None:
    words = "--_aggs.product.version=_cardinality.install_time"

    firefox = facets(run, words)["product"][0]

    assert [term["facets"] for term in firefox["facets"]["version"]] == [
        {"cardinality_install_time": {"value": 7}}
    ] * len(firefox["facets"]["version"])


def test_a_histogram_of_hours_has_facets_even_when_they_are_empty(run: Run) -> None:
    words = (f"--start-date={DAY:%Y-%m-%d}", f"--end-date={DAY:%Y-%m-%d}")

    hours = facets(run, "--_histogram.date=addons", "--_histogram_interval.date=1h", *words)

    assert hours["histogram_date"][1] == {
        "term": f"{DAY:%Y-%m-%d}T01:00:00+00:00",
        "count": 45,
        "facets": {"addons": []},
    }
    table = run("supersearchfacet", "--_histogram.date=product", *words)
    assert f"{DAY:%Y-%m-%d}" in table


@BOTH
@pytest.mark.parametrize(
    ("words", "text"),
    [
        (["--produkt=Firefox"], "There is no field 'produkt'. Nearest: product"),
        (["--signature=@(a"], "signature: Regular expression, column 1"),
        (["--url=~marker"], "403"),
    ],
)
def test_an_error_reaches_the_user(run: Run, words: list[str], text: str) -> None:
    assert text in run("supersearch", *words, fails=True)


@pytest.mark.parametrize("by", ["REST", "pages"])
def test_fetch_data_and_reprocess(
    by: str,
    as_role: Callable[[str], Database],
    database: Database,
    tmp_path: Path,
) -> None:
    store = FilesystemStore.created(tmp_path / "crashstore")
    crash = processed(store, database, URL="https://marker.example/")
    user(database, "ann", "Hackers Plus")
    everything = token(database, "ann", ("view_pii", "view_rawdump", "reprocess_crashes"))
    nothing = token(database, "ann")
    folder = tmp_path / "data"
    words = ("--raw", "--dumps", "--processed", str(folder), crash.crash_id)

    context = RestContext(as_role("middleware"), store)
    with serving(context, as_role("webapp"), tmp_path) as hosts:
        execute(hosts[by], "fetch-data", *words, token=everything)
        execute(hosts[by], "reprocess", "--sleep=0", crash.crash_id, token=everything)
        refused = execute(hosts[by], "reprocess", crash.crash_id, token=nothing, fails=True)

    paths = {
        path.relative_to(folder).parts[0]: path for path in folder.rglob("*") if path.is_file()
    }
    assert paths["upload_file_minidump"].read_bytes() == (DUMPS / WINDOWS).read_bytes()
    assert "marker.example" in paths["raw_crash"].read_text()
    assert json.loads(paths["processed_crash"].read_text())["uuid"] == crash.crash_id
    with database.transaction() as db:
        assert [job.crash_id for job in jobs.states(db, [crash.crash_id])] == [crash.crash_id]
    assert "this needs reprocess_crashes" in refused
