"""What OpenAPI says holds: random calls are answered as described, and never with an error of ours.

The calls are the same in every run. Routes with a body are left to their own tests.
"""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from middleware.routes import ROUTES
from socorro.questions.table import QUESTIONS
from socorro.serving.health import WsgiApp

CALLS = 6  # of each route and mode
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
PLAIN = {"Accept-Encoding": "identity"}  # the client does not inflate
GETS = [route.path for route in ROUTES if route.method == "GET" and not route.needs]
CASES = [
    (route.path, mode)
    for route in ROUTES
    if route.path in GETS and route.method == "GET"
    for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    if route.parameters or mode is GenerationMode.POSITIVE  # no parameters, nothing to get wrong
]


@pytest.mark.parametrize(("path", "mode"), CASES)
def test_random_calls_are_answered_as_described(
    rest: WsgiApp, path: str, mode: GenerationMode
) -> None:
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", rest)

    @settings(
        max_examples=CALLS,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(case=schema[path]["GET"].as_strategy(generation_mode=mode))
    def call(case: schemathesis.Case) -> None:
        case.call_and_validate(checks=CHECKS, headers=PLAIN)

    call()


def test_every_question_is_called() -> None:
    questions = {f"/api/{question.name}/" for question in QUESTIONS if not question.permission}

    assert questions <= set(GETS)
