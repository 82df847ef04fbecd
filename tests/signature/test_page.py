"""The tables of docs/signatures.md are made from the tables here: they show what the code does."""

import json

import pytest

from socorro.signature.generate import generate
from socorro.signature.rules import AFTER_THE_STACK
from tests.signature import outcomes
from tests.signature.test_tables import rows


@pytest.mark.parametrize(("case", "changes"), rows("rules.txt"))
def test_each_rule_changes_the_signature_as_the_page_shows(case: str, changes: str) -> None:
    rule, fields = case.split(" ", 1)
    before, after = changes.replace("\\u0000", "\0").replace("\\u00e9", "é").split(" -> ")

    generated = generate(outcomes.crash_of(json.loads(fields)))

    [change] = [change for change in generated.changes if change.rule == rule]
    assert (change.before, change.after) == (before, after)


def test_each_rule_is_on_the_page() -> None:
    on_the_page = {row.values[0].split(" ", 1)[0] for row in rows("rules.txt")}

    assert on_the_page == {rule.__name__ for rule in AFTER_THE_STACK}
