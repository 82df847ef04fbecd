"""The data dictionary lists every field; reports link to it."""

import html
import re

import pytest

from socorro.crashstore.interface import CrashStore
from socorro.fields import fields
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from tests.processed import processed
from tests.wsgi import ask

HOME = "/documentation/datadictionary/"


def words(text: str) -> str:
    """The visible text, with single spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", " ", text.replace("<wbr>", ""))).split())


def test_every_field_is_listed_with_meaning_and_permission(app: WsgiApp) -> None:
    page = ask(app, HOME)

    text = words(page.text)
    assert page.status == 200
    for kind in ("raw_crash", "processed_crash"):
        for name, field in fields(kind).items():
            assert f'href="{HOME}{kind}/{name}"' in page.text, name
            assert words(field.description) in text, name
    assert "url string, protected Page that was open. string protected" in text
    assert (
        "signature string, public Name of the bucket that this crash belongs to. string public"
        in text
    )


def test_every_field_has_a_page_of_its_own(app: WsgiApp) -> None:
    for kind in ("raw_crash", "processed_crash"):
        for name, field in fields(kind).items():
            page = ask(app, f"{HOME}{kind}/{name}")
            assert page.status == 200, name
            assert words(field.description) in words(page.text), name
            if isinstance(field.examples[0], str):
                assert words(field.examples[0]) in words(page.text), name


def test_a_copy_and_its_annotation_link_to_each_other(app: WsgiApp) -> None:
    copy = ask(app, f"{HOME}processed_crash/oom_allocation_size").text
    annotation = ask(app, f"{HOME}raw_crash/OOMAllocationSize").text

    assert f'href="{HOME}raw_crash/OOMAllocationSize"' in copy
    assert f'href="{HOME}processed_crash/oom_allocation_size"' in annotation


def test_inner_fields_are_listed_with_their_own_permission(app: WsgiApp) -> None:
    text = words(ask(app, f"{HOME}processed_crash/json_dump").text)

    assert "json_dump.crashing_thread.frames[].function string, public" in text
    assert re.search(r"frames\[\]\.registers [^.]+\. object protected", text)


@pytest.mark.parametrize(
    "path",
    ["raw_crash/NobodyDeclaredThis", "report/URL", "raw_crash/", "processed_crash/<script>",
     "raw_crash/../../etc/passwd"],
)  # fmt: skip
def test_a_field_that_is_not_declared_has_no_page(app: WsgiApp, path: str) -> None:
    page = ask(app, HOME + path)

    assert page.status == 404
    assert "<script>" not in page.text


def test_the_annotations_of_a_report_link_to_their_meaning(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(store, database)

    page = ask(app, f"/report/index/{crash.crash_id}")

    [address] = re.findall(r'href="([^"]*/raw_crash/BuildID)"', page.text)
    assert ask(app, address).status == 200
