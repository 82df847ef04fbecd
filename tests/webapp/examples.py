"""Example addresses of every route in webapp/urls.py, tried by WSGI and in a real browser.

A new route needs an entry here: tests/webapp/test_routes.py fails for one without.
"""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from django.urls import reverse

from socorro.crashstore.interface import CrashStore
from socorro.extracts import folder
from socorro.postgres import Database
from socorro.queries.health import keep_ledger
from tests import counted
from tests.accounts import token, user
from tests.builders import make_crash
from tests.health.facts import DAY
from tests.processed import LINUX, MAC, processed, stored

COLUMNS = (
    "version", "reason", "address", "uptime", "process_type", "install_time", "cpu_arch",
    "app_notes", "release_channel", "os_name", "signature",
)  # fmt: skip
CRASH = {"crash_id_text": "{crash}"}


class Example(NamedTuple):
    """One address of a route; {crash}, {waiting} and {extract} stand for what prepare() makes."""

    arguments: Mapping[str, str] = {}
    query: str = ""
    state: str = ""  # distinguishes several examples of one route
    needs_sign_in: bool = False


class File(NamedTuple):
    """The example of a route that answers something else than a page."""

    example: Example
    status: int
    content_type: str


PAGES: dict[str, list[Example]] = {
    "home": [Example(), Example(query="?product=Firefox", state="filtered")],
    "product_home": [Example({"product": "Firefox"})],
    "report": [
        Example(CRASH),
        Example(CRASH, state="signed in", needs_sign_in=True),
        Example({"crash_id_text": "{waiting}"}, state="pending"),
        Example({"crash_id_text": "nonsense"}, state="not a crash id"),
    ],
    "signature": [
        Example(query="?signature=sadness_generator::raise_segfault"),
        Example(query="?signature=unknown", state="unknown"),
    ],
    "changes": [Example(), Example(query="?kind=new", state="of one kind")],
    "top_crashers": [
        Example(),
        Example(query="?product=Firefox&days=28&count=installs&sort=change", state="by change"),
    ],
    "sites": [Example(), Example(query="?group=url", state="by page")],
    "search": [
        Example(),
        Example(query="?product=Firefox&signature=~OOM&_histogram.date=version", state="filtered"),
        Example(query="?signature=never", state="without a match"),
        Example(query=f"?{'&'.join(f'_columns={name}' for name in COLUMNS)}", state="wide"),
        Example(query="?produkt=Firefox&date=soon", state="invalid"),
    ],
    "quick_search": [Example(query="?query=parserbridge"), Example(query="?query=x", state="none")],
    "builds": [Example()],
    "compare": [Example()],
    "hangs": [Example()],
    "suspicious_modules": [Example()],
    "frankeninstalls": [Example()],
    "missing_symbols": [Example()],
    "status": [Example(), Example(state="signed in", needs_sign_in=True)],
    "failed_jobs": [Example(needs_sign_in=True)],
    "extracts": [Example(), Example(state="signed in", needs_sign_in=True)],
    "about": [Example()],
    "dictionary": [Example(), Example(query="?search=memory+total", state="search")],
    "field": [
        Example({"kind": "processed_crash", "name": "json_dump"}),
        Example({"kind": "processed_crash", "name": "product"}, state="with values"),
    ],
    "api": [Example()],
    "login": [Example()],
    "profile": [Example(needs_sign_in=True)],
    "tokens": [Example(needs_sign_in=True)],
}
FILES: dict[str, File] = {
    "report_slash": File(Example(CRASH), 301, "text/html"),
    "extract": File(Example({"audience": "public", "name": "{extract}"}), 200, "application/gzip"),
    "alerts_feed": File(Example({"form": "atom"}), 200, "application/atom+xml"),
    "search_feed": File(Example(query="?product=Firefox"), 200, "application/atom+xml"),
    "search_custom": File(Example(), 302, "text/html"),
    "search_results": File(Example(query="?product=Firefox"), 302, "text/html"),
    "search_query": File(Example(), 302, "text/html"),
    "search_fields": File(Example(), 302, "text/html"),
    "builds_feed": File(Example({"form": "rss"}), 200, "application/rss+xml"),
    "changes_feed": File(Example({"form": "atom"}), 200, "application/atom+xml"),
    "reprocess": File(Example(CRASH), 302, "text/html"),
    "raw_crash": File(Example(CRASH), 200, "application/json"),
    "processed_crash": File(Example(CRASH), 200, "application/json"),
    "dump": File(
        Example({**CRASH, "name": "upload_file_minidump"}), 200, "application/octet-stream"
    ),
    "logout": File(Example(), 405, "text/html"),
    "oidc_authenticate": File(Example(), 404, "text/html"),  # no identity provider is set
    "oidc_callback": File(Example(), 404, "text/html"),
    "robots": File(Example(), 200, "text/plain"),
    "favicon": File(Example(), 302, "text/html"),
}
EXAMPLES = {
    f"{route} {example.state}".strip(): (route, example)
    for route, examples in PAGES.items()
    for example in examples
}


def prepare(store: CrashStore, database: Database, extracts: Path) -> dict[str, str]:
    """Make what the examples show; return what stands in for their placeholders."""
    crash = processed(
        store,
        database,
        MAC,
        make_crash(
            datetime.now(UTC),
            GraphicsCriticalError="a b " * 200,
            URL="https://example.com/" + "path/" * 40,
            Comments="It crashed when I pressed Reload.",
        ),
    )
    processed(store, database, LINUX, make_crash(datetime.now(UTC)))
    counted_signature(database)
    with database.transaction() as db:
        keep_ledger(db, DAY._replace(day=datetime.now(UTC).date() - timedelta(days=1)))
    waiting = stored(store, make_crash())
    extract = folder.path(extracts, date(2026, 11, 23), "Thunderbird", "public")
    extract.parent.mkdir()
    for path in (extract, folder.checksum(extract), folder.described(extract)):
        path.write_text("an extract")
    user(database, "ann", "Hackers Plus")
    token(database, "ann", ["view_pii", "view_rawdump"], note="nightly triage of top crashers")
    return {"crash": crash.crash_id, "waiting": waiting.crash_id, "extract": extract.name}


def counted_signature(database: Database) -> None:
    """The signature of the page about one, in the daily tables of a month."""
    with database.transaction() as db:
        version = counted.version(db)
        for back in range(28):
            day = datetime.now(UTC).date() - timedelta(days=back)
            for system in ("win", "lin"):
                name = "sadness_generator::raise_segfault"
                counted.crashes(db, version, name, 30 + back, day, system=system)


def address(route: str, example: Example, values: Mapping[str, str]) -> str:
    """Return the address of an example."""
    arguments = {name: text.format(**values) for name, text in example.arguments.items()}
    return reverse(route, kwargs=arguments) + example.query.format(**values)
