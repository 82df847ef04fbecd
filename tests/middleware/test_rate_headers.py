"""Headers that say how many requests are left."""

from typing import Any

from middleware.app import application
from middleware.callers import Caller
from middleware.context import Context
from socorro.serving.rate_limit import Left, RateLimit
from tests.wsgi import ask

NOTHING: Any = None  # no crash is read here


def test_an_address_is_told_what_it_has_left() -> None:
    app = application(Context(NOTHING, NOTHING), RateLimit(2))

    answers = [ask(app, "/api/", REMOTE_ADDR="203.0.113.9") for _ in range(3)]

    assert [answer.status for answer in answers] == [200, 200, 429]
    assert [answer.headers["RateLimit-Remaining"] for answer in answers] == ["1", "0", "0"]
    assert {answer.headers["RateLimit-Limit"] for answer in answers} == {"2"}
    assert answers[0].headers["RateLimit-Reset"] == "30"
    assert "RateLimit-Remaining" in answers[0].headers["Access-Control-Expose-Headers"]
    assert "RateLimit-Limit" not in ask(app, "/api/").headers


def test_a_user_has_a_limit_of_their_own() -> None:
    app = application(
        Context(NOTHING, NOTHING),
        RateLimit(2),
        identify=lambda _environ: Caller(user="ann"),
        user_limit=RateLimit(9),
    )

    assert ask(app, "/api/", REMOTE_ADDR="203.0.113.9").headers["RateLimit-Limit"] == "9"


def test_what_is_left_comes_back_with_time() -> None:
    limit = RateLimit(60)
    limit.take_for("ann", 0)

    assert limit.left_for("ann", 0) == Left(60, 59, 1)
    assert limit.left_for("ann", 1) == Left(60, 60, 0)
    assert limit.left_for("bob", 1) == Left(60, 60, 0)
