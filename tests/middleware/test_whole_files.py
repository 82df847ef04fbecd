"""CSV of a question: all of its rows, or a limit that the request names."""

from collections.abc import Mapping
from typing import Any

import pytest

from middleware import questions
from middleware.app import application
from middleware.context import Context
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Connection, Database
from socorro.questions import parameters
from socorro.questions.columns import count
from socorro.questions.interface import Answer, Question
from socorro.serving.health import WsgiApp
from socorro.serving.rate_limit import RateLimit
from tests.wsgi import ask

NUMBERS = range(5)


def page(_db: Connection, values: Mapping[str, Any]) -> Answer:
    numbers = NUMBERS[values["offset"] :][: values["limit"]]
    return Answer("Numbers", [[number] for number in numbers], total=len(NUMBERS))


@pytest.fixture
def rest(database: Database, store: CrashStore) -> WsgiApp:
    question = Question(
        "Numbers", "numbers", "Numbers", "Numbers.",
        (parameters.limit(2), parameters.OFFSET), (count("number", "A number"),), page,
    )  # fmt: skip
    routes = (questions.route(question),)
    return application(Context(database, store), RateLimit(1000), routes=routes)


@pytest.mark.parametrize(
    ("query", "numbers", "is_last"),
    [
        ("", "0 1 2 3 4", True),
        ("&offset=3", "3 4", True),
        ("&limit=3", "0 1 2", False),
        ("&limit=3&offset=3", "3 4", True),
    ],
)
def test_a_file_without_a_limit_has_all_rows(
    rest: WsgiApp, query: str, numbers: str, is_last: bool
) -> None:
    answer = ask(rest, f"/api/Numbers/?format=csv{query}")

    assert answer.text.split() == ["number", *numbers.split()]
    assert ("Link" in answer.headers) != is_last


def test_the_file_of_a_page_has_its_rows(rest: WsgiApp) -> None:
    first = ask(rest, "/api/Numbers/").json()
    second = ask(rest, f"/api/Numbers/?cursor={first['next']}").json()

    assert [[row["number"] for row in one["rows"]] for one in (first, second)] == [[0, 1], [2, 3]]
    assert ask(rest, first["csv"]).text.split() == ["number", "0", "1"]
    assert ask(rest, second["csv"]).text.split() == ["number", "2", "3"]


def test_a_file_of_too_many_rows_is_refused_and_not_cut(
    rest: WsgiApp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(questions, "MOST_CSV", 4)

    refused = ask(rest, "/api/Numbers/?format=csv")

    assert refused.status == 400
    assert refused.json()["errors"]["limit"][0].startswith("more than 4 rows; with a limit, ")
    assert ask(rest, "/api/Numbers/?format=csv&offset=1").text.split()[1:] == ["1", "2", "3", "4"]
    assert len(ask(rest, "/api/Numbers/?format=csv&limit=9").text.split()) == 6
