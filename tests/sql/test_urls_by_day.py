"""Crashes by page: what several people did is named, what one did is counted only."""

from datetime import UTC, datetime, timedelta

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from socorro.postgres import Connection
from socorro.queries import urls, versions
from tests.sql.rows import DAY, NOON, ONE_DAY, SECOND, count, one, query, report

FARM = "http://apps.example.com/farm"
INSTALLED = NOON - timedelta(days=30)


def crash(db: Connection, url: str, install: int | None, **columns: object) -> str:
    """A crash of the install that was made *install* seconds after INSTALLED."""
    at = columns.pop("at", NOON)
    assert isinstance(at, datetime)
    age = None if install is None else int((at - INSTALLED).total_seconds()) - install
    return report(db, at, url=url, install_age=age, crash_time=at, **columns)


def by_url(db: Connection) -> dict[tuple[str, str], int]:
    pages = urls.by_url(db, versions.find(db, "Firefox"), DAY, DAY + ONE_DAY)
    return {(row.domain, row.url): row.crash_count for row in pages}


def by_domain(db: Connection) -> dict[str, int]:
    domains = urls.by_domain(db, versions.find(db, "Firefox"), DAY, DAY + ONE_DAY)
    return {row.domain: row.crash_count for row in domains}


def test_a_page_is_named_when_five_installs_crashed_on_it(db: Connection) -> None:
    for install in range(5):
        crash(db, f"{FARM}/?user={install}", install)
        crash(db, f"{FARM}#{install}", install)  # the same page, the same install
        crash(db, f"http://apps.example.com/letter/{install}", install)
        crash(db, "http://four.example.com/", min(install, 3))
        crash(db, f"file:///home/{install}", install)
    crash(db, "http://one.example.com/secret", 1)
    crash(db, "about:blank", 1)
    report(db, NOON)
    count(db)

    assert one(db, "SELECT update_urls(%s)", DAY) == 4
    again = one(db, "SELECT update_urls(%s)", DAY)
    pages = by_url(db)

    assert again == 4
    assert pages == {
        ("apps.example.com", FARM): 10,
        ("apps.example.com", "(rare)"): 5,
        ("local_file_detected_BLOCKED", "local_file_detected_BLOCKED"): 5,
        ("(rare)", "(rare)"): 6,
    }
    assert by_domain(db) == {
        "apps.example.com": 15, "local_file_detected_BLOCKED": 5, "(rare)": 6,
    }  # fmt: skip
    assert not one(db, "SELECT count(*) FROM urls WHERE domain ~ 'four|one' OR url ~ 'letter'")


def test_who_does_not_tell_the_install_counts_by_crashes_that_are_no_duplicates(
    db: Connection,
) -> None:
    for number in range(5):
        crash(
            db, "http://a.example.com", None, uptime=1000 * number, build_id=f"2026112003{number}"
        )
        crash_id = crash(db, "http://b.example.com", None)
        query(
            db,
            "INSERT INTO reports_duplicates"
            " (submitted_at, crash_id, duplicate_of, first_crash_time)"
            " VALUES (%s, %s, %s, %s)",
            *(NOON, crash_id, "00000000-0000-4000-8000-000000261123", NOON),
        )
    count(db)
    query(db, "SELECT update_urls(%s)", DAY)

    assert by_url(db) == {
        ("a.example.com", "http://a.example.com"): 5,
        ("(rare)", "(rare)"): 5,
    }


def test_a_rare_signature_is_not_told_beside_the_page(db: Connection) -> None:
    for install in range(6):
        crash(db, FARM, install, signature="common")
    crash(db, FARM, 9, signature="rare")
    crash(db, "http://apps.example.com/letter", 9, signature="rare")
    count(db)
    query(db, "SELECT update_urls(%s)", DAY)

    period = (versions.find(db, "Firefox"), DAY, DAY + ONE_DAY)
    assert by_url(db)[("apps.example.com", FARM)] == 7
    assert urls.signatures_of(db, *period, url=FARM) == [("common", 6)]
    assert urls.signatures_of(db, *period, domain="apps.example.com") == [("common", 6)]
    assert urls.urls_of(db, *period, "common") == [(FARM, 6)]
    assert urls.urls_of(db, *period, "rare") == []


def test_a_version_with_few_crashes_names_no_page(db: Connection) -> None:
    for install in range(5):
        crash(db, FARM, install)
    crash(db, FARM, 7, version="139.0")
    count(db)
    query(db, "SELECT update_urls(%s)", DAY)

    old = versions.find(db, "Firefox", "139.0")
    assert [row.url for row in urls.by_url(db, old, DAY, DAY + ONE_DAY)] == ["(rare)"]
    assert by_url(db) == {("apps.example.com", FARM): 5, ("(rare)", "(rare)"): 1}


def test_thirty_installs_are_told_from_twenty_nine(db: Connection) -> None:
    for install in range(30):
        crash(db, "http://enough.example.com", install, signature="enough")
        crash(db, "http://few.example.com/", min(install, 28), signature="few")
        crash(db, "http://shared.example.com/1", install, signature="enough")
        crash(db, "http://shared.example.com/2", min(install, 28), signature="few")
    count(db)
    query(db, "SELECT update_urls(%s, 30)", DAY)

    assert by_url(db) == {
        ("enough.example.com", "http://enough.example.com"): 30,
        ("shared.example.com", "http://shared.example.com/1"): 30,
        ("shared.example.com", "(rare)"): 30,
        ("(rare)", "(rare)"): 30,
    }
    period = (versions.find(db, "Firefox"), DAY, DAY + ONE_DAY)
    assert urls.signatures_of(db, *period, domain="shared.example.com") == [("enough", 30)]


def test_only_the_first_pages_of_a_day_are_named(db: Connection) -> None:
    for page in range(3):
        for install in range(5 + page):
            crash(db, f"http://{page}.example.com", install)
    midnight = datetime(2026, 11, 24, tzinfo=UTC)
    for install in range(5):
        crash(db, "http://other.example.com", install, at=midnight)
        crash(db, "http://other.example.com", install, at=midnight - ONE_DAY - SECOND)
    count(db)
    query(db, "SELECT update_urls(%s, 5, 2)", DAY)

    assert by_url(db) == {
        ("2.example.com", "http://2.example.com"): 7,
        ("1.example.com", "http://1.example.com"): 6,
        ("(rare)", "(rare)"): 5,
    }


def test_pages_go_when_personal_data_goes(db: Connection) -> None:
    for install in range(5):
        crash(db, FARM, install)
        crash(db, "http://old.example.com", install)
        crash(db, FARM, install, at=NOON + ONE_DAY)
    count(db)
    query(db, "SELECT update_urls(%s), update_urls(%s)", DAY, DAY + ONE_DAY)

    gone = one(db, "SELECT drop_urls(%s)", DAY + ONE_DAY)

    assert gone == 1
    assert query(db, "SELECT domain, url FROM urls") == [("apps.example.com", FARM)]
    assert one(db, "SELECT count(*) FROM url_counts") == 1
    assert one(db, "SELECT count(*) FROM url_signatures") == 1


CRASHES = st.lists(
    st.tuples(st.sampled_from("abc"), st.sampled_from(["", "1", "2"]), st.integers(0, 3)),
    min_size=1,
    max_size=40,
)


@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
@given(crashes=CRASHES)
def test_a_domain_is_the_sum_of_its_pages_and_nothing_is_lost(
    db: Connection, crashes: list[tuple[str, str, int]]
) -> None:
    for domain, page, install in crashes:
        crash(db, f"http://{domain}.example.com/{page}", install)
    count(db)
    query(db, "SELECT update_urls(%s, 2, 2)", DAY)
    pages, domains = by_url(db), by_domain(db)
    db.rollback()

    summed: dict[str, int] = {}
    for (domain, _), reports in pages.items():
        summed[domain] = summed.get(domain, 0) + reports
    assert summed == domains
    assert sum(domains.values()) == len(crashes)


def test_a_domain_has_its_change_and_its_top_signature_and_what_is_not_shown_comes_last(
    db: Connection,
) -> None:
    for install in range(5):
        crash(db, f"file:///home/{install}", install, signature="b")
        crash(db, f"file:///tmp/{install}", install, signature="b")
        crash(db, FARM, install, signature="a")
        crash(db, FARM, install, at=NOON - ONE_DAY, signature="c")
    crash(db, FARM, 1, signature="rare here")
    count(db)
    for day in (DAY - ONE_DAY, DAY):
        query(db, "SELECT update_urls(%s)", day)
    firefox = versions.find(db, "Firefox")

    domains = urls.by_domain(db, firefox, DAY, DAY + ONE_DAY)
    pages = urls.by_url(db, firefox, DAY, DAY + ONE_DAY)

    assert [row.domain for row in domains] == ["apps.example.com", "local_file_detected_BLOCKED"]
    assert [(row.crash_count, row.before_count, row.signature) for row in domains] == [
        (6, 5, "a"), (10, 0, "b")
    ]  # fmt: skip
    assert [(row.before_count, row.signature) for row in pages] == [(5, "a"), (0, "b")]
    [before] = urls.by_domain(db, firefox, DAY - ONE_DAY, DAY)
    assert (before.before_count, before.signature) == (None, "c")
