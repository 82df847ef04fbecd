"""/api/ for browsers: REST's own description as forms, over a REST interface that runs."""

import html
import re
import shlex
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from middleware.app import application as rest_application
from middleware.callers import TokenLookup
from middleware.context import Context as RestContext
from middleware.routes import ROUTES
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from socorro.serving.rate_limit import RateLimit
from tests.accounts import token, user
from tests.serving.running import running
from tests.webapp.test_signing_in_by_browser import hold_to_the_rules
from tests.webapp.visitor import Visitor
from tests.wsgi import Answer, ask
from webapp.app import application
from webapp.config import WebappConfig
from webapp.context import Context

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.fixture
def app(
    as_role: Callable[[str], Database], store: CrashStore, config: WebappConfig
) -> Iterator[WsgiApp]:
    """The pages, with a REST interface behind them."""
    database = as_role("middleware")
    rest = rest_application(RestContext(database, store), RateLimit(9), TokenLookup(database))
    with running(rest) as server:
        url = f"http://127.0.0.1:{server.address[1]}"
        changed = config.model_copy(update={"middleware_url": url})
        yield application(Context(as_role("webapp"), store, changed), "k" * 40)


def look(app: WsgiApp, query: str = "", **headers: str) -> Answer:
    return ask(app, f"/api/{query}", ACCEPT=BROWSER, **headers)


def shown(answer: Answer) -> str:
    return " ".join(html.unescape(re.sub("<[^>]*>", "", answer.text)).split())


def line_of(answer: Answer) -> str:
    [text] = re.findall(r'aria-label="curl command">(.*?)</pre>', answer.text, re.DOTALL)
    return html.unescape(text)


def test_a_browser_gets_the_page_and_a_program_the_list(app: WsgiApp) -> None:
    page, program = look(app), ask(app, "/api/")

    assert "<h1>API</h1>" in page.text
    assert page.headers["Vary"].startswith("Accept")
    assert program.json()["resources"]["TopCrashers"]["path"] == "/api/TopCrashers/"
    assert ask(app, "/api/", ACCEPT="application/json").json() == program.json()
    assert ask(app, "/api/openapi.json", ACCEPT=BROWSER).json()["openapi"]
    assert ask(app, "/api/", "POST", b"", ACCEPT=BROWSER).status == 405


def test_every_resource_is_listed_and_has_a_form_with_all_its_parameters(app: WsgiApp) -> None:
    index = look(app).text

    for route in ROUTES:
        assert f'href="/api/?resource={route.operation}">' in index
        page = look(app, f"?resource={route.operation}")
        assert page.status == 200
        for parameter in (*route.parameters, *(route.body.form if route.body else ())):
            assert page.text.count(f'name="{parameter.name}"') == 1, route.operation


def test_send_leads_to_the_answer_without_what_is_empty_or_the_default(app: WsgiApp) -> None:
    answer = look(
        app,
        "?resource=TopCrashers&do=send&product=Fire+fox&version=1.0%0D%0A2.0%0D%0A&limit=&by=report"
        "&nobody=x",
    )

    assert answer.status == 302
    assert answer.headers["Location"] == (
        "/api/TopCrashers/?product=Fire+fox&version=1.0&version=2.0"
    )


def test_filters_of_any_name_are_taken_apart(app: WsgiApp) -> None:
    answer = look(app, "?resource=SuperSearch&do=send&filters=signature%3D~a%26os_name%3DLinux")

    assert answer.headers["Location"] == "/api/SuperSearch/?signature=~a&os_name=Linux"


def test_the_line_is_safe_to_paste_and_sends_the_same(app: WsgiApp) -> None:
    nasty = "'; echo pwned; $(id) <b>\u202e"
    page = Visitor(app, ACCEPT=BROWSER).get(
        "/api/?resource=Bugs&do=line&signatures=" + "".join(f"%{b:02x}" for b in nasty.encode())
    )

    line = line_of(page)
    words = shlex.split(line)
    assert words[0] == "curl"
    assert len(words) == 2
    assert words[1].startswith("http://127.0.0.1/api/Bugs/?signatures=%27%3B+echo+pwned%3B+%24")
    assert "<b>" not in page.text.split("<main")[1].replace("</b>", "")
    printed = subprocess.run(
        ["/bin/sh", "-c", f"printf %s {shlex.quote(words[1])}"], capture_output=True, text=True
    )
    assert printed.stdout == words[1]


@pytest.mark.parametrize(
    ("query", "line"),
    [
        ("Products", "curl http://127.0.0.1/api/Products/"),
        (
            "Comments",
            'curl -H "Auth-Token: $TOKEN" http://127.0.0.1/api/Comments/',
        ),
        (
            "Symbols-post&do=line&name=a+b",
            'curl -H "Auth-Token: $TOKEN" --data-binary @FILE'
            " 'http://127.0.0.1/api/Symbols/?name=a+b'",
        ),
        (
            "Versions-put&do=line&product=P&versions=1",
            "curl -X PUT -H \"Auth-Token: $TOKEN\" -d 'product=P&versions=1'"
            " http://127.0.0.1/api/Versions/",
        ),
    ],
)
def test_the_line_fits_method_body_and_token(app: WsgiApp, query: str, line: str) -> None:
    assert line_of(look(app, f"?resource={query}")) == line


def test_what_is_required_or_too_long_is_said_and_not_sent(app: WsgiApp) -> None:
    missing = look(app, "?resource=Bugs&do=send&signatures=")
    long = look(app, f"?resource=Bugs&do=send&signatures={'x' * 8000}")

    assert (missing.status, long.status) == (200, 200)
    assert "Not sent: signatures is required." in shown(missing)
    assert "Not sent: this is too long for an address." in shown(long)


def test_a_resource_that_takes_a_token_or_a_body_is_not_sent_by_the_browser(app: WsgiApp) -> None:
    for name in ("Comments", "Symbols-post", "Reprocessing-post"):
        assert "Send request" not in look(app, f"?resource={name}").text
    assert look(app, "?resource=PriorityJob-post&do=send&crash_ids=x").status == 200


def test_limit_and_tokens_are_those_of_the_visitor(app: WsgiApp, database: Database) -> None:
    user(database, "ann", "Hackers")
    ann = Visitor(app, ACCEPT=BROWSER, X_FORWARDED_FOR="192.0.2.9")
    first = shown(ann.get("/api/"))
    ann.sign_in()
    second = shown(ann.get("/api/"))
    token(database, "ann", ["view_pii"])
    third = shown(ann.get("/api/"))

    assert "may send 9 requests a minute without a token; 8 are left now." in first
    assert "Public data needs no token." in first
    assert "; 7 are left now. You have no valid token." in second
    assert "You have 1 valid token (view_pii)." in third
    assert "Requests from this machine are not limited." in shown(look(app))


def test_an_unknown_resource_is_no_page(app: WsgiApp) -> None:
    assert look(app, "?resource=<script>").status == 404


def test_without_rest_the_page_says_so(
    as_role: Callable[[str], Database], store: CrashStore, config: WebappConfig, tmp_path: Path
) -> None:
    def nonsense(_environ: object, start_response: Callable[..., object]) -> list[bytes]:
        start_response("200 OK", [("Content-Type", "application/json")])
        return [b'{"paths": {"/api/x/": {"get": 1}}}']

    database = as_role("webapp")
    with running(nonsense) as server:
        url = f"http://127.0.0.1:{server.address[1]}"
        for changed in (config, config.model_copy(update={"middleware_url": url})):
            page = look(application(Context(database, store, changed), "k" * 40), "?resource=x")
            assert page.status == 200
            assert "The REST interface does not respond." in page.text


@pytest.mark.browser
def test_a_browser_without_script_tries_a_resource(browser: Browser, app: WsgiApp) -> None:
    with running(app) as server:
        context = browser.new_context()
        page = context.new_page()
        page.goto(f"http://127.0.0.1:{server.address[1]}/api/")
        hold_to_the_rules(page)
        page.get_by_role("link", name="Versions", exact=True).click()
        page.get_by_role("textbox", name="product").fill("Firefox\nFenix")
        hold_to_the_rules(page)
        page.get_by_role("button", name="Show the curl line").click()
        expect(page.get_by_label("curl command")).to_contain_text("product=Firefox&product=Fenix")
        page.get_by_role("button", name="Send request").click()
        expect(page.locator("pre")).to_contain_text("hits")
        context.close()
