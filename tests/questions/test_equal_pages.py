"""Page, CSV and REST of each declared page show the same rows, in the same order."""

import html
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from socorro.crashstore.filesystem import FilesystemStore
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from tests.questions.test_equal_answers import SAMPLES, common
from tests.wsgi import ask
from webapp.app import application
from webapp.config import WebappConfig
from webapp.context import Context
from webapp.frame.declared import Page
from webapp.frame.table_of_pages import PAGES

CASES = [
    pytest.param(page, sample, id=f"{page.route}-{page.key}-{number}")
    for page in PAGES
    for number, sample in enumerate(SAMPLES.get(page.question.name, [{}])[:2])
    if not page.question.permission
]


@pytest.fixture(scope="module")
def pages(sample_dsn: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WsgiApp]:
    folder: Path = tmp_path_factory.mktemp("pages")
    config = WebappConfig(secret_key_file=folder / "key", middleware_url="http://127.0.0.1:9/")
    database = Database(sample_dsn, size=2, name="tests")
    store = FilesystemStore.created(folder / "crashstore")
    yield application(Context(database, store, config), "a key of the tests that signs nothing")
    database.close()


@pytest.mark.parametrize(("page", "sample"), CASES)
def test_page_csv_and_rest_are_equal(
    page: Page, sample: dict[str, Any], pages: WsgiApp, rest: WsgiApp
) -> None:
    address = address_of(page, sample)

    shown = ask(pages, address)
    table = table_of(page, shown.text)
    csv, api = (html.unescape(link) for link in links(table))
    sheet = ask(pages, csv)
    answer = ask(rest, api)

    assert (shown.status, sheet.status, answer.status) == (200, 200, 200)
    assert len(re.findall("<tr>", table)) - 1 == len(answer.json()["rows"]) > 0
    assert sheet.body == ask(rest, answer.json()["csv"]).body
    words = shlex.split(html.unescape(re.search("<code>(.*?)</code>", table)[1]))
    assert words[:2] == ["socorro", page.question.command]


def address_of(page: Page, sample: dict[str, Any]) -> str:
    """The address of a page: the overview of a product has its name in the path."""
    from django.urls import reverse  # Django must be set up first

    values = {**common(page.question), **sample}
    sent = {name: "true" if value is True else value for name, value in values.items()}
    sent |= {"group": page.key} if page.route == "sites" and page.key else {}
    product = sent.pop("product") if page.route in ("home", "product_home") else None
    path = reverse(page.route, args=[product] if page.route == "product_home" else [])
    return f"{path}?{urlencode(sent, doseq=True)}"


def table_of(page: Page, text: str) -> str:
    """The table of a page; where it has no rows, another one of the same question."""
    same = [one for one in tables(text) if f'href="/api/{page.question.name}/' in one]
    return next((one for one in same if page.key and f"table={page.key}" in one), same[0])


def tables(text: str) -> list[str]:
    return re.findall('<table class="data.*?</table>', text, re.DOTALL)


def links(table: str) -> list[str]:
    """The addresses of its CSV and of its REST call."""
    return [
        re.search(f'href="([^"]*)">{name}</a>', table)[1]  # type: ignore[index]
        for name in ("CSV", "JSON")
    ]
