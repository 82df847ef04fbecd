"""The jobs that note events, and those that send them, as the role of cron."""

from datetime import timedelta

import pytest

from cron.job import JobFailed
from cron.jobs import alerts_email, alerts_webhook, ledger, new_top_crashers
from socorro import alerts
from socorro.alerts import recent
from socorro.alerts.config import AlertsConfig
from socorro.alerts.delivery import Delivery, has_waiting
from socorro.alerts.message import Alert
from socorro.crashstore.filesystem import FilesystemStore
from socorro.ledger import Balance
from socorro.postgres import Database, execute
from socorro.queries import cron as queries
from socorro.queries import health
from socorro.service import Stop
from socorro.spool.spool import Spool
from tests.alerts.receivers import a_mail_server, a_webhook
from tests.alerts.test_events import EVENT
from tests.builders import NOON, make_crash
from tests.counted import crashes, signature, version
from tests.crashmover.spooled import DUMPS, spooled
from tests.cron.conftest import MakeRun, MakeRunner
from tests.sql.rows import report

DAY = timedelta(days=1)
YESTERDAY = (NOON - DAY).date()


def noted(database: Database) -> list[Alert]:
    with database.transaction() as db:
        return recent.latest(db, 100)


def test_the_jobs_send_to_what_is_configured(
    make_run: MakeRun, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as db:
        alerts.note(db, EVENT)
    config = make_run(alerts_webhook.JOB).config
    assert alerts_webhook.off(config) == "set SOCORRO_ALERTS_WEBHOOK"
    assert alerts_email.off(config) == "set SOCORRO_ALERTS_EMAIL_TO"

    with a_webhook() as webhook, a_mail_server() as server:
        monkeypatch.setenv("SOCORRO_ALERTS_WEBHOOK", webhook.url)
        monkeypatch.setenv("SOCORRO_ALERTS_SMTP", server.url)
        monkeypatch.setenv("SOCORRO_ALERTS_EMAIL_TO", '["ann@x.example"]')
        jobs = (alerts_webhook, alerts_email)
        posted, mailed = (module.JOB.work(make_run(module.JOB)) for module in jobs)

    assert (posted.rows, mailed.rows) == (1, 1)
    assert webhook.sentences == [EVENT.sentence]
    assert len(server.mails) == 1
    assert [module.off(config) for module in jobs] == ["", ""]
    with database.transaction() as db:
        assert not any(module.JOB.has_work(db) for module in jobs if module.JOB.has_work)


def test_a_receiver_that_is_away_breaks_the_job_without_its_address(
    make_run: MakeRun, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as db:
        alerts.note(db, EVENT)
    monkeypatch.setenv("SOCORRO_ALERTS_WEBHOOK", "http://127.0.0.1:9/secret")

    with pytest.raises(JobFailed, match=r"^the webhook cannot be reached: Connection refused$"):
        alerts_webhook.JOB.work(make_run(alerts_webhook.JOB))


def test_a_webhook_that_hangs_holds_up_no_mail_and_is_tried_again_later(
    make_runner: MakeRunner, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.transaction() as db:
        alerts.note(db, EVENT)

    with a_webhook() as webhook, a_mail_server() as server:
        webhook.answers = lambda _document: None
        monkeypatch.setenv("SOCORRO_ALERTS_SECONDS", "0.5")
        monkeypatch.setenv("SOCORRO_ALERTS_WEBHOOK", webhook.url)
        monkeypatch.setenv("SOCORRO_ALERTS_SMTP", server.url)
        monkeypatch.setenv("SOCORRO_ALERTS_EMAIL_TO", '["ann@x.example"]')
        runner = make_runner("default", (alerts_webhook.JOB, alerts_email.JOB))
        runner.run_all(Stop())

    assert runner.outcomes == {"alerts-webhook": "failed", "alerts-email": "done"}
    assert len(server.mails) == 1
    with database.transaction() as db:
        [webhook_row, email_row] = queries.jobs(db)
        assert has_waiting(db, "webhook")
    assert (webhook_row.last_error, webhook_row.errors, email_row.errors) == (
        "the webhook cannot be reached: no answer in time", 1, 0,
    )  # fmt: skip
    assert webhook_row.next_try is not None


@pytest.mark.parametrize(("expired", "text"), [(1, "1 alert was"), (1200, "1,200 alerts were")])
def test_a_run_says_what_was_not_sent(expired: int, text: str) -> None:
    delivery = Delivery(0, [(Alert("1f", "", "", "", "", "/", NOON), "the webhook answered 400")])
    delivery.expired = expired

    assert alerts_webhook.notes(delivery, AlertsConfig()) == [
        "the webhook answered 400 to alert 1f",
        f"{text} older than 48 h, and not sent",
    ]


@pytest.fixture
def firefox(database: Database) -> int:
    """A version whose channel had crashes 14 days before yesterday."""
    with database.transaction() as db:
        firefox = version(db)
        signature(db, "old", NOON - 30 * DAY)
        crashes(db, firefox, "old", 100, YESTERDAY - 14 * DAY)
    return firefox


def count_new(database: Database, firefox: int, reports: int, first: timedelta = DAY) -> None:
    """Count an old signature, and one that is new, of yesterday."""
    with database.transaction() as db:
        crashes(db, firefox, "old", 100, YESTERDAY)
        signature(db, "new", NOON - first)
        crashes(db, firefox, "new", reports, YESTERDAY)


def run_new(make_run: MakeRun) -> int:
    return new_top_crashers.work(make_run(new_top_crashers.JOB)).rows


def test_a_new_top_crasher_is_one_alert(
    make_run: MakeRun, database: Database, firefox: int
) -> None:
    count_new(database, firefox, 20)

    assert run_new(make_run) == 1
    assert run_new(make_run) == 0
    assert new_top_crashers.work(make_run(new_top_crashers.JOB, NOON + DAY)).rows == 0

    [alert] = noted(database)
    assert (alert.kind, alert.product, alert.signature) == ("new_top_crasher", "Firefox", "new")
    assert alert.sentence.startswith(f"New and number 2 of Firefox release on Sunday, {YESTERDAY}:")
    assert ", 16.7 % of 120. First seen on 2026-11-22." in alert.sentence


@pytest.mark.parametrize(("reports", "count"), [(19, 0), (20, 1)])
def test_a_signature_with_few_reports_is_no_top_crasher(
    make_run: MakeRun, database: Database, firefox: int, reports: int, count: int
) -> None:
    count_new(database, firefox, reports)

    assert run_new(make_run) == count


@pytest.mark.parametrize(("days", "count"), [(7, 1), (8, 0)])
def test_a_signature_is_new_for_a_week(
    make_run: MakeRun, database: Database, firefox: int, days: int, count: int
) -> None:
    count_new(database, firefox, 50, days * DAY)

    assert run_new(make_run) == count


def test_a_new_channel_has_no_new_top_crashers(make_run: MakeRun, database: Database) -> None:
    with database.transaction() as db:
        signature(db, "old", NOON - 30 * DAY)
        crashes(db, version(db), "old", 100, YESTERDAY - 30 * DAY)
        beta = version(db, "141.0b1", "beta")
        crashes(db, beta, "old", 100, YESTERDAY - 13 * DAY)
    count_new(database, beta, 50)

    assert run_new(make_run) == 0


def test_betas_are_not_counted_once_more_together(make_run: MakeRun, database: Database) -> None:
    with database.transaction() as db:
        signature(db, "old", NOON - 30 * DAY)
        betas = [version(db, "141.0b1", "beta"), version(db, "141.0b", "beta", is_rapid_beta=True)]
        for beta in betas:
            crashes(db, beta, "old", 100, YESTERDAY - 14 * DAY)
    for beta in betas:
        count_new(database, beta, 25)

    assert run_new(make_run) == 1
    assert ", 20.0 % of 125." in noted(database)[0].sentence


@pytest.mark.parametrize(("rank", "count"), [("1", 0), ("2", 1)])
def test_the_rank_is_a_setting(
    make_run: MakeRun,
    database: Database,
    firefox: int,
    monkeypatch: pytest.MonkeyPatch,
    rank: str,
    count: int,
) -> None:
    monkeypatch.setenv("SOCORRO_ALERTS_TOP_CRASHER_RANK", rank)
    count_new(database, firefox, 50)

    assert run_new(make_run) == count


@pytest.mark.parametrize(("installs", "count"), [(4, 0), (5, 1)])
def test_a_machine_or_two_that_crash_all_the_time_make_no_top_crasher(
    make_run: MakeRun, database: Database, firefox: int, installs: int, count: int
) -> None:
    count_new(database, firefox, 500)
    with database.transaction() as db:
        execute(
            db,
            "UPDATE top_crashers SET installs = %(installs)s, squares = 50000 WHERE reports = 500",
            installs=installs,
        )

    assert run_new(make_run) == count
    assert [f" on {installs} installs, " in alert.sentence for alert in noted(database)] == (
        [True] * count
    )


@pytest.mark.parametrize(
    ("reports", "installs", "squares", "text"),
    [
        (250, None, None, "95 % interval 220 to 283), 5.0 % of 5,000"),  # all processed
        (25, None, None, "95 % interval 162 to 369), 5.0 % of 5,000"),  # one of ten
        (250, 25, 2500.0, "95 % interval 162 to 369) on 25 installs, 5.0 % of 5,000"),
    ],
)
def test_the_interval_knows_of_sampling_and_of_repeating_installs(
    reports: int, installs: int | None, squares: float | None, text: str
) -> None:
    crasher = new_top_crashers.NewTopCrasher(
        "Firefox", "release", "new", YESTERDAY, 3, reports, 250.0, installs, squares, 5000.0
    )

    sentence = new_top_crashers.event(YESTERDAY, crasher).sentence

    assert f"250 crashes (estimated; {text}" in sentence


def test_a_day_that_is_not_even_is_one_alert(
    make_run: MakeRun, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socorro.ledger.SECOND_READ_SECONDS", 0)
    run = make_run(ledger.JOB)
    spool = Spool.created(run.shared.home / "spool", durable=False, reserve=0)
    FilesystemStore.created(run.shared.home / "crashstore")
    for _ in range(2):
        raw = spooled(spool, NOON - DAY)
        [entry] = [entry for entry in spool.ready() if entry.crash_id == raw.crash_id]
        spool.forget(entry)  # and it is nowhere

    done = ledger.work(run)
    ledger.work(run)

    [alert] = noted(database)
    assert (alert.kind, alert.signature, alert.path) == ("uneven_ledger", "", "/status/")
    assert alert.sentence == (
        "Of 2 crashes accepted on Sunday, 2026-11-22, 2 missing: "
        "`socorro status --day 2026-11-22` lists them."
    )
    assert done.notes == [alert.sentence]
    with database.transaction() as db:
        [day] = health.ledger_days(db, [YESTERDAY])
    assert (day.accepted, day.missing, day.is_even) == (2, 2, False)


def test_an_even_day_is_no_alert(make_run: MakeRun, database: Database) -> None:
    run = make_run(ledger.JOB)
    spool = Spool.created(run.shared.home / "spool", durable=False, reserve=0)
    store = FilesystemStore.created(run.shared.home / "crashstore")
    spooled(spool, NOON - DAY)
    raw = make_crash(NOON - DAY, DUMPS)
    store.put_raw(raw, DUMPS)
    with database.transaction() as db:
        report(db, NOON - DAY, crash_id=raw.crash_id)

    assert ledger.work(run).rows == 1
    assert noted(database) == []


def test_without_a_spool_there_is_no_ledger(make_run: MakeRun) -> None:
    assert ledger.work(make_run(ledger.JOB)).notes == ["no spool on this machine"]


def test_what_is_wrong_with_a_day_is_counted() -> None:
    balance = Balance(YESTERDAY, accepted=1200, elsewhere=34, missing=("a",), doubled=("b", "c"))

    assert ledger.sentence(balance) == (
        "Of 1,234 crashes accepted on Sunday, 2026-11-22, 1 missing and 2 with more than one "
        "report: `socorro status --day 2026-11-22` lists them."
    )
