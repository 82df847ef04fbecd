"""Crashes that a caller wants processed: again, or before all others."""

from collections.abc import Callable
from typing import Final, NamedTuple

from middleware.body import form
from middleware.callers import Caller
from middleware.context import Context, Values
from middleware.parameters import Parameter
from middleware.reply import CRASH_DATA, Reply, bad_request, json_reply
from middleware.route import Route
from middleware.schemas import TEXT, described, hits
from socorro import crash_id as ids
from socorro import jobs, log
from socorro.accounts.permissions import REPROCESS_CRASHES
from socorro.crash_id import CrashId
from socorro.postgres import Connection
from socorro.rulesets import Ruleset

MOST_CRASHES: Final = 50
MOST_FORM_BYTES: Final = 64 * 1024
PROCESSED, UNKNOWN = "processed", "unknown"  # states besides those of jobs
STATES: Final = (*(state.value for state in jobs.JobState), PROCESSED, UNKNOWN)


class Order(NamedTuple):
    """A crash, and the rules to process it by."""

    crash_id: CrashId
    ruleset: Ruleset = Ruleset.DEFAULT


def reprocess(context: Context, caller: Caller, values: Values) -> Reply:
    """Queue crashes again; answer with the state of each."""
    orders = list(dict.fromkeys(values["crash_ids"]))
    if len({order.crash_id for order in orders}) < len(orders):
        raise bad_request({"crash_ids": "one crash with two rulesets"})
    present = _stored(context, orders)
    with context.database.transaction() as db:
        for ruleset in Ruleset:
            crash_ids = [order.crash_id for order in present if order.ruleset is ruleset]
            jobs.offer(db, crash_ids, priority=jobs.LOW, ruleset=ruleset, reprocess=True)
        reply = _states(db, orders, present)
    log.get().info("reprocessing requested", crashes=len(present), token=caller.token_id)
    return reply


def prioritize(context: Context, caller: Caller, values: Values) -> Reply:
    """Queue crashes that have no report yet, before all others; answer with their states."""
    orders = [Order(crash_id) for crash_id in dict.fromkeys(values["crash_ids"])]
    present = _stored(context, orders)
    with context.database.transaction() as db:
        jobs.offer(db, [order.crash_id for order in present], priority=jobs.VIEWED)
        reply = _states(db, orders, present)
    log.get().info("priority requested", crashes=len(present), token=caller.token_id)
    return reply


def _stored(context: Context, orders: list[Order]) -> list[Order]:
    stored = set(context.store.stored([order.crash_id for order in orders]))
    return [order for order in orders if order.crash_id in stored]


def _states(db: Connection, orders: list[Order], present: list[Order]) -> Reply:
    states = dict.fromkeys((order.crash_id for order in present), PROCESSED)
    states |= {job.crash_id: job.state.value for job in jobs.states(db, list(states))}
    listed = [
        {
            "crash_id": order.crash_id,
            "ruleset": order.ruleset.value,
            "state": states.get(order.crash_id, UNKNOWN),
        }
        for order in orders
    ]
    return json_reply({"hits": listed, "total": len(listed)}, CRASH_DATA)


def _order(text: str) -> Order:
    crash_id, colon, ruleset = text.partition(":")
    if not colon:
        return Order(ids.parse(crash_id))
    try:
        return Order(ids.parse(crash_id), Ruleset(ruleset))
    except ids.BadCrashId:
        raise
    except ValueError:
        names = ", ".join(Ruleset)
        raise ValueError(f"no ruleset {ruleset[:40]!r} (expected one of {names})") from None


def _crash_ids(description: str, read: Callable[[str], object] = ids.parse) -> Parameter:
    return Parameter("crash_ids", description, read, required=True, many=True, most=MOST_CRASHES)


_SCHEMA = hits(
    crash_id=TEXT,
    ruleset=TEXT,
    state=described(
        {"type": "string", "enum": list(STATES)},
        "waiting or running: it is in the queue. unknown: no such crash is stored",
    ),
)

ROUTES = (
    Route(
        name="Reprocessing",
        summary="Reprocess crashes",
        description=(
            "Queues crashes again at low priority, also those that failed. A crash that waits or "
            "runs already is not queued twice. The answer has the state of each."
        ),
        parameters=(),
        answer=reprocess,
        content_types=("application/json",),
        method="POST",
        needs=REPROCESS_CRASHES,
        body=form(
            "A form",
            MOST_FORM_BYTES,
            _crash_ids(f"Crash id, or CRASH_ID:RULESET; rulesets: {', '.join(Ruleset)}", _order),
        ),
        schema=_SCHEMA,
    ),
    Route(
        name="PriorityJob",
        summary="Process crashes next",
        description=(
            "Moves crashes that are not processed yet to the front of the queue, deferred ones "
            "too. A crash that is processed stays as it is. The answer has the state of each."
        ),
        parameters=(),
        answer=prioritize,
        content_types=("application/json",),
        method="POST",
        needs=REPROCESS_CRASHES,
        body=form("A form", MOST_FORM_BYTES, _crash_ids("Crash id")),
        schema=_SCHEMA,
    ),
)
