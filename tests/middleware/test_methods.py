"""Routes of any method: a body of known length, a permission that is checked first."""

import hashlib
from io import BytesIO

import pytest
from openapi_spec_validator import validate

from middleware import index
from middleware.app import application
from middleware.body import Body, BodyRule
from middleware.callers import Caller, Environ
from middleware.context import Context, Values
from middleware.parameters import Parameter
from middleware.reply import Refused, Reply, json_reply
from middleware.routes import ROUTES, Route, allowed
from socorro.accounts.permissions import UPLOAD_SYMBOLS
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from socorro.serving.rate_limit import RateLimit
from tests.builders import make_crash
from tests.wsgi import Answer, ask

OCTETS = "application/octet-stream"


def taken(_context: Context, caller: Caller, values: Values) -> Reply:
    body: Body = values["body"]
    digest, reads = hashlib.sha256(), 0
    while chunk := body.read():
        digest.update(chunk)
        reads += 1
    counts = {"reads": reads, "length": body.length, "sha256": digest.hexdigest()}
    return json_reply(
        {**counts, "name": values["name"], "type": body.content_type, "user": caller.user}
    )


def listed(_context: Context, _caller: Caller, _values: Values) -> Reply:
    return json_reply([])


SAMPLE_ROUTES = (
    Route("Things", "All things", "", (), listed, ("application/json",)),
    Route(
        "Things",
        "Take a thing",
        "One at a time.",
        (Parameter("name", "Its name", required=True),),
        taken,
        ("application/json",),
        method="POST",
        needs=UPLOAD_SYMBOLS,
        body=BodyRule("The thing", 200_000, (OCTETS, "text/plain")),
    ),
    Route("Sink", "Take it", "", (), taken, ("application/json",), method="POST"),
)


@pytest.fixture
def app(database: Database, store: CrashStore) -> WsgiApp:
    def identify(environ: Environ) -> Caller:
        return Caller(frozenset(environ.get("HTTP_AUTH_TOKEN", "").split()), "ann")

    return application(
        Context(database, store), RateLimit(100), identify, routes=(*ROUTES, *SAMPLE_ROUTES)
    )


def post(app: WsgiApp, body: bytes | None = b"x", kind: str = OCTETS, **headers: str) -> Answer:
    headers = {"AUTH_TOKEN": UPLOAD_SYMBOLS, "CONTENT_TYPE": kind, **headers}
    return ask(app, "/api/Things/?name=a", "POST", body, **headers)


def test_a_body_is_read_in_steps(app: WsgiApp) -> None:
    body = b"s" * 200_000

    answer = post(app, body)

    assert answer.json() == {
        "sha256": hashlib.sha256(body).hexdigest(),
        "reads": 4,
        "length": 200_000,
        "name": "a",
        "type": OCTETS,
        "user": "ann",
    }


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"s" * 200_001, {}, 413),
        (b"", {}, 200),
        (None, {}, 411),
        (b"x", {"CONTENT_TYPE": "text/plain; charset=utf-8"}, 200),
        (b"x", {"CONTENT_TYPE": "text/html"}, 415),
        (b"x", {"CONTENT_TYPE": ""}, 415),
        (b"x", {"AUTH_TOKEN": "view_pii"}, 403),
    ],
)
def test_what_is_no_body_for_a_route_is_refused(
    app: WsgiApp, body: bytes | None, headers: dict[str, str], status: int
) -> None:
    answer = post(app, body, **headers)

    assert answer.status == status
    assert ("error" in answer.json()) == (status != 200)


def test_the_permission_is_checked_before_anything_is_read(app: WsgiApp) -> None:
    answer = ask(app, "/api/Things/", "POST", b"x")

    assert (answer.status, answer.json()["permissions"]) == (403, [UPLOAD_SYMBOLS])


def test_a_missing_parameter_is_reported_before_the_body_is_read(app: WsgiApp) -> None:
    answer = ask(app, "/api/Things/", "POST", b"x", AUTH_TOKEN=UPLOAD_SYMBOLS)

    assert (answer.status, list(answer.json()["errors"])) == (400, ["name"])


def test_a_body_that_is_cut_off_is_refused() -> None:
    body = Body(BytesIO(b"four"), 5, OCTETS, "")

    assert body.read(3) == b"fou"
    assert body.read() == b"r"
    with pytest.raises(Refused, match="400"):
        body.read()


@pytest.mark.parametrize(
    ("address", "allow"),
    [
        ("/api/RawCrash/", "GET, HEAD, OPTIONS"),
        ("/api/Things/", "GET, HEAD, POST, OPTIONS"),
        ("/api/Things", "GET, HEAD, POST, OPTIONS"),
        ("/api/Sink/", "POST, OPTIONS"),
    ],
)
def test_each_resource_says_what_it_allows(app: WsgiApp, address: str, allow: str) -> None:
    wrong, preflight = ask(app, address, "DELETE"), ask(app, address, "OPTIONS")

    assert (wrong.status, wrong.headers["Allow"]) == (405, allow)
    assert preflight.headers["Allow"] == allow
    assert preflight.headers["Access-Control-Allow-Methods"] == allow
    assert "Auth-Token" in preflight.headers["Access-Control-Allow-Headers"]


def test_a_resource_without_get_has_no_head_either(app: WsgiApp) -> None:
    assert [ask(app, "/api/Sink/", method).status for method in ("GET", "HEAD")] == [405, 405]
    assert ask(app, "/api/Things/", "HEAD").status == 200


def test_options_of_an_unknown_resource_is_404(app: WsgiApp) -> None:
    assert ask(app, "/api/Nothing/", "OPTIONS").status == 404


def test_one_method_has_one_route(database: Database, store: CrashStore) -> None:
    with pytest.raises(ValueError, match="POST /api/Sink/: two routes"):
        application(
            Context(database, store), RateLimit(1), routes=(SAMPLE_ROUTES[2], SAMPLE_ROUTES[2])
        )


def test_the_description_names_methods_bodies_and_permissions(app: WsgiApp) -> None:
    document = ask(app, "/api/openapi.json").json()
    page = ask(app, "/api/", ACCEPT="text/html").text

    validate(document)
    methods = document["paths"]["/api/Things/"]
    assert set(methods) == {"get", "post"}
    assert set(methods["post"]["requestBody"]["content"]) == {OCTETS, "text/plain"}
    assert methods["post"]["security"] == [{"token": []}]
    assert "413" in methods["post"]["responses"]
    assert "security" not in methods["get"]
    assert document["paths"]["/api/RawCrash/"]["get"]["security"] == [{}, {"token": []}]
    assert "POST /api/Things/" in page
    assert "Needs a token with upload_symbols." in page


def test_allowed_knows_every_method_in_order() -> None:
    assert allowed(["DELETE", "GET", "POST", "PUT"]) == "GET, HEAD, POST, PUT, DELETE, OPTIONS"


def test_health_and_metrics_do_not_exist_outside(app: WsgiApp) -> None:
    for path in ("/metrics", "/__heartbeat__", "/__version__"):
        assert ask(app, path).status == 200
        assert ask(app, path, REMOTE_ADDR="203.0.113.9").json() == {
            "error": "Not found",
            "errors": {},
        }


@pytest.mark.parametrize("https", [True, False])
def test_every_answer_has_safe_headers(
    database: Database, store: CrashStore, monkeypatch: pytest.MonkeyPatch, https: bool
) -> None:
    app = application(Context(database, store), RateLimit(1000), https=https)
    paths = [*(route.path for route in ROUTES), "/api/", "/api/openapi.json", index.STYLE_PATH]
    paths += ["/", "/api/Nothing/", "/metrics", "/__version__", "/__heartbeat__"]

    answers = {
        (path, method): ask(app, path, method)
        for path in paths
        for method in ("GET", "POST", "HEAD", "OPTIONS", "DELETE")
    }
    answers["bad token", ""] = ask(app, "/api/", AUTH_TOKEN="x")
    monkeypatch.setattr(store, "get_raw", lambda _id: 1 / 0)
    answers["error", ""] = ask(app, f"/api/RawCrash/?crash_id={make_crash().crash_id}")

    for name, answer in answers.items():
        assert (name, answer.headers["X-Content-Type-Options"]) == (name, "nosniff")
        assert (name, answer.headers["Content-Security-Policy"][:18]) == (
            name,
            "default-src 'none'",
        )
        secure = answer.headers.get("Strict-Transport-Security")
        assert (name, secure) == (name, "max-age=31536000" if https else None)
    assert {answer.status for answer in answers.values()} >= {200, 400, 403, 404, 405}
    assert answers["error", ""].status == 500
