"""What a source may do wrong: each is one clear error, within bounds."""

import gzip

import pytest

from cli.local.postgres import free_port
from cron.config import CronConfig
from cron.fetch import Fetcher, SourceFailed, SourceLacks, shown
from tests.cron.source import Answer, Source, bomb

QUICK = CronConfig(http_seconds=0.3, http_total_seconds=0.5, http_bytes=2**20)


@pytest.fixture
def fetcher() -> Fetcher:
    return Fetcher(QUICK)


def test_a_page_is_read_plain_and_compressed(source: Source, fetcher: Fetcher) -> None:
    source.put("/plain", "héllo")
    source.put("/packed", gzip.compress(b"hello " * 1000), **{"Content-Encoding": "gzip"})

    assert fetcher.text(f"{source.url}/plain") == "héllo"
    assert fetcher.get(f"{source.url}/packed") == b"hello " * 1000


def test_redirects_are_followed_relative_ones_too(source: Source, fetcher: Fetcher) -> None:
    source.pages["/a"] = Answer(b"moved", 302, {"Location": "/b"})
    source.pages["/b"] = Answer(b"moved", 308, {"Location": f"{source.url}/c"})
    source.put("/c", "here")

    assert fetcher.text(f"{source.url}/a") == "here"


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (Answer(status=500), "answered 500"),
        (Answer(status=403), "answered 403"),
        (Answer(status=204), "answered 204"),
        (Answer(status=302), "answered 302"),  # it says not where
        (Answer(status=302, headers={"Location": "/page"}), "redirects more than 5 times"),
        (Answer(status=302, headers={"Location": "file:///etc/passwd"}), "neither http nor https"),
        (Answer(status=302, headers={"Location": "http://["}), "ValueError"),
        (Answer(behaves="hangs"), "fell silent"),
        (Answer(behaves="drips"), "took too long"),
        (Answer(b"half", behaves="cuts short"), "the connection broke"),
        (Answer(b"x" * (2**20 + 1)), "larger than 1,048,576 bytes"),
        (Answer(bomb(8), headers={"Content-Encoding": "gzip"}), "larger than 1,048,576 bytes"),
        (Answer(b"garbage", headers={"Content-Encoding": "gzip"}), "no gzip stream"),
        (Answer(bomb(1)[:-20], headers={"Content-Encoding": "gzip"}), "cut short"),
        (Answer(b"x", headers={"Content-Encoding": "br"}), "encoding that nobody asked for"),
    ],
)
def test_what_cannot_be_used_is_one_clear_error(
    source: Source, fetcher: Fetcher, answer: Answer, why: str
) -> None:
    source.pages["/page"] = answer

    with pytest.raises(SourceFailed, match=why):
        fetcher.get(f"{source.url}/page")


def test_a_page_that_is_not_there_is_told_apart(source: Source, fetcher: Fetcher) -> None:
    with pytest.raises(SourceLacks, match="does not exist"):
        fetcher.get(f"{source.url}/nothing")


def test_a_server_that_is_away_and_a_host_that_does_not_exist(fetcher: Fetcher) -> None:
    with pytest.raises(SourceFailed, match="cannot be reached"):
        fetcher.get(f"http://127.0.0.1:{free_port()}/")
    with pytest.raises(SourceFailed, match=r"no such host|cannot be reached"):
        fetcher.get("http://no-such-host.invalid/")


def test_no_error_shows_a_password_or_a_key(source: Source, fetcher: Fetcher) -> None:
    url = source.url.replace("http://", "http://me:secret@") + "/page?api_key=secret#secret"

    with pytest.raises(SourceFailed) as caught:
        fetcher.get(url)

    assert "secret" not in str(caught.value)
    assert shown(url) == f"{source.url}/page"
