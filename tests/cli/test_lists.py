"""Lists that commands cut: all of a list at its limit, the rest in a number beyond it."""

import io
import os
from datetime import date
from pathlib import Path

import pytest
from rich.console import Console

from cli.commands import status
from cli.local.screen import KEPT_LINES, Screen
from socorro.queries import bad_reports
from socorro.queries.explosive import WithoutAdi
from socorro.questions import explosions_2012

DAY = date(2026, 11, 23)


@pytest.mark.parametrize(("count", "last"), [(20, "id19"), (21, "and 1 more (--json)")])
def test_the_ledger_names_twenty_crashes(count: int, last: str) -> None:
    output = io.StringIO()

    status._print_ids(Console(file=output), DAY, "missing", tuple(f"id{n}" for n in range(count)))

    lines = output.getvalue().splitlines()
    assert len(lines) == min(count, 20) + (count > 20)
    assert lines[-1] == f"2026-11-23 missing: {last}"


@pytest.mark.parametrize(
    ("count", "last"),
    [
        (5, "no ADI for Firefox 4 on 2026-11-23: explosiveness unknown"),
        (6, "and for 1 more version"),
    ],
)
def test_five_versions_without_adi_are_named(count: int, last: str) -> None:
    versions = [WithoutAdi("Firefox", str(number), [DAY]) for number in range(count)]

    notes = [note.text for note in explosions_2012._without_adi(versions)]

    assert len(notes) == min(count, 5) + (count > 5)
    assert notes[-1] == last


@pytest.mark.parametrize(
    ("counts", "shown"),
    [((3, 2, 1), "a (3), b (2), c (1)"), ((4, 3, 2, 1), "a (4), b (3), c (2) and 1 more")],
)
def test_three_reasons_are_named(counts: tuple[int, ...], shown: str) -> None:
    reasons = [bad_reports.Reason(name, count) for name, count in zip("abcd", counts, strict=False)]

    assert bad_reports.named(reasons) == shown
    assert bad_reports.total(reasons) == sum(counts)


@pytest.mark.parametrize("count", [KEPT_LINES, KEPT_LINES + 1])
def test_the_last_fifteen_lines_of_a_program_are_kept(count: int) -> None:
    with Path("/dev/null").open("wb") as nowhere:
        screen = Screen(nowhere.fileno())
        with os.fdopen(screen.pipe("postgres"), "w") as writer:
            writer.writelines(f"line {number}\n" for number in range(count))
        screen.finish()

    assert screen.last("postgres") == [f"line {number}" for number in range(count)][-15:]
