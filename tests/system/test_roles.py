"""Who sees what: every role against every place that holds something protected."""

from pathlib import Path
from typing import NamedTuple

import pytest
from django.core.cache import cache

from middleware.app import application as rest_application
from middleware.callers import TokenLookup
from middleware.context import Context as RestContext
from middleware.routes import ROUTES
from socorro.accounts.permissions import PERMISSIONS
from socorro.crashstore.filesystem import FilesystemStore
from socorro.crashstore.interface import CrashStore
from socorro.postgres import Database
from socorro.serving.rate_limit import RateLimit
from tests.accounts import change, token, user
from tests.processed import MAC, processed
from tests.search.reference import Reference
from tests.webapp.visitor import Visitor
from tests.wsgi import Answer, ask
from webapp.app import application
from webapp.config import WebappConfig
from webapp.context import Context

PRIVATE = {
    "URL": "https://marker.example/secret",
    "Email": "marker@example.com",
    "Comments": "marker of a user",
    "TelemetryEnvironment": '{"marker": 1}',
    "Undeclared": "marker of nobody",
}
INACTIVE = "UPDATE auth.auth_user SET is_active = false"
EXPIRED = "UPDATE auth.tokens SET expires_at = now() - interval '1 second'"
PLUS = ("Hackers Plus",)
PII = ("view_pii",)
BOTH = ("view_pii", "view_rawdump")


class Role(NamedTuple):
    """A visitor with a browser, and a script with a token, of the same user."""

    groups: tuple[str, ...] | None  # None: nobody
    permissions: tuple[str, ...] | None = None  # of the token; None: there is none
    then: str = ""  # what happens after signing in and making the token


class Sees(NamedTuple):
    """Statuses, and whether protected values are in what came."""

    page: bool  # the report shows its protected section
    links: bool  # and downloads
    download_raw: int  # by browser: the raw crash
    download_dump: int
    download_processed: int
    rest: int  # status of both documents
    rest_pii: bool
    rest_dump: int


TABLE = [
    ("anonymous", Role(None), Sees(False, False, 302, 302, 302, 200, False, 403)),
    ("no groups", Role((), ()), Sees(False, False, 403, 403, 403, 200, False, 403)),
    ("Uploaders", Role(("Uploaders",), ("upload_symbols",)),
     Sees(False, False, 403, 403, 403, 200, False, 403)),
    ("Hackers", Role(("Hackers",), PII), Sees(True, False, 403, 403, 200, 200, True, 403)),
    ("Hackers Plus", Role(PLUS, BOTH), Sees(True, True, 200, 200, 200, 200, True, 200)),
    ("token for less", Role(PLUS, ("view_rawdump",)),
     Sees(True, True, 200, 200, 200, 200, False, 200)),
    ("token for nothing", Role(PLUS, ()), Sees(True, True, 200, 200, 200, 200, False, 403)),
    ("expired token", Role(PLUS, BOTH, EXPIRED),
     Sees(True, True, 200, 200, 200, 403, False, 403)),
    ("inactive", Role(PLUS, BOTH, INACTIVE), Sees(False, False, 302, 302, 302, 403, False, 403)),
    ("left all groups", Role(PLUS, BOTH, "DELETE FROM auth.auth_user_groups"),
     Sees(False, False, 403, 403, 403, 200, False, 403)),
    ("view_rawdump only", Role(PLUS, BOTH, "DELETE FROM auth.auth_group_permissions USING"
     " auth.auth_permission AS one WHERE one.id = permission_id AND codename = 'view_pii'"),
     Sees(False, True, 200, 200, 403, 200, False, 200)),
]  # fmt: skip


@pytest.fixture
def store(tmp_path: Path) -> FilesystemStore:
    return FilesystemStore.created(tmp_path / "crashstore")


@pytest.mark.parametrize(("name", "role", "sees"), TABLE, ids=[name for name, *_ in TABLE])
def test_everybody_sees_what_their_role_allows(
    database: Database, store: CrashStore, tmp_path: Path, name: str, role: Role, sees: Sees
) -> None:
    crash = processed(store, database, MAC, **PRIVATE)
    config = WebappConfig(secret_key_file=tmp_path / "key")
    visitor = Visitor(application(Context(database, store, config), "k" * 40))
    rest = rest_application(RestContext(database, store), RateLimit(100), TokenLookup(database))
    headers = {}
    if role.groups is not None:
        user(database, "ann", *role.groups)
        assert visitor.sign_in().status == 302
    if role.permissions is not None:
        headers["AUTH_TOKEN"] = token(database, "ann", role.permissions)
    if role.then:
        assert change(database, role.then)

    page = visitor.get(f"/report/index/{crash.crash_id}")
    base = f"/rawdumps/{crash.crash_id}"
    raw, dump, whole = (
        visitor.get(base + end) for end in (".json", "/upload_file_minidump.dmp", "/processed.json")
    )
    documents = [
        ask(rest, f"/api/{kind}/?crash_id={crash.crash_id}", **headers)
        for kind in ("RawCrash", "ProcessedCrash")
    ]
    dump_by_rest = ask(rest, f"/api/RawCrash/?crash_id={crash.crash_id}&format=raw", **headers)
    cache.clear()

    assert page.status == 200
    assert (
        Sees(
            page='id="protected"' in page.text,
            links="/upload_file_minidump.dmp" in page.text,
            download_raw=raw.status,
            download_dump=dump.status,
            download_processed=whole.status,
            rest=documents[0].status,
            rest_pii=marked(documents[0]),
            rest_dump=dump_by_rest.status,
        )
        == sees
    )
    assert documents[1].status == documents[0].status
    assert marked(documents[1]) == sees.rest_pii
    assert marked(page) == sees.page
    assert marked(raw) == (sees.page and sees.links)
    assert marked(whole) == (whole.status == 200)
    assert (page.headers["Cache-Control"] == "private, no-store") == sees.page
    assert (dump_by_rest.headers["Cache-Control"] == "private, no-store") == (sees.rest_dump == 200)
    for download in (raw, dump, whole):
        if download.status == 200:
            assert download.headers["Cache-Control"] == "private, no-store"
            assert download.headers["Content-Disposition"].startswith("attachment; ")


def marked(answer: Answer) -> bool:
    """Whether something of PRIVATE is in it: all values say so."""
    return b"marker" in answer.body or (
        answer.headers["Content-Type"].startswith(("text/", "application/json"))
        and "marker" in answer.text
    )


HACKERS = {"view_pii", "reprocess_crashes", "run_long_queries"}
PLUS_HOLDS = {*HACKERS, "view_rawdump", "view_private_extracts", "feature_versions"}
LEFT = "DELETE FROM auth.auth_user_groups"
CALLERS = [  # a caller, and the permissions of its requests; None: it is refused everywhere
    ("anonymous", Role(None), set()),
    ("no groups", Role((), ()), set()),
    ("Uploaders", Role(("Uploaders",), ("upload_symbols",)), {"upload_symbols"}),
    ("Hackers", Role(("Hackers",), tuple(sorted(HACKERS))), HACKERS),
    ("Hackers Plus", Role(PLUS, tuple(sorted(PLUS_HOLDS))), PLUS_HOLDS),
    ("everything", Role((*PLUS, "Uploaders"), PERMISSIONS), {*PERMISSIONS}),
    ("token for less", Role(PLUS, PII), {"view_pii"}),
    ("token for nothing", Role(PLUS, ()), set()),
    ("left all groups", Role(PLUS, tuple(sorted(PLUS_HOLDS)), LEFT), set()),
    ("expired token", Role(PLUS, tuple(sorted(PLUS_HOLDS)), EXPIRED), None),
    ("inactive", Role(PLUS, tuple(sorted(PLUS_HOLDS)), INACTIVE), None),
]


@pytest.mark.parametrize(("name", "role", "held"), CALLERS, ids=[name for name, *_ in CALLERS])
def test_every_route_asks_for_its_permission(
    database: Database, store: CrashStore, name: str, role: Role, held: set[str] | None
) -> None:
    rest = rest_application(
        RestContext(database, store, search=Reference([])),
        RateLimit(1000),
        TokenLookup(database),
    )
    headers = {}
    if role.groups is not None:
        user(database, "ann", *role.groups)
    if role.permissions is not None:
        headers["AUTH_TOKEN"] = token(database, "ann", role.permissions)
    if role.then:
        assert change(database, role.then)

    answers = {
        (route.path, route.method): ask(rest, route.path, route.method, **headers)
        for route in ROUTES
    }

    for route in ROUTES:
        answer = answers[route.path, route.method]
        if held is None:
            assert answer.status == 403, route
        elif route.needs and route.needs not in held:
            assert (answer.status, answer.json()["permissions"]) == (403, [route.needs]), route
        else:
            assert answer.status in (200, 400, 411, 415), route
