"""Crashes that tests of the search page search, and what they read off its pages."""

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from middleware.app import application as rest_application
from middleware.context import Context as RestContext
from socorro.crashstore.filesystem import FilesystemStore
from socorro.postgres import Database
from socorro.search.interface import Engine, Permitted, Query, Result
from socorro.serving.health import WsgiApp
from socorro.serving.rate_limit import RateLimit
from tests.search.reference import Reference
from tests.search.rows import make_row
from tests.wsgi import Answer, ask

HOSTILE = "<script>alert(1)</script>\x1b[2J\u202e\" ' & javascript:alert(1)"
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
# Numbers 0 to 55 are in the last seven days: 38 of Firefox, 18 of Fenix.
ROWS = [
    make_row(
        number,
        NOW - timedelta(hours=3 * number + 1),
        product=("Firefox", "Firefox", "Fenix")[number % 3],
        version=f"159.0b{number % 4}",
        signature=HOSTILE if number == 11 else ("OOM | small", "hazel::Cache::Flush")[number % 2],
        os_name=("Windows NT", "Windows NT", "Linux", None)[number % 4],
        process_type="parent",
        uptime=number * 1000,
        addons=["a@x", "b@x"] if number % 2 else ["b@x"],
        throttle_rate=0.1 if number % 3 == 0 else 1.0,
        email="marker@example.com" if number == 2 else None,
    )
    for number in range(60)
]
NOWHERE = Database("host=127.0.0.1 port=9", size=1, name="nobody")
NO_STORE = FilesystemStore(Path("/nonexistent"))


class Counting:
    """An engine that keeps what it was asked; *answers* is another one, or what it raises."""

    def __init__(self, answers: Engine | Exception) -> None:
        self.queries: list[Query] = []
        self._answers = answers

    def search(self, query: Query, permitted: Permitted) -> Result:
        self.queries.append(query)
        if isinstance(self._answers, Exception):
            raise self._answers
        return self._answers.search(query, permitted)

    def check(self) -> None:
        pass

    def close(self) -> None:
        pass


def get(app: WsgiApp, *pairs: tuple[str, str], path: str = "/search/") -> Answer:
    """Ask for a search."""
    return ask(app, f"{path}?{urlencode(pairs)}")


def links(answer: Answer) -> list[str]:
    """Every link of a page, as a browser reads it."""
    return [html.unescape(link) for link in re.findall(r'href="([^"]*)"', answer.text)]


def link(answer: Answer, label: str) -> str:
    """The link with that text or label."""
    pattern = (
        rf'<a [^>]*href="([^"]*)"(?: [^>]*aria-label="{re.escape(html.escape(label))}")?[^>]*>'
    )
    for match in re.finditer(pattern + r"(.*?)</a>", answer.text, re.DOTALL):
        text = html.unescape(re.sub(r"<[^>]*>", "", match[2])).strip()
        if text == label or f'aria-label="{html.escape(label)}"' in match[0]:
            return html.unescape(match[1])
    raise AssertionError(f"no link {label!r}")


def counts(answer: Answer) -> dict[str, list[int]]:
    """The reports of each value, by the name of the facet."""
    return {
        re.sub(r"<[^>]*>", "", name): [
            int(number.replace(",", ""))
            for number in re.findall(r'</th><td class="number">([\d,]+)</td>', table)
        ]
        for name, table in re.findall(
            r'<h3 id="facet-\d+">(.*?)</h3>.*?(<table class="counts">.*?</table>)',
            answer.text,
            re.DOTALL,
        )
    }


def by_time(answer: Answer) -> list[int]:
    """The numbers below the chart."""
    match = re.search(
        r'<figure class="chart" id="by-time">.*?<table>(.*?)</table>', answer.text, re.S
    )
    numbers = re.findall(r'<td class="number">([\d,]+)</td>', match[1]) if match else []
    return [int(number.replace(",", "")) for number in numbers]


def rest(address: str, engine: Engine | None = None) -> Any:
    """What REST answers over the same crashes."""
    context = RestContext(NOWHERE, NO_STORE, search=engine or Reference(ROWS))
    return ask(rest_application(context, RateLimit(100)), address).json()


@contextmanager
def engine_of_commands() -> Iterator[Engine]:
    """The engine that a command opens."""
    yield Reference(ROWS)
