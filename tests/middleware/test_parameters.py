"""Parameters: once or repeated, in a query or in a form."""

from urllib.parse import urlencode

import pytest
from openapi_spec_validator import validate

from middleware.app import application
from middleware.body import FORM, form
from middleware.callers import Caller
from middleware.context import Context, Values
from middleware.parameters import MOST_PARAMETERS, Parameter
from middleware.reply import Reply, json_reply
from middleware.routes import Route
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from socorro.serving.rate_limit import RateLimit
from tests.wsgi import Answer, ask

NUMBERS = Parameter("number", "A number", int, {"type": "integer"}, many=True, most=3)
NAME = Parameter("name", "A name", required=True)


def echoed(_context: Context, _caller: Caller, values: Values) -> Reply:
    return json_reply(dict(values))


ROUTES = (
    Route("Echo", "Echo", "", (NUMBERS,), echoed, ("application/json",)),
    Route("Echo", "Echo", "", (), echoed, ("application/json",), method="POST",
          body=form("A form", 1_000, NUMBERS, NAME)),
)  # fmt: skip


@pytest.fixture
def app(database: Database, store: CrashStore) -> WsgiApp:
    return application(Context(database, store), RateLimit(100), routes=ROUTES)


def post(app: WsgiApp, body: bytes, kind: str = FORM, **headers: str) -> Answer:
    return ask(app, "/api/Echo/", "POST", body, CONTENT_TYPE=kind, **headers)


@pytest.mark.parametrize(
    ("query", "values"), [("", []), ("number=2", [2]), ("number=2&number=1&number=2", [2, 1, 2])]
)
def test_a_repeated_parameter_is_a_list(app: WsgiApp, query: str, values: list[int]) -> None:
    assert ask(app, f"/api/Echo/?{query}").json() == {"number": values}


@pytest.mark.parametrize(
    ("query", "field", "problem"),
    [
        ("number=1&number=x", "number", "invalid literal"),
        (
            "number=1&number=2&number=3&number=4",
            "number",
            "given more than 3 times: leave some out",
        ),
        ("number=1%00", "number", "contains a NUL character"),
        ("&".join("a=1" for _ in range(MOST_PARAMETERS + 4)), "query", "more than 53 parameters"),
    ],
)
def test_one_that_is_wrong_is_named(app: WsgiApp, query: str, field: str, problem: str) -> None:
    answer = ask(app, f"/api/Echo/?{query}")

    assert answer.status == 400
    assert answer.json()["errors"][field][0].startswith(problem)
    assert answer.json()["error"].startswith(f"Bad request: {field}: {problem}")


def test_a_form_is_read_like_a_query(app: WsgiApp) -> None:
    body = urlencode([("number", "1"), ("number", "2"), ("name", "żółw | a+b"), ("else", "x")])

    answer = post(app, body.encode(), f"{FORM}; charset=utf-8")

    assert (answer.status, answer.json()) == (200, {"number": [1, 2], "name": "żółw | a+b"})


@pytest.mark.parametrize(
    ("body", "kind", "status", "errors"),
    [
        (b"number=1", FORM, 400, ["name"]),
        (b"", FORM, 400, ["name"]),
        (b"\xff\xfe=%ff&&&;", FORM, 400, ["name"]),
        (b"name=" + b"x" * 995, FORM, 200, []),
        (b"name=" + b"x" * 996, FORM, 413, []),
        (b"name=a&" * 60, FORM, 400, ["body"]),
        (b"name=a", "application/json", 415, []),
    ],
)
def test_a_form_that_is_wrong_is_refused(
    app: WsgiApp, body: bytes, kind: str, status: int, errors: list[str]
) -> None:
    answer = post(app, body, kind)

    assert answer.status == status
    assert list(answer.json().get("errors", [])) == errors


def test_a_form_is_not_inflated(app: WsgiApp) -> None:
    assert post(app, b"name=a", CONTENT_ENCODING="gzip").status == 415
    assert post(app, b"name=a", CONTENT_ENCODING="identity").status == 200


def test_the_description_has_arrays_and_forms(app: WsgiApp) -> None:
    document = ask(app, "/api/openapi.json").json()

    validate(document)
    methods = document["paths"]["/api/Echo/"]
    assert methods["get"]["parameters"][0]["schema"] == {
        "type": "array",
        "items": {"type": "integer"},
        "maxItems": 3,
    }
    schema = methods["post"]["requestBody"]["content"][FORM]["schema"]
    assert (list(schema["properties"]), schema["required"]) == (["number", "name"], ["name"])
