"""Bugs, versions, products, status: lists for programs, as crash-stats has them."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from middleware import bugs
from socorro import __version__
from socorro.accounts.permissions import FEATURE_VERSIONS
from socorro.counts.server_status import record
from socorro.crashstore.interface import CrashStore
from socorro.health.judge import judge
from socorro.postgres import Database, execute
from socorro.search.segments.engine import SegmentsEngine
from tests.builders import NOON, make_crash
from tests.counted import signature, version
from tests.health.facts import LIMITS, facts, instance
from tests.middleware.resources import Fields, Rest, bug
from tests.processed import processed, stored
from tests.search.segments.built import build

ODD = "żółw::\"; DROP TABLE bugs; --' %s | <script>"


@pytest.fixture
def rest(rest_database: Database, store: CrashStore) -> Rest:
    return Rest(rest_database, store)


@pytest.fixture
def alone(store: CrashStore) -> Rest:
    """A REST interface without a database: what it refuses, it refuses before it needs one."""
    return Rest(Database("host=127.0.0.1 port=1 dbname=nothing"), store)


@pytest.fixture
def editor(rest_database: Database, store: CrashStore) -> Rest:
    return Rest(rest_database, store, FEATURE_VERSIONS)


def names(*values: str, of: str = "signatures") -> Fields:
    return [(of, value) for value in values]


@pytest.mark.parametrize("method", ["get", "send"])
def test_bugs_come_with_all_their_signatures(rest: Rest, database: Database, method: str) -> None:
    with database.transaction() as db:
        bug(db, 7, "a | b", "c")
        bug(db, 8, ODD)
        bug(db, 9, "other")
        bug(db, 10, duplicate_of=None)
        bug(db, 11, "c", duplicate_of=10)
        execute(db, "INSERT INTO bug_signatures VALUES (9, 'c', now() - '2 d'::interval, now())")

    answer = getattr(rest, method)("Bugs", *names("c", ODD, "unknown"))

    assert answer.json() == {
        "hits": [
            {"id": 7, "signature": "a | b"},
            {"id": 7, "signature": "c"},
            {"id": 8, "signature": ODD},
            {"id": 10, "signature": "c"},
            {"id": 11, "signature": "c"},
        ],
        "total": 5,
    }
    assert answer.headers["Cache-Control"] == "private, max-age=300"


def test_signatures_come_by_bug(rest: Rest, database: Database) -> None:
    with database.transaction() as db:
        bug(db, 2**62, "b", "a")
        bug(db, 3, "c")

    answer = rest.get("SignaturesByBugs", *names(str(2**62), "4", of="bug_ids"))

    assert answer.json() == {
        "hits": [{"id": 2**62, "signature": "a"}, {"id": 2**62, "signature": "b"}],
        "total": 2,
    }


def test_more_bugs_than_one_answer_holds_are_an_error(
    rest: Rest, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bugs, "MOST_HITS", 2)
    with database.transaction() as db:
        bug(db, 1, "a", "b")
        bug(db, 2, "c")

    assert rest.get("Bugs", *names("a")).json()["total"] == 2
    assert list(rest.get("Bugs", *names("a", "c")).json()["errors"]) == ["signatures"]


def test_the_first_date_of_a_signature_is_that_of_its_first_crash(
    rest: Rest, database: Database
) -> None:
    with database.transaction() as db:
        signature(db, ODD, NOON)
        signature(db, "b", NOON + timedelta(days=1))
        execute(db, "UPDATE signatures SET first_build = '20261120031153' WHERE signature = 'b'")

    answer = rest.get("SignatureFirstDate", *names("b", ODD, "unknown"))

    assert answer.json() == {
        "hits": [
            {"signature": "b", "first_build": "20261120031153",
             "first_date": "2026-11-24T12:00:00+00:00"},
            {"signature": ODD, "first_build": None, "first_date": "2026-11-23T12:00:00+00:00"},
        ],
        "total": 2,
    }  # fmt: skip


def test_a_build_has_the_version_that_the_feed_says(rest: Rest, database: Database) -> None:
    with database.transaction() as db:
        execute(
            db,
            "INSERT INTO releases_raw (product, version, build_id, release_channel, platform,"
            " beta_number) VALUES ('Firefox', '141.0', '20261113093000', 'beta', 'win64', 2),"
            " ('Firefox', '141.0', '20261113093000', 'beta', 'mac', 2)",
        )
        execute(db, "SELECT update_product_versions()")
    builds = {
        ("Firefox", "beta", "20261113093000"): ["141.0b2"],
        ("Firefox", "Beta", "20261113093000"): ["141.0b2"],
        ("Firefox", "release", "20261113093000"): [],
        ("Fenix", "beta", "20261113093000"): [],
        ("Firefox", "beta", "20261113093001"): [],
        ("Firefox", "beta", "' OR true --"): [],
    }

    answers = {
        build: rest.get(
            "VersionString", *zip(("product", "channel", "build_id"), build, strict=True)
        ).json()
        for build in builds
    }

    assert answers == {
        build: {"hits": [{"version_string": name} for name in names], "total": len(names)}
        for build, names in builds.items()
    }


def test_a_crash_is_verified_in_each_place(
    rest: Rest, store: CrashStore, database: Database
) -> None:
    whole = processed(store, database).crash_id
    raw_only = stored(store, make_crash()).crash_id
    nowhere = make_crash().crash_id

    answers = [
        rest.get("CrashVerify", ("crash_id", crash_id)) for crash_id in (whole, raw_only, nowhere)
    ]

    places = ("raw_crash", "processed_crash", "elasticsearch_crash", "telemetry_crash")
    assert [[answer.json()[place] for place in places] for answer in answers] == [
        [True, True, True, False],
        [True, False, False, False],
        [False, False, False, False],
    ]
    assert answers[0].json()["uuid"] == whole
    assert answers[0].headers["Cache-Control"] == "private, max-age=0"


def test_a_crash_is_searchable_once_search_has_it(
    rest_database: Database, store: CrashStore, tmp_path: Path
) -> None:
    crash_id = make_crash().crash_id
    engine = SegmentsEngine(tmp_path / "segments")
    rest = Rest(rest_database, store, search=engine)

    away = rest.get("CrashVerify", ("crash_id", crash_id)).json()
    build(tmp_path / "segments", [{"crash_id": crash_id, "submitted_timestamp": NOON}])
    present = rest.get("CrashVerify", ("crash_id", crash_id)).json()
    engine.close()

    assert [away["elasticsearch_crash"], present["elasticsearch_crash"]] == [False, True]


def test_the_status_is_public_and_names_no_host(rest: Rest, database: Database) -> None:
    with database.transaction() as db:
        for minutes in (0, 5, 10):
            record(db, NOON + timedelta(minutes=minutes))

    two = rest.get("ServerStatus", ("duration", "2")).json()
    every = rest.get("ServerStatus").json()

    assert [hit["recorded_at"] for hit in two["hits"]] == [
        "2026-11-23T12:10:00+00:00",
        "2026-11-23T12:05:00+00:00",
    ]
    assert (every["total"], every["socorro_revision"]) == (3, __version__)
    assert every["hits"][0]["waiting_count"] == 0


def test_the_status_says_whether_the_line_is_healthy_and_names_no_host(
    rest_database: Database, store: CrashStore
) -> None:
    mover = instance("crashmover", answers=False, facts={}, error="10.9.8.7 refused")
    rest = Rest(rest_database, store, health=lambda: judge(facts(mover), LIMITS))

    answer = rest.get("ServerStatus")

    health = answer.json()["health"]
    assert health["status"] == "critical"
    assert health["sentence"].startswith("Critical: crashmover does not answer. 2,310 crashes ")
    assert [row["answering"] for row in health["services"]][:2] == [1, 0]
    assert health["ledger"][0]["day"] == "2026-11-27"
    assert "10." not in str(health).replace("2310.", "")


def test_products_and_platforms_are_listed_as_the_pages_do(rest: Rest, database: Database) -> None:
    with database.transaction() as db:
        version(db, "140.0")
        version(db, "141.0")

    products = rest.get("Products").json()
    platforms = rest.get("Platforms").json()

    assert products["hits"][0] == {
        "product": "Firefox",
        "release_channels": ["nightly", "aurora", "beta", "release", "esr"],
        "version_count": 2,
    }
    assert [hit["product"] for hit in products["hits"]][1:] == ["Fenix", "Thunderbird", "SeaMonkey"]
    assert platforms["hits"][0] == {"code": "win", "name": "Windows"}
    assert platforms["total"] == 4


def test_versions_are_chosen_by_name_channel_and_state(rest: Rest, database: Database) -> None:
    today = datetime.now(UTC).date()
    with database.transaction() as db:
        version(db, "140.0", sunset_date=today - timedelta(days=1))
        version(db, "141.0b", "beta", is_rapid_beta=True, featured=True, sunset_date=today)
        version(db, "142.0a1", "nightly", has_builds=True)
        version(db, "1.0", product="Fenix")
    expected: dict[tuple[tuple[str, str], ...], list[str]] = {
        (): ["142.0a1", "141.0b", "140.0", "1.0"],
        (("product", "Firefox"),): ["142.0a1", "141.0b", "140.0"],
        (("product", "Fenix"), ("product", "Firefox")): ["142.0a1", "141.0b", "140.0", "1.0"],
        (("version", "140.0"), ("version", "141.0b")): ["141.0b", "140.0"],
        (("release_channel", "nightly"),): ["142.0a1"],
        (("featured", "true"),): ["141.0b"],
        (("featured", "false"), ("product", "Firefox")): ["142.0a1", "140.0"],
        (("current", "false"),): ["140.0"],
        (("current", "true"), ("product", "Firefox")): ["142.0a1", "141.0b"],
        (("product", "firefox'--"),): [],
    }

    answers = {fields: rest.get("Versions", *fields).json() for fields in expected}

    assert {
        fields: [hit["version"] for hit in answer["hits"]] for fields, answer in answers.items()
    } == expected
    assert all(answer["total"] == len(answer["hits"]) for answer in answers.values())


def test_a_version_has_its_dates_and_its_throttle(rest: Rest, database: Database) -> None:
    with database.transaction() as db:
        version(db, "140.0", built=date(2026, 11, 2), sunset_date=date(2027, 3, 8))

    assert rest.get("Versions").json()["hits"] == [
        {
            "product": "Firefox", "version": "140.0", "release_channel": "release",
            "start_date": "2026-11-02", "end_date": "2027-03-08", "is_featured": False,
            "is_rapid_beta": False, "has_builds": False, "throttle": pytest.approx(0.1),
        }
    ]  # fmt: skip


def test_pages_of_versions_do_not_overlap(rest: Rest, database: Database) -> None:
    with database.transaction() as db:
        for number in range(5):
            version(db, f"14{number}.0")

    pages = [
        rest.get("Versions", ("limit", "2"), ("offset", str(offset))).json()
        for offset in (0, 2, 4, 6)
    ]

    assert [[hit["version"] for hit in page["hits"]] for page in pages] == [
        ["144.0", "143.0"],
        ["142.0", "141.0"],
        ["140.0"],
        [],
    ]
    assert {page["total"] for page in pages} == {5}


def put(rest: Rest, product: str, *versions: str) -> tuple[int, object]:
    fields = [("product", product), *names(*versions, of="versions")]
    answer = rest.send("Versions", *fields, method="PUT")
    if answer.status == 200:
        return 200, [hit["version"] for hit in answer.json()["hits"]]
    return answer.status, answer.json()


def test_exactly_these_versions_are_featured(editor: Rest, database: Database) -> None:
    with database.transaction() as db:
        version(db, "140.0", featured=True)
        version(db, "141.0b", "beta")
        version(db, "1.0", product="Fenix", featured=True)

    assert put(editor, "Firefox", "141.0b", "141.0b") == (200, ["141.0b"])
    assert put(editor, "Firefox", "141.0b", "140.0") == (200, ["141.0b", "140.0"])
    assert put(editor, "Firefox") == (200, [])
    featured = editor.get("Versions", ("featured", "true")).json()["hits"]
    assert [hit["version"] for hit in featured] == ["1.0"]


@pytest.mark.parametrize(
    ("product", "versions", "field"),
    [("Firefox", ["140.0", "9.0"], "versions"), ("Fire", ["140.0"], "product")],
)
def test_an_unknown_version_features_nothing(
    editor: Rest, database: Database, product: str, versions: Sequence[str], field: str
) -> None:
    with database.transaction() as db:
        version(db, "140.0")

    status, document = put(editor, product, *versions)

    assert isinstance(document, dict)
    assert (status, list(document["errors"])) == (400, [field])
    assert editor.get("Versions", ("featured", "true")).json()["total"] == 0


def test_featuring_needs_its_permission(rest: Rest, database: Database) -> None:
    status, document = put(rest, "Firefox", "140.0")

    assert isinstance(document, dict)
    assert (status, document["permissions"]) == (403, [FEATURE_VERSIONS])


@pytest.mark.parametrize(
    ("name", "fields", "field"),
    [
        ("Bugs", [], "signatures"),
        ("Bugs", names("a\0b"), "signatures"),
        ("Bugs", names(*"a" * 101), "signatures"),
        ("Bugs", names("x" * 9000), "query"),
        ("SignaturesByBugs", [], "bug_ids"),
        ("SignaturesByBugs", names("x", of="bug_ids"), "bug_ids"),
        ("SignaturesByBugs", names("-1", of="bug_ids"), "bug_ids"),
        ("SignaturesByBugs", names(str(2**63), of="bug_ids"), "bug_ids"),
        ("SignaturesByBugs", names("9" * 5000, of="bug_ids"), "bug_ids"),
        ("SignaturesByBugs", names("٣", of="bug_ids"), "bug_ids"),
        ("SignatureFirstDate", [], "signatures"),
        ("CrashVerify", names("nonsense", of="crash_id"), "crash_id"),
        ("VersionString", [("product", "Firefox"), ("channel", "beta")], "build_id"),
        ("ServerStatus", [("duration", "0")], "duration"),
        ("ServerStatus", [("duration", "289")], "duration"),
        ("ServerStatus", [("duration", "9" * 5000)], "duration"),
        ("Versions", [("limit", "1001")], "limit"),
        ("Versions", [("limit", "0")], "limit"),
        ("Versions", [("offset", "-1")], "offset"),
        ("Versions", [("offset", "1000001")], "offset"),
        ("Versions", [("featured", "maybe")], "featured"),
    ],
)
def test_what_is_wrong_is_named(alone: Rest, name: str, fields: Fields, field: str) -> None:
    answer = alone.get(name, *fields)

    assert (answer.status, list(answer.json()["errors"])) == (400, [field])


def test_limits_are_allowed(rest: Rest) -> None:
    for name, fields in (
        ("Bugs", names(*map(str, range(100)))),
        ("SignaturesByBugs", names(str(2**63 - 1), of="bug_ids")),
        ("ServerStatus", [("duration", "288")]),
        ("Versions", [("limit", "1000"), ("offset", "1000000")]),
    ):
        assert rest.get(name, *fields).status == 200


def test_a_form_holds_more_signatures(rest: Rest) -> None:
    assert rest.send("Bugs", *names(*map(str, range(1000)))).status == 200
    assert rest.send("Bugs", *names(*map(str, range(1001)))).status == 400
