"""SignatureSummary and Comments over HTTP."""

from datetime import UTC, datetime, timedelta
from urllib.parse import urlencode

import jsonschema
import pytest

from middleware.routes import ROUTES
from middleware.signature_summary import MOST_COMMENTS, SIZE
from socorro.search.interface import SearchUnavailable
from tests.middleware.test_search import Apps, Failing
from tests.search.reference import Reference
from tests.search.rows import make_row
from tests.wsgi import Answer, ask

NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
ROWS = [
    make_row(
        number,
        NOW - timedelta(hours=number),
        product="Firefox",
        version="159.0" if number < 3 else "158.0",
        signature="boom" if number < 4 else "=other|'",
        os_name="Linux" if number else None,
        install_time=NOW - timedelta(days=number % 2),
        user_comments=f"It broke {number}" if number % 2 else None,
        email="marker@example.com" if number == 1 else None,
        throttle_rate=0.1 if number == 3 else 1.0,
        uptime=(59, 60, 3600, -5)[number % 4],
        release_channel="beta" if number == 2 else "release",
    )
    for number in range(6)
]
START = f"{NOW - timedelta(days=2):%Y-%m-%d}"


@pytest.fixture(scope="module")
def apps() -> Apps:
    return Apps(Reference(ROWS))


def get(apps: Apps, name: str, *, insider: bool = False, **values: str) -> Answer:
    app = apps.insider if insider else apps.anybody
    answer = ask(app, f"/api/{name}/?{urlencode({'from': START, **values})}")
    if answer.status == 200:
        [route] = [route for route in ROUTES if route.name == name]
        jsonschema.validate(answer.json(), {**route.schema, "additionalProperties": False})
    return answer


def test_a_summary_has_shares_of_estimated_crashes(apps: Apps) -> None:
    answer = get(apps, "SignatureSummary", signature="boom").json()

    assert (answer["crash_count"], answer["estimated_count"], answer["installs"]) == (4, 13.0, 2)
    assert answer["version"] == [
        {"value": "159.0", "crash_count": 3, "estimated_count": 3.0, "percent": 300 / 13,
         "installs": 2},
        {"value": "158.0", "crash_count": 1, "estimated_count": 10.0, "percent": 1000 / 13,
         "installs": 1},
    ]  # fmt: skip
    assert [share["value"] for share in answer["os_name"]] == ["Linux"]


def test_a_summary_is_of_the_versions_named_only(apps: Apps) -> None:
    answer = get(apps, "SignatureSummary", signature="boom", version="158.0").json()

    assert answer["crash_count"] == 1


def test_a_summary_is_of_the_channel_named_only(apps: Apps) -> None:
    assert (
        get(apps, "SignatureSummary", signature="boom", channel="Beta").json()["crash_count"] == 1
    )
    assert get(apps, "Comments", insider=True, channel="beta").json()["total"] == 0


def test_uptimes_are_in_ranges_without_those_of_clocks_that_were_set_back(apps: Apps) -> None:
    uptimes = get(apps, "SignatureSummary", signature="boom").json()["uptime"]

    assert [(share["value"], share["crash_count"]) for share in uptimes] == [
        ("less than 1 minute", 1),
        ("1 to 5 minutes", 1),
        ("1 hour to 1 day", 1),
    ]


@pytest.mark.parametrize("signature", ["nothing", "boo", "BOOM", "'; DROP TABLE reports; --"])
def test_a_signature_without_crashes_has_an_empty_summary(apps: Apps, signature: str) -> None:
    answer = get(apps, "SignatureSummary", signature=signature).json()

    assert (answer["crash_count"], answer["version"]) == (0, [])


def test_comments_come_newest_first_with_their_crash(apps: Apps) -> None:
    answer = get(apps, "Comments", insider=True, signature="boom")

    assert answer.headers["Cache-Control"] == "private, no-store"
    hits = answer.json()["hits"]
    assert [hit["user_comments"] for hit in hits] == ["It broke 1", "It broke 3"]
    assert [hit["email"] for hit in hits] == ["marker@example.com", None]
    assert hits[0]["crash_id"] == ROWS[1]["crash_id"]
    assert get(apps, "Comments", insider=True, limit="1", offset="2").json()["total"] == 3


def test_comments_need_the_permission(apps: Apps) -> None:
    answer = get(apps, "Comments", signature="boom")

    assert answer.status == 403
    assert answer.json()["permissions"] == ["view_pii"]
    assert "broke" not in answer.text


@pytest.mark.parametrize(
    ("name", "values", "parameter"),
    [
        ("SignatureSummary", {}, "signature"),
        ("SignatureSummary", {"signature": "x" * 256}, "signature"),
        ("SignatureSummary", {"signature": "x", "to": START}, "to"),
        ("SignatureSummary", {"signature": "x\0"}, "signature"),
        ("Comments", {"limit": str(MOST_COMMENTS + 1)}, "limit"),
        ("Comments", {"days": "401"}, "days"),
    ],
)
def test_bad_parameters_are_named(
    apps: Apps, name: str, values: dict[str, str], parameter: str
) -> None:
    answer = get(apps, name, insider=True, **values)

    assert answer.status == 400
    assert list(answer.json()["errors"]) == [parameter]


def test_limits_are_taken(apps: Apps) -> None:
    assert get(apps, "Comments", insider=True, limit=str(MOST_COMMENTS)).status == 200
    rows = [
        make_row(number, NOW, signature="boom", version=f"{number}.0") for number in range(SIZE + 1)
    ]
    answer = get(Apps(Reference(rows)), "SignatureSummary", signature="boom").json()
    assert len(answer["version"]) == SIZE


@pytest.mark.parametrize("name", ["SignatureSummary", "Comments"])
def test_without_an_engine_both_ask_for_another_try(name: str) -> None:
    apps = Apps(Failing(SearchUnavailable("gone")))

    answer = get(apps, name, insider=True, signature="boom")

    assert (answer.status, answer.headers["Retry-After"]) == (503, "2")
