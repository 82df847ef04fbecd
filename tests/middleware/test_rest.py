"""REST as clients know it: two resources, JSON errors, redaction, limits."""

from datetime import timedelta
from pathlib import Path

import pytest
from openapi_spec_validator import validate

from middleware.app import application
from middleware.callers import Caller
from middleware.context import Context
from middleware.routes import ROUTES
from socorro import jobs
from socorro.accounts.permissions import VIEW_PII, VIEW_RAWDUMP
from socorro.crashstore.filesystem import FilesystemStore
from socorro.crashstore.interface import CrashStore, StoreUnavailable
from socorro.postgres import Database
from socorro.serving.health import WsgiApp
from socorro.serving.proxies import Proxies
from socorro.serving.rate_limit import RateLimit
from tests.builders import DUMPS, NOON, make_crash
from tests.processed import MAC, WINDOWS, processed, stored
from tests.wsgi import ask

UNKNOWN = "00000000-0000-4000-8000-000000261123"
PRIVATE = {
    "URL": "https://marker-url.example/secret",
    "Email": "marker-mail@example.com",
    "Comments": "marker comment of a user",
    "TelemetryEnvironment": '{"marker": "marker telemetry"}',
    "Undeclared": "marker of nobody's field",
}


@pytest.fixture
def app(rest_database: Database, store: CrashStore) -> WsgiApp:
    return application(Context(rest_database, store), RateLimit(100))


@pytest.fixture
def insider(rest_database: Database, store: CrashStore) -> WsgiApp:
    caller = Caller(frozenset({VIEW_PII, VIEW_RAWDUMP}))
    context = Context(rest_database, store)
    return application(context, RateLimit(100), identify=lambda _environ: caller)


def test_a_processed_crash_is_found_by_either_spelling(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(store, database)

    plain = ask(app, f"/api/ProcessedCrash/?crash_id={crash.crash_id}")
    pasted = ask(app, f"/api/ProcessedCrash/?crash_id=bp-{crash.crash_id.upper()}")

    assert (plain.status, plain.headers["Cache-Control"]) == (200, "private, max-age=0")
    assert plain.json()["uuid"] == crash.crash_id
    assert plain.json()["json_dump"]["modules"][0]["filename"] == "test_app.exe"
    assert pasted.json() == plain.json()


def test_reports_of_a_crash_that_was_sent_again_name_one_another(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    first, again, last = (
        processed(store, database, raw=make_crash(NOON + timedelta(days=days), CrashEventID="one"))
        for days in (0, 1, 30)
    )
    alone = processed(store, database)

    answers = [
        ask(app, f"/api/ProcessedCrash/?crash_id={raw.crash_id}").json()
        for raw in (first, again, last, alone)
    ]

    assert [answer.get("same_crash") for answer in answers] == [
        [again.crash_id, last.crash_id],
        [first.crash_id, last.crash_id],
        [first.crash_id, again.crash_id],
        None,
    ]


def test_a_crash_is_shown_without_the_others_while_postgres_is_away(store: CrashStore) -> None:
    away = Database("host=127.0.0.1 port=1 dbname=nothing connect_timeout=1")
    raw = stored(store, make_crash())
    store.put_processed(raw.crash_id, {"signature": "main"})
    app = application(Context(away, store), RateLimit(100), identify=lambda _environ: Caller())

    answer = ask(app, f"/api/ProcessedCrash/?crash_id={raw.crash_id}")

    assert (answer.status, answer.json()) == (200, {"signature": "main"})


def test_a_raw_crash_is_the_public_annotations(app: WsgiApp, store: CrashStore) -> None:
    crash = stored(store, make_crash(ReleaseChannel="beta", **PRIVATE))

    answer = ask(app, f"/api/RawCrash/?crash_id={crash.crash_id}")

    assert answer.json()["ReleaseChannel"] == "beta"
    assert answer.json()["uuid"] == crash.crash_id
    assert "URL" not in answer.json()


def test_nothing_private_reaches_an_anonymous_caller(
    app: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(store, database, MAC, **PRIVATE)

    answers = [
        ask(app, f"/api/{name}/?crash_id={crash.crash_id}")
        for name in ("ProcessedCrash", "RawCrash")
    ]

    for answer in answers:
        assert answer.status == 200
        assert "marker" not in answer.text
        assert "registers" not in answer.text
        assert "mdsw_stderr" not in answer.text


def test_who_may_see_personal_data_sees_it(
    insider: WsgiApp, store: CrashStore, database: Database
) -> None:
    crash = processed(store, database, **PRIVATE)

    raw = ask(insider, f"/api/RawCrash/?crash_id={crash.crash_id}").json()
    processed_crash = ask(insider, f"/api/ProcessedCrash/?crash_id={crash.crash_id}").json()

    assert raw["Email"] == processed_crash["email"] == PRIVATE["Email"]
    assert processed_crash["json_dump"]["crashing_thread"]["frames"][0]["registers"]


def test_a_dump_needs_a_permission_and_says_which(app: WsgiApp, store: CrashStore) -> None:
    crash = stored(store, make_crash())

    answer = ask(app, f"/api/RawCrash/?crash_id={crash.crash_id}&format=raw")

    assert answer.status == 403
    assert answer.json()["permissions"] == [VIEW_RAWDUMP]


def test_a_dump_comes_as_its_bytes(insider: WsgiApp, store: CrashStore) -> None:
    crash = stored(store, make_crash())
    address = f"/api/RawCrash/?crash_id={crash.crash_id}&format=raw"

    main = ask(insider, address)
    named = ask(insider, f"{address}&name=upload_file_minidump")
    alias = ask(insider, f"{address}&name=dump")
    missing = ask(insider, f"{address}&name=upload_file_minidump_browser")

    assert main.body == named.body == alias.body == (DUMPS / WINDOWS).read_bytes()
    assert main.headers["Content-Type"] == "application/octet-stream"
    assert missing.status == 404


def test_an_unknown_auth_token_is_refused(app: WsgiApp, store: CrashStore) -> None:
    crash = stored(store, make_crash())

    answer = ask(app, f"/api/RawCrash/?crash_id={crash.crash_id}", AUTH_TOKEN="0" * 32)

    assert (answer.status, answer.json()) == (
        403,
        {"error": "The Auth-Token is unknown or has expired", "errors": {}},
    )


@pytest.mark.parametrize(
    ("deferred", "prepare", "state"),
    [
        (False, "", "new"),
        (True, "", "deferred"),
        (False, "offer", "waiting"),
        (False, "claim", "running"),
        (False, "fail", "failed"),
    ],
)
def test_a_crash_without_a_report_has_a_state_and_is_not_queued(
    app: WsgiApp, store: CrashStore, database: Database, deferred: bool, prepare: str, state: str
) -> None:
    crash = stored(store, make_crash(deferred=deferred))
    with database.transaction() as db:
        if prepare:
            jobs.offer(db, [crash.crash_id])
        if prepare in ("claim", "fail"):
            [job] = jobs.claim(db, "tests", 1, 60)
        if prepare == "fail":
            jobs.fail(db, job, "WalkerCrashed", most=1)

    answer = ask(app, f"/api/ProcessedCrash/?crash_id={crash.crash_id}")

    assert answer.status == 404
    assert answer.json()["state"] == state
    assert int(answer.headers["Retry-After"]) > 0
    with database.transaction() as db:
        assert (jobs.find(db, crash.crash_id) is None) == (not prepare)


@pytest.mark.parametrize("name", ["ProcessedCrash", "RawCrash"])
def test_an_unknown_crash_is_404(app: WsgiApp, name: str) -> None:
    answer = ask(app, f"/api/{name}/?crash_id={UNKNOWN}")

    assert (answer.status, answer.json()) == (404, {"error": "Not found", "errors": {}})


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("", "crash_id"),
        ("crash_id=", "crash_id"),
        ("crash_id=nonsense", "crash_id"),
        ("crash_id=%00%ff", "crash_id"),
        (f"crash_id={UNKNOWN[:-6]}261399", "crash_id"),
        (f"crash_id={UNKNOWN}&crash_id={UNKNOWN}", "crash_id"),
        (f"crash_id={UNKNOWN}&format=xml", "format"),
        (f"crash_id={UNKNOWN}&name=upload_file_minidump", "name"),
        ("&".join(f"a{number}=1" for number in range(60)), "query"),
        ("a=" + "x" * 9000, "query"),
    ],
)
def test_what_is_wrong_with_a_request_is_reported_by_field(
    app: WsgiApp, query: str, field: str
) -> None:
    answer = ask(app, f"/api/RawCrash/?{query}")

    assert answer.status == 400
    assert answer.json()["error"].startswith(f"Bad request: {field}: ")
    assert list(answer.json()["errors"]) == [field]


@pytest.mark.parametrize(
    ("address", "method", "status", "text"),
    [
        ("/api/Nothing/", "GET", 404, "No service called 'Nothing'"),
        ("/api/Nothing/", "POST", 404, "No service called 'Nothing'"),
        ("/elsewhere", "GET", 404, "Not found"),
        ("/api/RawCrash/", "POST", 405, "Method not allowed"),
        ("/api/RawCrash/", "__INIT__", 405, "Method not allowed"),
        ("/api/", "DELETE", 405, "Method not allowed"),
    ],
)
def test_wrong_addresses_and_methods_are_json(
    app: WsgiApp, address: str, method: str, status: int, text: str
) -> None:
    answer = ask(app, address, method)

    assert (answer.status, answer.json()) == (status, {"error": text, "errors": {}})
    assert ("Allow" in answer.headers) == (status == 405)


def test_scripts_of_other_sites_may_use_rest(app: WsgiApp) -> None:
    answer = ask(app, "/api/RawCrash/", "OPTIONS", ORIGIN="https://app.example")

    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "GET" in answer.headers["Access-Control-Allow-Methods"]


def test_head_is_get_without_the_body(app: WsgiApp, store: CrashStore, database: Database) -> None:
    crash = processed(store, database)
    address = f"/api/ProcessedCrash/?crash_id={crash.crash_id}"

    head, get = ask(app, address, "HEAD"), ask(app, address)

    assert head.body == b""
    assert head.headers["Content-Length"] == get.headers["Content-Length"] == str(len(get.body))


def test_gzip_when_the_client_takes_it(app: WsgiApp, store: CrashStore, database: Database) -> None:
    crash = processed(store, database, MAC)
    address = f"/api/ProcessedCrash/?crash_id={crash.crash_id}"

    plain = ask(app, address)
    packed = ask(app, address, ACCEPT_ENCODING="deflate, gzip, br")
    refused = ask(app, address, ACCEPT_ENCODING="gzip;q=0")

    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.body) < len(plain.body) / 4
    assert packed.json() == plain.json()
    assert "Content-Encoding" not in refused.headers


class _Broken(FilesystemStore):
    """A store that fails in a given way, with a user's text in the exception."""

    def __init__(self, root: Path, error: Exception) -> None:
        super().__init__(root)
        self._error = error

    def get_processed(self, _crash_id: object) -> dict[str, object]:
        raise self._error


@pytest.mark.parametrize(
    ("error", "status"),
    [(StoreUnavailable("marker"), 503), (KeyError("marker of a user"), 500)],
)
def test_a_failure_is_json_with_a_request_id_and_no_details(
    database: Database,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    error: Exception,
    status: int,
) -> None:
    app = application(Context(database, _Broken(tmp_path, error)), RateLimit(100))

    answer = ask(app, f"/api/ProcessedCrash/?crash_id={UNKNOWN}")

    output = capsys.readouterr()
    assert answer.status == status
    assert answer.headers.get("Retry-After") == ("2" if status == 503 else None)
    assert answer.json()["request_id"] == answer.headers["X-Request-Id"]
    assert answer.json()["request_id"] in output.out + output.err
    assert "marker" not in answer.text + output.out + output.err
    assert "Traceback" not in answer.text + output.out + output.err


def test_an_unavailable_database_is_503(store: CrashStore) -> None:
    nowhere = Database("host=127.0.0.1 port=1 dbname=socorro")
    crash = stored(store, make_crash())
    app = application(Context(nowhere, store), RateLimit(100))

    answer = ask(app, f"/api/ProcessedCrash/?crash_id={crash.crash_id}")

    assert answer.status == 503


def test_one_address_gets_so_many_answers_a_minute(database: Database, store: CrashStore) -> None:
    app = application(Context(database, store), RateLimit(3))

    statuses = [ask(app, "/api/", REMOTE_ADDR="192.0.2.1").status for _ in range(4)]
    refused = ask(app, "/api/", REMOTE_ADDR="192.0.2.1")
    other = ask(app, "/api/", REMOTE_ADDR="192.0.2.2")

    assert statuses == [200, 200, 200, 429]
    assert refused.json() == {"error": "Too many requests", "errors": {}}
    assert int(refused.headers["Retry-After"]) > 0
    assert other.status == 200


@pytest.mark.parametrize(
    ("peer", "trusted", "second"),
    [
        ("192.0.2.1", ["192.0.2.1"], 200),
        ("192.0.2.1", [], 429),
        ("127.0.0.1", ["127.0.0.1"], 200),
        ("127.0.0.1", [], 200),
    ],
)
def test_limits_hold_behind_a_proxy_and_only_ours_is_believed(
    database: Database, store: CrashStore, peer: str, trusted: list[str], second: int
) -> None:
    proxies = Proxies("middleware", trusted)
    app = application(Context(database, store), RateLimit(1), proxies=proxies)

    statuses = [
        ask(app, "/api/", REMOTE_ADDR=peer, X_FORWARDED_FOR=f"198.51.100.9, {client}").status
        for client in ("203.0.113.1:4711", "203.0.113.2:4711", "203.0.113.2")
    ]

    assert statuses == [200, second, 429]


def test_openapi_is_valid_and_has_every_route(app: WsgiApp) -> None:
    document = ask(app, "/api/openapi.json").json()

    validate(document)
    assert set(document["paths"]) == {route.path for route in ROUTES}
    assert {"/api/ProcessedCrash/", "/api/RawCrash/", "/api/Symbols/"} < set(document["paths"])
    assert document["paths"]["/api/RawCrash/"]["get"]["parameters"][1]["schema"]["enum"] == [
        "meta",
        "raw",
    ]


def test_the_index_is_a_page_for_people_and_json_for_programs(app: WsgiApp) -> None:
    page = ask(app, "/api/", ACCEPT="text/html,application/xhtml+xml")
    document = ask(app, "/api").json()
    style = ask(app, "/api/index.css")

    assert "<h1>Socorro REST interface</h1>" in page.text
    assert "ProcessedCrash" in page.text
    assert "<script" not in page.text
    assert document["resources"]["RawCrash"]["path"] == "/api/RawCrash/"
    assert style.headers["Content-Type"] == "text/css; charset=utf-8"


def test_every_answer_has_its_headers(app: WsgiApp) -> None:
    for address in ("/api/", "/nothing", "/api/RawCrash/"):
        headers = ask(app, address).headers

        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert headers["X-Request-Id"]


def test_a_lone_surrogate_in_an_annotation_passes(app: WsgiApp, store: CrashStore) -> None:
    crash = stored(store, make_crash(ReleaseChannel="a\ud800b"))

    answer = ask(app, f"/api/RawCrash/?crash_id={crash.crash_id}")

    assert answer.json()["ReleaseChannel"] == "a\ud800b"
