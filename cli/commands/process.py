"""`socorro process`: processes crashes now, also processed and deferred ones."""

import time

import click

from cli import services
from cli.commands import connections
from cli.commands.group import Command, CrashIdText, echo, plural
from socorro import jobs
from socorro.crash_id import CrashId
from socorro.crashstore.interface import CrashNotFound
from socorro.postgres import Database
from socorro.queries import ledger
from socorro.queries.ledger import Outcome
from socorro.rulesets import Ruleset

POLL_SECONDS = 0.2

ruleset_option = click.option(
    "--ruleset",
    type=click.Choice(list(map(str, Ruleset))),
    default=str(Ruleset.DEFAULT),
    show_default=True,
    help="regenerate_signature keeps the stack and makes the signature anew; beta_version looks up"
    " which beta of the release feed it is; stored restores a lost report as it was.",
)


@click.command(
    cls=Command,
    epilog="""
Examples:
  socorro process bp-0bba929f-8721-460c-8e70-a43c00261123
  socorro process --no-wait $(cat ids.txt)
  socorro process --ruleset regenerate_signature bp-0bba929f-8721-460c-8e70-a43c00261123
""",
)
@click.argument("crash_ids", nargs=-1, required=True, type=CrashIdText(), metavar="CRASH_ID…")
@click.option("--wait/--no-wait", default=True, help="Wait for the reports (default) or not.")
@click.option("--timeout", default=120.0, show_default=True, help="Longest wait, seconds.")
@ruleset_option
def process(crash_ids: tuple[CrashId, ...], wait: bool, timeout: float, ruleset: str) -> None:
    """Process crashes now, before all others.

    Deferred crashes and crashes that have a report are processed, too.
    """
    requested = list(dict.fromkeys(crash_ids))
    _check_stored(requested)
    with connections.postgres() as database:
        earlier = _queue(database, requested, ruleset)
        if not wait:
            echo(f"{plural(len(requested), 'crash')} queued", err=True)
            return
        deadline = time.monotonic() + timeout
        done = [_follow(database, crash_id, earlier[crash_id], deadline) for crash_id in requested]
    if not all(done):
        raise SystemExit(1)


def _check_stored(crash_ids: list[CrashId]) -> None:
    with connections.crash_store() as store:
        for crash_id in crash_ids:
            try:
                store.get_raw(crash_id)
            except CrashNotFound:
                spooled = crash_id in set(connections.spool().ids())
                place = (
                    "still in the spool: is the crashmover running?" if spooled else "unknown id"
                )
                raise click.ClickException(
                    f"{crash_id} is not in the crash store ({place})"
                ) from None


def _queue(
    database: Database, crash_ids: list[CrashId], ruleset: str
) -> dict[CrashId, Outcome | None]:
    """Queue for processing; return the outcomes of earlier processing."""
    with database.transaction() as db:
        earlier = {crash_id: ledger.outcome(db, crash_id) for crash_id in crash_ids}
        jobs.offer(db, crash_ids, priority=jobs.VIEWED, ruleset=ruleset, reprocess=True)
    return earlier


def _follow(
    database: Database, crash_id: CrashId, earlier: Outcome | None, deadline: float
) -> bool:
    """Wait for a report other than the *earlier* one and print it; return whether it came."""
    while time.monotonic() < deadline:
        with database.transaction() as db:
            job, outcome = jobs.find(db, crash_id), ledger.outcome(db, crash_id)
        if job and job.state is jobs.JobState.FAILED:
            echo(f"{crash_id}  failed: {job.last_error}", err=True)
            return False
        if outcome and not job and outcome != earlier:
            page = services.url(services.endpoint("webapp"), f"/report/index/{crash_id}")
            echo(f"{crash_id}  {outcome.signature or '(no signature)'}  {page}")
            return True
        time.sleep(POLL_SECONDS)
    echo(f"{crash_id}  no report yet: is a processor running?", err=True)
    return False
