"""Sources of jobs: what goes wrong is a failed job, whose text names the page and no secrets."""

import gzip
from collections.abc import Iterator

import pytest

from cron.config import CronConfig
from cron.fetch import Fetcher, SourceFailed, SourceMissing
from tests.cron.source import Answer, Source, bomb

QUICK = CronConfig(http_seconds=0.3, http_total_seconds=0.5, http_bytes=2**20)


@pytest.fixture
def fetcher() -> Iterator[Fetcher]:
    with Fetcher(QUICK) as fetcher:
        yield fetcher


def test_a_page_is_read_plain_and_compressed(source: Source, fetcher: Fetcher) -> None:
    source.put("/plain", "héllo")
    source.put("/packed", gzip.compress(b"hello " * 1000), **{"Content-Encoding": "gzip"})

    assert fetcher.text(f"{source.url}/plain") == "héllo"
    assert fetcher.get(f"{source.url}/packed") == b"hello " * 1000


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (Answer(status=500), "answered 500"),
        (Answer(status=403), "answered 403"),
        (Answer(status=302, headers={"Location": "/page"}), "redirected more than 5 times"),
        (Answer(behaves="hangs"), "does not answer in time"),
        (Answer(behaves="drips"), "took too long"),
        (Answer(b"half", behaves="cuts short"), "cut short"),
        (Answer(b"x" * (2**20 + 1)), r"larger than 1,048,576 bytes \(SOCORRO_CRON_HTTP_BYTES\)"),
        (Answer(bomb(8), headers={"Content-Encoding": "gzip"}), "larger than 1,048,576 bytes"),
        (Answer(b"garbage", headers={"Content-Encoding": "gzip"}), "no gzip stream"),
    ],
)
def test_an_answer_that_cannot_be_used_is_one_clear_error(
    source: Source, fetcher: Fetcher, answer: Answer, text: str
) -> None:
    source.pages["/page"] = answer

    with pytest.raises(SourceFailed, match=f"^{source.url}/page: .*{text}"):
        fetcher.get(f"{source.url}/page")


def test_the_largest_page_is_read(source: Source, fetcher: Fetcher) -> None:
    source.pages["/page"] = Answer(b"x" * 2**20)

    assert len(fetcher.get(f"{source.url}/page")) == 2**20


@pytest.mark.parametrize("status", [404, 410])
def test_a_missing_page_is_an_error_of_its_own(
    source: Source, fetcher: Fetcher, status: int
) -> None:
    source.pages["/page"] = Answer(status=status)

    with pytest.raises(SourceMissing, match=rf"/page does not exist \({status}\)"):
        fetcher.get(f"{source.url}/page")


def test_no_error_shows_a_password_or_a_key(source: Source, fetcher: Fetcher) -> None:
    url = source.url.replace("http://", "http://me:secret@") + "/page?api_key=secret#secret"

    with pytest.raises(SourceFailed) as caught:
        fetcher.get(url)

    assert "secret" not in str(caught.value)
    assert f"{source.url}/page" in str(caught.value)
