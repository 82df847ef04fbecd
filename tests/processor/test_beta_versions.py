"""Betas that do not say which beta they are: the release feed knows their builds."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from processor import beta_versions
from processor.beta_versions import BetaVersions
from processor.stackwalk import Walker
from processor.worker import Context
from socorro.crash import RawCrash
from socorro.jobs import Job
from socorro.postgres import Connection, Database, execute
from tests.builders import make_crash
from tests.processor.test_counted import count
from tests.sql.rows import build, query, report

Submit = Callable[..., RawCrash]
Work = Callable[..., list[Job]]
AsRole = Callable[[str], Database]

NOW = datetime.now(UTC)
TODAY = f"{NOW:%Y%m%d}093000"
BETA = {"Version": "159.0", "ReleaseChannel": "beta", "BuildID": TODAY}
NO_NUMBER = "The version has no beta number"
COUNTED = (
    "SELECT version, reports FROM top_crashers JOIN product_versions USING (product_version_id)"
    " WHERE NOT is_rapid_beta"
)


def feed(db: Connection, beta: int = 6, channel: str = "beta", build_id: str = TODAY) -> None:
    """Let the release feed tell of a build."""
    build(db, "159.0", build_id, channel, beta)
    query(db, "SELECT update_product_versions()")


def reports(database: Database) -> list[tuple[object, ...]]:
    with database.transaction() as db:
        return query(db, "SELECT version, processor_notes FROM reports ORDER BY crash_id")


@pytest.mark.parametrize("channel", ["beta", "aurora", "Beta"])
def test_a_beta_whose_build_the_feed_knows_has_its_number(
    context: Context, submit: Submit, work: Work, channel: str
) -> None:
    with context.database.transaction() as db:
        feed(db, channel=channel.lower())
    raw = submit({}, **{**BETA, "ReleaseChannel": channel})

    work()

    processed = context.store.get_processed(raw.crash_id)
    assert (processed["version"], processed["major_version"]) == ("159.0b6", 159)
    assert NO_NUMBER not in processed["processor_notes"]
    assert reports(context.database)[0][0] == "159.0b6"


@pytest.mark.parametrize(
    "annotations",
    [
        {"BuildID": "20261120031153"},  # the feed knows another build
        {"ProductName": "Fenix"},
        {"ReleaseChannel": "release"},
        {"BuildID": ""},
        {"Version": "158.0"},
        {"feed_version": "1.0", "BuildID": "20261120031153"},  # no client says what the feed knows
    ],
)
def test_other_versions_stay_as_they_are(
    context: Context, submit: Submit, work: Work, annotations: dict[str, str]
) -> None:
    with context.database.transaction() as db:
        feed(db)
    sent = {**BETA, **annotations}
    submit({}, **sent)

    work()

    assert reports(context.database)[0][0] == sent["Version"]


def test_a_version_that_says_which_beta_it_is_is_not_looked_up(
    context: Context, submit: Submit, work: Work
) -> None:
    with context.database.transaction() as db:
        feed(db)
    submit({}, **{**BETA, "Version": "159.0b5"})
    submit({}, **BETA, TelemetryEnvironment='{"build": {"displayVersion": "159.0b4"}}')

    work()

    assert sorted(version for version, _ in reports(context.database)) == ["159.0b4", "159.0b5"]


def test_a_release_candidate_on_the_beta_channel_has_no_number(
    context: Context, submit: Submit, work: Work
) -> None:
    with context.database.transaction() as db:
        feed(db, beta=0)
    submit({}, **BETA)

    work()

    [(version, notes)] = reports(context.database)
    assert version == "159.0"
    assert NO_NUMBER not in str(notes)


def test_when_the_feed_comes_later_report_and_counts_follow_without_a_walk(
    context: Context, submit: Submit, work: Work, as_role: AsRole
) -> None:
    raw = submit(**BETA, submitted=NOW)
    other = submit({}, **{**BETA, "BuildID": "20261120031153"}, submitted=NOW)
    work()
    count(as_role("cron"))
    before = context.store.get_processed(raw.crash_id)
    with context.database.transaction() as db:
        assert query(db, COUNTED) == [("159.0", 1)] * 2  # two signatures
    assert NO_NUMBER in before["processor_notes"]

    with as_role("cron").transaction() as db:
        query(db, "SELECT update_product_versions()")  # nothing new
    with context.database.transaction() as db:
        build(db, "159.0", TODAY, "beta", 6)
    with as_role("cron").transaction() as db:
        query(db, "SELECT update_product_versions()")
    claimed = work(context._replace(walker=Walker("/no/such/walker")))
    count(as_role("cron"))

    assert [(job.crash_id, job.ruleset) for job in claimed] == [(raw.crash_id, "beta_version")]
    after = context.store.get_processed(raw.crash_id)
    assert after["version"] == "159.0b6"
    assert NO_NUMBER not in after["processor_notes"]
    changed = ("version", "processor_notes", "started_datetime", "completed_datetime")
    assert {key for key in before if before[key] != after[key]} <= set(changed)
    assert context.store.get_processed(other.crash_id)["version"] == "159.0"
    with context.database.transaction() as db:
        assert query(db, COUNTED) == [("159.0b6", 1)]
        assert query(db, "SELECT reason FROM reports_bad") == [("unknown build",)]


def test_generated_and_numbered_reports_are_not_queued_and_open_jobs_stay(
    database: Database,
) -> None:
    with database.transaction() as db:
        beta = {"version": "159.0", "release_channel": "beta", "build_id": TODAY}
        report(db, NOW, **beta, throttle_rule="fakedata")
        report(db, NOW, **{**beta, "version": "159.0b6"})
        report(db, NOW, **{**beta, "release_channel": "release"})
        report(db, NOW - timedelta(days=20), **beta)
        waiting = report(db, NOW, **beta)
        query(db, "INSERT INTO jobs (crash_id, ruleset) VALUES (%s, 'default')", waiting)
        lacking = report(db, NOW, **beta)
        build(db, "159.0", TODAY, "beta", 6)
        build(db, "159.0", TODAY, "beta", 6, platform="mac")
        query(db, "SELECT update_product_versions()")

        jobs = query(db, "SELECT crash_id::text, ruleset, priority FROM jobs ORDER BY priority")

    assert jobs == [(lacking, "beta_version", -1), (waiting, "default", 0)]


@pytest.mark.parametrize("blanks", [0, 50])
def test_blanks_around_what_a_client_says_do_not_matter(database: Database, blanks: int) -> None:
    with database.transaction() as db:
        feed(db)
    padded = {name: " " * blanks + value + " " * blanks for name, value in BETA.items()}

    assert BetaVersions(database).of(make_crash(**padded)) == "159.0b6"


@pytest.mark.parametrize("length", [200, 201])
def test_two_hundred_characters_of_a_build_id_are_looked_up(length: int) -> None:
    build_of = beta_versions._build(make_crash(**{**BETA, "BuildID": "9" * length}))

    assert build_of is not None
    assert build_of.build_id == "9" * 200


def test_known_builds_are_remembered_within_bounds(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(beta_versions, "MOST", 2)
    betas = BetaVersions(database)
    for beta, build_id in enumerate(("20261101000000", "20261102000000", "20261103000000"), 1):
        with database.transaction() as db:
            feed(db, beta, build_id=build_id)
        assert betas.of(make_crash(**{**BETA, "BuildID": build_id})) == f"159.0b{beta}"
        assert len(betas._versions) == (beta if beta < 3 else 1)
    with database.transaction() as db:
        execute(db, "TRUNCATE product_versions CASCADE")

    assert betas.of(make_crash(**{**BETA, "BuildID": "20261103000000"})) == "159.0b3"
    assert betas.of(make_crash(**{**BETA, "BuildID": "20261102000000"})) is None
