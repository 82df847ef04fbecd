"""ALGORITHM is raised whenever the code that makes signatures changes.

Stored signatures carry ALGORITHM. Without a new number, signatures of changed rules could not be
distinguished from older ones. So a digest of that code is recorded here for each ALGORITHM, and
what it makes of some crashes in `tests/signature/outcomes.jsonl`.
"""

import ast
import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from socorro.signature import (
    classic,
    crash_data,
    frames,
    generate,
    java,
    lists,
    names,
    normalize,
    rules,
    stack,
)
from socorro.signature.generate import ALGORITHM
from socorro.signature.names import brackets, cpp, go, jvm, objc, rust, swift
from tests.signature import outcomes

# Everything that decides on a signature, except for the lists' content, which has a version of
# its own. `quality`, `explain`, `lint` and `what_if` only describe signatures.
LANGUAGES = (names, brackets, cpp, go, jvm, objc, rust, swift)
MODULES = (
    *(classic, crash_data, frames, generate, java, lists, *LANGUAGES, normalize, rules, stack),
)

# The rules' names in their order, and the digest of MODULES.
RECORDED = {
    "2": (
        "stack_walker_error bad_hardware out_of_memory abort shutdown_timeout run_watchdog"
        " ipc_channel_error ipc_message_name stack_overflow hung_process printable_only whitespace"
        " cut",
        "c5a3c0008ba0a44c",
    ),
    "3": (
        "stack_walker_error bad_hardware out_of_memory abort shutdown_timeout run_watchdog"
        " ipc_channel_error ipc_message_name stack_overflow hung_process printable_only whitespace"
        " cut",
        "6a1cad0220740a78",
    ),
}

WHAT_TO_DO = """
The code that makes signatures changed (digest {digest}) and ALGORITHM did not.

1. If any crash may now get another signature, raise ALGORITHM in socorro/signature/generate.py and
   add a line for it to RECORDED in tests/signature/test_algorithm.py. (Once per release is enough:
   while ALGORITHM {algorithm} was in no release, record the new digest there.)
2. If no signature can change (a rename, another note), record the new digest for ALGORITHM
   {algorithm} there.
"""


def code(node: object) -> Iterator[str]:
    """Yield what Python executes of a syntax tree: no comments, docstrings, annotations, layout."""
    if isinstance(node, ast.AST):
        yield type(node).__name__
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "type_comment", "kind"):
                continue
            if name == "body" and isinstance(value, list) and has_docstring(node):
                value = value[1:]
            if value not in (None, []):  # newer versions of Python add fields that are empty
                yield f".{name}"
                yield from code(value)
    elif isinstance(node, list):
        yield "["
        for item in node:
            yield from code(item)
        yield "]"
    else:
        yield repr(node)


def has_docstring(node: ast.AST) -> bool:
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef)
    return isinstance(node, kinds) and ast.get_docstring(node, clean=False) is not None


def digest_of(*sources: str) -> str:
    digest = hashlib.sha256()
    for source in sources:
        for word in code(ast.parse(source)):
            digest.update(f"{word}\0".encode())
    return digest.hexdigest()[:16]


def test_a_changed_rule_needs_a_new_algorithm() -> None:
    names = " ".join(rule.__name__ for rule in rules.AFTER_THE_STACK)
    digest = digest_of(*(Path(str(module.__file__)).read_text() for module in MODULES))

    recorded = RECORDED.get(ALGORITHM)

    assert recorded == (names, digest), WHAT_TO_DO.format(digest=digest, algorithm=ALGORITHM)


def test_the_number_and_what_it_makes_of_crashes_are_pinned_together() -> None:
    algorithm, cases = outcomes.recorded()

    assert algorithm == ALGORITHM
    assert [outcomes.outcome(case) for case in cases] == cases, (
        "Read tests/signature/outcomes.py: these crashes have another signature now."
    )


def test_other_outcomes_are_not_recorded_for_the_same_number() -> None:
    case = {"stack": "boom", "default": "boom"}
    changed = {**case, "default": "another"}

    assert outcomes.refusal(ALGORITHM, [case]) is None
    assert "boom" in (outcomes.refusal(ALGORITHM, [case, changed]) or "")
    assert outcomes.refusal("1", [changed]) is None
    assert outcomes.refusal(ALGORITHM, [{"stack": "new"}]) is None


def test_a_changed_rule_changes_an_outcome(monkeypatch: pytest.MonkeyPatch) -> None:
    _, cases = outcomes.recorded()

    for rule in rules.AFTER_THE_STACK:
        rest = tuple(other for other in rules.AFTER_THE_STACK if other is not rule)
        monkeypatch.setattr("socorro.signature.generate.AFTER_THE_STACK", rest)
        assert [outcomes.outcome(case) for case in cases] != cases, rule.__name__


RULE = '''"""A module."""

def rule(crash: CrashData, state: State) -> State:
    """Say it."""
    return state.put("a") if crash.reason else state  # a comment

RULES = (rule, cut)
'''


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("a comment", "another comment"),
        ("A module", "The module"),
        ("Say it", "Say it otherwise"),
        ('"a"', "'a'"),
        ("(rule, cut)", "(\n    rule,\n    cut,\n)"),
        (" -> State", ""),
    ],
)
def test_text_and_layout_need_no_new_algorithm(before: str, after: str) -> None:
    assert digest_of(RULE.replace(before, after)) == digest_of(RULE)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("(rule, cut)", "(cut, rule)"),
        ("(rule, cut)", "(rule, added, cut)"),
        ("(rule, cut)", "(rule,)"),
        ('"a"', '"b"'),
        ("crash.reason", "crash.status"),
        ("if crash.reason", "if not crash.reason"),
    ],
)
def test_what_a_rule_does_and_the_order_of_rules_count(before: str, after: str) -> None:
    assert digest_of(RULE.replace(before, after)) != digest_of(RULE)
