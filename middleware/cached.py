"""Answers of routes that are `cached`: from the cache, while the counts are what they were."""

import json
from datetime import UTC, datetime

from middleware.callers import Caller
from middleware.context import Context, Values
from middleware.reply import Reply
from middleware.route import Route
from socorro.cache import Cache, key_of
from socorro.queries import freshness


def answer(route: Route, context: Context, caller: Caller, values: Values) -> Reply:
    """Return the answer of a route, from the cache when it may be there.

    Only answers that are the same for everybody are kept: routes with permissions have none.
    """
    if context.cache is None or not route.cached or route.permissions or route.needs:
        return route.answer(context, caller, values)
    with context.database.transaction() as db:
        state = freshness.state(db)
    today = datetime.now(UTC).date()  # periods end with it
    key = key_of(route.operation, sorted(values.items()), f"{state} {today}")
    reply = _read(context.cache, key)
    if reply is None:
        reply = route.answer(context, caller, values)
        _write(context.cache, key, reply)
    return reply


def _read(cache: Cache, key: str) -> Reply | None:
    stored = cache.get(key)
    if stored is None:
        return None
    head, _, body = stored.partition(b"\n")
    content_type, headers = json.loads(head)
    return Reply("200 OK", body, content_type, tuple((name, value) for name, value in headers))


def _write(cache: Cache, key: str, reply: Reply) -> None:
    caching = dict(reply.headers).get("Cache-Control", "")
    if reply.status == "200 OK" and "no-store" not in caching:
        head = json.dumps([reply.content_type, reply.headers]).encode()
        cache.put(key, head + b"\n" + reply.body)
