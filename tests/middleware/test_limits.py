"""Limits of requests and settings, each at the limit and one beyond it."""

from typing import Any

import pytest
from pydantic import ValidationError

from middleware.app import application
from middleware.body import Body, BodyRule, body_of
from middleware.config import MiddlewareConfig
from middleware.context import Context
from middleware.parameters import Parameter, read_query
from middleware.reply import Refused, json_reply
from middleware.routes import ROUTES, Route
from middleware.symbols import file_name
from socorro import metrics
from socorro.serving.rate_limit import RateLimit
from tests.moved import moves
from tests.wsgi import ask

NOTHING: Any = None  # no crash is read here
NAME = (Parameter("name", "A name"),)


@pytest.mark.parametrize("name", ["threads", "requests_per_minute", "token_requests_per_minute"])
def test_counts_in_settings_are_at_least_one(name: str) -> None:
    smallest: dict[str, Any] = {name: 1}
    assert getattr(MiddlewareConfig(**smallest), name) == 1

    for value in (0, -1):
        with pytest.raises(ValidationError, match="greater than 0"):
            MiddlewareConfig(**{name: value})


@pytest.mark.parametrize("extra", [0, 1])
@pytest.mark.parametrize(
    ("query", "problem"),
    [
        (lambda extra: "name=" + "x" * (8_000 - 5 + extra), "longer than 8000 characters"),
        (lambda extra: "&".join(["name=", *["a=1"] * (49 + extra)]), "more than 50 parameters"),
    ],
)
def test_a_query_has_a_longest_length_and_a_number_of_parameters(
    query: Any, problem: str, extra: int
) -> None:
    if not extra:
        assert "name" in read_query(NAME, query(0))
    else:
        with pytest.raises(Refused) as refused:
            read_query(NAME, query(1))
        assert problem in refused.value.reply.body.decode()


@pytest.mark.parametrize(("length", "is_accepted"), [(300, True), (301, False)])
def test_a_file_name_has_a_longest_length(length: int, is_accepted: bool) -> None:
    if is_accepted:
        assert file_name().read("x" * length) == "x" * length
    else:
        with pytest.raises(ValueError, match="at most 300 printable characters"):
            file_name().read("x" * length)


@pytest.mark.parametrize(
    ("length", "status"),
    [("10", ""), ("11", "413"), ("9" * 15, "413"), ("9" * 16, "413"), ("-1", "411"), ("²", "411")],
)
def test_a_body_has_a_largest_size(length: str, status: str) -> None:
    rule = BodyRule("Ten bytes", 10, ("text/plain",))
    environ = {"CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": length, "wsgi.input": None}

    if not status:
        body = body_of(rule, environ)
        assert isinstance(body, Body)
        assert body.length == 10
    else:
        with pytest.raises(Refused, match=status):
            body_of(rule, environ)


def test_symbols_of_up_to_a_gibibyte_are_read() -> None:
    largest = max(route.body.most_bytes for route in ROUTES if route.body)

    assert largest == 2**30


@pytest.mark.parametrize(("size", "encoding"), [(999, None), (1000, "gzip")])
def test_answers_of_a_thousand_bytes_are_compressed(size: int, encoding: str | None) -> None:
    text = "x" * (size - 2)
    route = Route("Sized", "Answers", "", (), lambda *_: json_reply(text), ("application/json",))
    app = application(Context(NOTHING, NOTHING), RateLimit(10), routes=[route])

    answer = ask(app, "/api/Sized/", ACCEPT_ENCODING="gzip")

    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.json() == text


@pytest.mark.parametrize(
    ("path", "route", "status"),
    [
        ("/api/", "/api", "200"),
        ("/api/RawCrash/", "/api/RawCrash", "400"),
        ("/api/Nothing/", "unknown", "404"),
    ],
)
def test_every_request_is_counted_and_timed_by_route(path: str, route: str, status: str) -> None:
    app = application(Context(NOTHING, NOTHING), RateLimit(10))

    with (
        moves(metrics.requests, service="middleware", route=route, status=status),
        moves(metrics.request_seconds, service="middleware", route=route),
    ):
        ask(app, path)
