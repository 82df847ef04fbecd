"""`socorro search 'QUERY'`."""

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result

from middleware.app import application
from middleware.context import Context
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.search.config import SearchConfig
from socorro.search.open import open_engine
from socorro.serving.rate_limit import RateLimit
from tests.cli.conftest import Run
from tests.search.rows import make_row
from tests.search.segments.built import build
from tests.wsgi import ask

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
ROWS = [
    make_row(
        number,
        NOW - timedelta(hours=number + 2),
        product=("Firefox", "Firefox", "Fenix")[number % 3],
        release_channel=("beta", "nightly")[number % 2],
        signature="=evil()\x1b" if number == 5 else f"OOM | {number % 2}",
        email="marker@example.com" if number == 1 else None,
    )
    for number in range(6)
]


@pytest.fixture
def search(run: Run, settings: Path, home: Path) -> Run:
    assert settings.exists()
    (home / "search").mkdir()
    build(home / "search" / "segments", ROWS)
    return lambda *words: run("search", *words)


def lines(result: Result) -> list[list[str]]:
    assert result.exit_code == 0, result.output
    return [line.split() for line in result.stdout.splitlines() if line.strip()]


def test_crashes_are_a_table(search: Run) -> None:
    output = lines(search("product:=Fenix", "--columns", "uuid,product", "--limit", "1"))

    assert output == [
        ["uuid", "product"],
        [ROWS[2]["crash_id"], "Fenix"],
        ["2", "crashes;", "1", "shown"],
    ]


def test_facets_have_shares(search: Run) -> None:
    output = lines(search("--facets", "product", "--facets", "_cardinality.signature"))

    assert output == [
        ["Crashes", "Share", "product"],
        ["4", "66.7", "%", "Firefox"],
        ["2", "33.3", "%", "Fenix"],
        ["cardinality_signature"],
        ["Different", "values"],
        ["3"],
        ["6", "crashes"],
    ]


def test_counts_within_counts_are_below_them(search: Run) -> None:
    output = search("--facets", "product.release_channel").stdout.splitlines()

    assert [line.split()[-1] for line in output[1:7]] == [
        "Firefox", "beta", "nightly", "Fenix", "beta", "nightly",
    ]  # fmt: skip
    assert output[2].index("beta") > output[1].index("Firefox")


def test_filters_and_an_expression_must_all_match(search: Run) -> None:
    words = ("product=Firefox", "release_channel:=beta", "AND", "NOT", "signature:~evil")

    assert json.loads(search(*words, "--json").stdout)["total"] == 2


def test_csv_and_json_are_those_of_rest(
    search: Run, home: Path, database: Database, store: CrashStore
) -> None:
    engine = open_engine(SearchConfig(folder=home / "search" / "segments"), database)
    rest = application(Context(database, store, search=engine), RateLimit(100))
    address = (
        "/api/SuperSearch/?_columns=uuid&_columns=signature&_sort=signature&_results_number=20"
    )
    words = ("--columns", "uuid,signature", "--sort", "signature")

    as_csv = ask(rest, f"{address}&_facets=&format=csv").body.decode()
    as_json = ask(rest, f"{address}&_facets=").json()
    engine.close()

    assert search(*words, "--csv").stdout.splitlines() == as_csv.splitlines()
    assert "\x1b" not in search(*words, "--csv").stdout
    assert hits(json.loads(search(*words, "--json").stdout)) == hits(as_json)
    rows = list(csv.reader(io.StringIO(as_csv)))
    assert len(rows) == 7


def hits(document: dict[str, Any]) -> list[str]:
    return [hit["uuid"] for hit in document["hits"]]


def test_the_operator_sees_protected_fields(search: Run) -> None:
    words = ("email:~marker", "--columns", "email", "--csv")

    assert search(*words).stdout.splitlines() == ["email", "marker@example.com"]


@pytest.mark.parametrize(
    ("words", "text"),
    [
        (("produkt:=Firefox",), "q: Column 1: There is no field 'produkt'. Nearest: product"),
        (("produkt=Firefox",), "produkt: There is no field 'produkt'. Nearest: product"),
        (("--facets", "signatur"), "--facets: There is no field 'signatur'. Nearest: signature"),
        (("--columns", "uid"), "--columns: There is no field 'uid'"),
        (("statuss",), "q: Column 1"),
    ],
)
def test_a_mistake_is_a_usage_error_with_the_nearest_field(
    search: Run, words: tuple[str, ...], text: str
) -> None:
    result = search(*words)

    assert result.exit_code == 2
    assert text in result.output


def test_the_help_has_examples(search: Run) -> None:
    assert "product:=Firefox AND NOT signature:~OOM" in search("--help").output
    assert "--facets" in search("query", "--help").output
