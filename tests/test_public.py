"""Headers that every answer has, whoever makes it."""

from typing import Any

import pytest

from socorro.serving.public import public
from tests.wsgi import ask

POLICY = "default-src 'none'; frame-ancestors 'none'"


def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 OK", [("content-security-policy", "own")] if "own" in str(environ) else [])
    return [b"answer"]


@pytest.mark.parametrize("path", ["/", "/__lbheartbeat__", "/__heartbeat__", "/__version__"])
@pytest.mark.parametrize("https", [True, False])
def test_every_answer_is_safe(path: str, https: bool) -> None:
    headers = ask(public(app, {}, https=https), path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Security-Policy"] == POLICY
    assert headers.get("Strict-Transport-Security") == ("max-age=31536000" if https else None)


def test_a_policy_of_the_application_stays() -> None:
    headers = ask(public(app, {}, https=False), "/own").headers

    assert headers["content-security-policy"] == "own"
    assert "Content-Security-Policy" not in headers
