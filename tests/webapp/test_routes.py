"""Every route of webapp/urls.py has an example, and every example is answered."""

from pathlib import Path

import pytest
from django.conf import settings

from socorro import metrics
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from tests.moved import moves
from tests.webapp.examples import EXAMPLES, FILES, PAGES, address, prepare
from tests.webapp.visitor import Visitor
from tests.wsgi import ask
from webapp.app import application
from webapp.config import WebappConfig
from webapp.context import Context
from webapp.settings import STATIC


@pytest.fixture
def values(
    app: WsgiApp,
    store: CrashStore,
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> dict[str, str]:
    monkeypatch.setenv("SOCORRO_EXTRACTS_FOLDER", str(tmp_path))
    return prepare(store, database, tmp_path)


def test_every_route_has_an_example(app: WsgiApp) -> None:
    from webapp.urls import urlpatterns  # Django must be set up first

    assert {pattern.name for pattern in urlpatterns} == {*PAGES, *FILES}


def test_every_example_is_answered(app: WsgiApp, values: dict[str, str]) -> None:
    ann, nobody = (Visitor(app, ACCEPT="text/html,*/*;q=0.8") for _ in range(2))
    ann.sign_in()

    pages = {
        name: (ann if example.needs_sign_in else nobody).get(address(route, example, values))
        for name, (route, example) in EXAMPLES.items()
    }
    files = {name: ann.get(address(name, file.example, values)) for name, file in FILES.items()}

    expected = {"report pending": 202, "report not a crash id": 404, "search invalid": 400}
    for name, page in pages.items():
        assert (name, page.status) == (name, expected.get(name, 200))
        assert (name, page.text.count("<h1")) == (name, 1)
    for name, file in FILES.items():
        content_type = files[name].headers["Content-Type"].partition(";")[0]
        assert (name, files[name].status, content_type) == (name, file.status, file.content_type)


@pytest.mark.parametrize(
    ("path", "route", "status"),
    [("/", "home", "200"), ("/nothing", "unknown", "404"), ("/profile/", "profile", "302")],
)
def test_every_request_is_counted_and_timed_by_route(
    app: WsgiApp, path: str, route: str, status: str
) -> None:
    with (
        moves(metrics.requests, service="webapp", route=route, status=status),
        moves(metrics.request_seconds, service="webapp", route=route),
    ):
        ask(app, path)


@pytest.mark.parametrize("path", ["/metrics", "/__heartbeat__", "/__version__"])
def test_health_and_metrics_do_not_exist_outside(app: WsgiApp, path: str) -> None:
    outside = ask(app, path, REMOTE_ADDR="203.0.113.9")

    assert ask(app, path).status == 200
    assert (outside.status, "Page not found" in outside.text) == (404, True)


@pytest.mark.parametrize("https", [True, False])
def test_every_answer_has_safe_headers(
    app: WsgiApp,
    values: dict[str, str],
    store: CrashStore,
    database: Database,
    config: WebappConfig,
    https: bool,
) -> None:
    config = config.model_copy(update={"https": https})
    app = application(Context(database, store, config), "k" * 40)
    ann = Visitor(app, ACCEPT="text/html,*/*;q=0.8")
    ann.sign_in()
    places = {name: address(route, example, values) for name, (route, example) in EXAMPLES.items()}
    places |= {name: address(name, file.example, values) for name, file in FILES.items()}
    places |= {name: name for name in ("/nothing", "/metrics", "/__version__", "/__lbheartbeat__")}
    places |= {file.name: f"{settings.STATIC_URL}{file.name}" for file in STATIC.iterdir()}
    places["no static file"] = f"{settings.STATIC_URL}nothing"

    answers = {name: ann.get(place) for name, place in places.items()}
    answers["no host"] = ask(app, "/", HOST="nonsense.example")
    answers["no form"] = ann.send("/login/", b"name=ann")
    answers["not signed in"] = ask(app, "/profile/")

    for name, answer in answers.items():
        assert (name, answer.headers["X-Content-Type-Options"]) == (name, "nosniff")
        assert (name, answer.headers["Content-Security-Policy"][:18]) == (
            name,
            "default-src 'none'",
        )
        secure = answer.headers.get("Strict-Transport-Security")
        assert (name, secure) == (name, "max-age=31536000" if https else None)
    assert {answers[name].status for name in ("no host", "no form", "not signed in")} == {
        400, 403, 302,
    }  # fmt: skip
    assert answers["site.css"].status == 200


def test_style_and_script_are_sent_compressed(app: WsgiApp) -> None:
    for name in ("site.css", "site.js"):
        answer = ask(app, f"{settings.STATIC_URL}{name}", ACCEPT_ENCODING="gzip")

        assert (answer.status, answer.headers["Content-Encoding"]) == (200, "gzip")
        assert answer.text == (STATIC / name).read_text()
        assert "Content-Encoding" not in ask(app, f"{settings.STATIC_URL}{name}").headers
