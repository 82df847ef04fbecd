"""Answers that take a while, kept until something is counted again."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from django.core.cache import cache

from socorro.postgres import Connection
from socorro.queries import freshness
from socorro.questions.interface import Answer, Question
from socorro.questions.words import today

SECONDS: Final = 600


def kept(question: Question) -> Question:
    """Return the question with answers that are kept while counts and day are the same."""

    def answer(db: Connection, values: Mapping[str, Any]) -> Answer:
        state = (db.dsn, question.name, sorted(values.items()), freshness.state(db), today())
        key = "answer-" + hashlib.sha256(repr(state).encode()).hexdigest()
        answered: Answer | None = cache.get(key)
        if answered is None:
            answered = question.answer(db, values)
            cache.set(key, answered, SECONDS)
        return answered

    return replace(question, answer=answer)
