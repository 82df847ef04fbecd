"""Every page in a real browser: by keyboard alone, accessible, no wider than the window, silent."""

import secrets
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.cache import cache
from playwright.sync_api import Browser, Page, Route
from psycopg2.extensions import make_dsn

from socorro import roles
from socorro.crashstore.filesystem import FilesystemStore
from socorro.postgres import Database
from tests.conftest import copy_of
from tests.search.reference import Reference
from tests.serving.running import running
from tests.webapp import keyboard
from tests.webapp.conftest import CRASHES, KEY
from tests.webapp.examples import EXAMPLES, address, prepare
from tests.webapp.visitor import Visitor
from webapp.app import application
from webapp.config import WebappConfig
from webapp.context import Context

pytestmark = pytest.mark.browser

WIDTHS = (360, 760, 800, 1024, 1440)
NAMES = [*EXAMPLES, "404"]
of_every_page = pytest.mark.parametrize("page", NAMES, indirect=True, scope="module")
OF_COLOURS = {"runOnly": ["color-contrast", "link-in-text-block"]}  # no other rule reads them


class Site(NamedTuple):
    """Pages served to a browser: their address, the paths of all examples, a user's session."""

    url: str
    paths: dict[str, str]
    session: str


@pytest.fixture(scope="module")
def every_page(postgres_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site that all tests of this module read."""
    folder: Path = tmp_path_factory.mktemp("pages")
    name = f"test_{secrets.token_hex(6)}"
    with pytest.MonkeyPatch.context() as patch, copy_of(postgres_dsn, "template", name) as dsn:
        patch.setenv("SOCORRO_EXTRACTS_FOLDER", str(folder))
        everything = Database(dsn, size=2, name="tests")
        pages = Database(make_dsn(dsn, user=roles.ROLES["webapp"]), size=8, name="webapp")
        store = FilesystemStore.created(folder / "crashstore")
        config = WebappConfig(secret_key_file=folder / "key", middleware_url="http://127.0.0.1:9/")
        app = application(Context(pages, store, config, search=Reference(CRASHES)), KEY)
        values = prepare(store, everything, folder)
        visitor = Visitor(app)
        visitor.sign_in()
        paths = {name: address(*example, values) for name, example in EXAMPLES.items()}
        with running(app) as server:
            url = f"http://127.0.0.1:{server.address[1]}"
            yield Site(url, {**paths, "404": "/nothing"}, visitor.cookies["session"])
        for pool in (everything, pages):
            pool.close()
        cache.clear()


def without_refresh(route: Route) -> None:
    """Pass a page on, but one that loads itself again would do so while it is looked at."""
    answer = route.fetch()
    headers = {name: value for name, value in answer.headers.items() if name != "refresh"}
    route.fulfill(response=answer, headers=headers)


@pytest.fixture(scope="module")
def page(browser: Browser, every_page: Site, request: pytest.FixtureRequest) -> Iterator[Page]:
    """An example in a window of its own, with a session where it needs one.

    All tests of a page look at it after it was loaded once; each sets what it depends on.
    """
    name = request.param
    context = browser.new_context()
    if name in EXAMPLES and EXAMPLES[name][1].needs_sign_in:
        cookie = {"name": "session", "value": every_page.session, "url": every_page.url}
        context.add_cookies([cookie])
    context.route("**/report/index/*", without_refresh)
    context.add_init_script(keyboard.BEFORE)
    page = context.new_page()
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    answer = page.goto(every_page.url + every_page.paths[name], wait_until="load")
    yield page
    context.close()
    assert messages == [] or not answer.ok  # the browser writes to the console that it was refused


def resize(page: Page, request: pytest.FixtureRequest) -> None:
    """Make the window of every other page narrow: it has less columns, and more that scrolls."""
    place = NAMES.index(request.node.callspec.params["page"])
    page.set_viewport_size({"width": (390, 1440)[place % 2], "height": 800})


@of_every_page
def test_nothing_scrolls_sideways(page: Page) -> None:
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        content = page.evaluate("document.documentElement.scrollWidth")

        assert content <= width, f"{width} px: {content} px wide"


@of_every_page
def test_all_is_done_by_keyboard_alone(page: Page, request: pytest.FixtureRequest) -> None:
    resize(page, request)

    assert keyboard.problems(page) == []


@of_every_page
def test_axe_finds_no_fault_in_light_and_dark(page: Page, request: pytest.FixtureRequest) -> None:
    resize(page, request)
    page.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true; })")

    for scheme, options in (("light", None), ("dark", OF_COLOURS)):
        page.emulate_media(color_scheme=scheme)
        report = Axe().run(page, options=options)

        assert report.violations_count == 0, f"{scheme}: {report.generate_report()}"
