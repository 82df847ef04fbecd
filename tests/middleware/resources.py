"""Requests to the resources of crash-stats, whose answers are checked against their schemas."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

import jsonschema

from middleware.app import application
from middleware.body import FORM
from middleware.callers import Caller
from middleware.context import Context
from middleware.routes import ROUTES
from socorro.crashstore.interface import CrashStore
from socorro.health.judge import Health
from socorro.postgres import Connection, Database, execute
from socorro.search.interface import Engine
from socorro.serving.rate_limit import RateLimit
from tests.wsgi import Answer, ask

Fields = Sequence[tuple[str, str]]


class Rest:
    """The REST interface as one caller sees it."""

    def __init__(
        self,
        database: Database,
        store: CrashStore,
        *permissions: str,
        search: Engine | None = None,
        health: Callable[[], Health] | None = None,
    ) -> None:
        caller = Caller(frozenset(permissions))
        context = Context(database, store, search=search, health=health)
        self._app = application(context, RateLimit(1000), identify=lambda _environ: caller)

    def get(self, name: str, *fields: tuple[str, str]) -> Answer:
        return self._checked(name, "GET", ask(self._app, f"/api/{name}/?{urlencode(fields)}"))

    def send(self, name: str, *fields: tuple[str, str], method: str = "POST") -> Answer:
        return self.send_body(name, urlencode(fields).encode(), FORM, method)

    def send_body(self, name: str, body: bytes, kind: str, method: str = "POST") -> Answer:
        answer = ask(self._app, f"/api/{name}/", method, body, CONTENT_TYPE=kind)
        return self._checked(name, method, answer)

    def _checked(self, name: str, method: str, answer: Answer) -> Answer:
        [route] = [route for route in ROUTES if (route.name, route.method) == (name, method)]
        if answer.status == 200:
            jsonschema.validate(answer.json(), {**route.schema, "additionalProperties": False})
        else:
            assert answer.json()["error"]
        return answer


def bug(db: Connection, bug_id: int, *signatures: str, duplicate_of: int | None = None) -> None:
    """A bug that names signatures."""
    values: Mapping[str, Any] = {"bug_id": bug_id, "duplicate_of": duplicate_of}
    execute(
        db,
        "INSERT INTO bugs (bug_id, duplicate_of) VALUES (%(bug_id)s, %(duplicate_of)s)",
        **values,
    )
    for signature in signatures:
        execute(
            db,
            "INSERT INTO bug_signatures (bug_id, signature) VALUES (%(bug_id)s, %(signature)s)",
            bug_id=bug_id,
            signature=signature,
        )
