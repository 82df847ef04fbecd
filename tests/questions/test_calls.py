"""A question's call by REST and by command, from its values."""

from datetime import date

from socorro.questions import calls
from socorro.questions.table import QUESTIONS

TOP = next(question for question in QUESTIONS if question.name == "TopCrashers")
GATE = next(question for question in QUESTIONS if question.name == "Gate")


def test_defaults_and_absent_values_are_left_out() -> None:
    values = {"product": "Fire fox", "version": [], "limit": 20, "days": None, "by": "build"}

    assert calls.path(TOP, values) == "/api/TopCrashers/?product=Fire+fox&by=build"
    assert calls.command(TOP, values) == "socorro top-crashers --by build 'Fire fox'"


def test_values_are_quoted_for_the_shell_and_never_options() -> None:
    values = {"product": "-x", "version": ["1", "$(id)"], "from": date(2026, 11, 1)}

    assert calls.command(TOP, values) == ("socorro top-crashers --from 2026-11-01 -- -x 1 '$(id)'")


def test_flags_have_no_value() -> None:
    values = {"old_build": "1", "new_build": "2", "why": True}

    assert calls.command(GATE, values) == "socorro gate --why 1 2"
    assert calls.path(GATE, values) == "/api/Gate/?old_build=1&new_build=2&why=true"
