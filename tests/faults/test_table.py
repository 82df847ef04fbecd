"""The table at the end."""

import io
from math import inf

from rich.console import Console

from tests.faults.table import cells, remarks, show
from tests.faults.verdict import Expectation, Measured, Row, Verdict

GOOD = Row("kill-all", Measured(answered=2000, stalled=1.2, recovered=4.0), (Verdict.OK,))
BAD = Row(
    "store-away",
    Measured(
        answered=24, lost=("a", "b", "c", "d"), stalled=inf, recovered=inf, unsettled=("e",),
        wrong=("the [crash] store was made anew",), broken="KeyError: 'x'",
    ),
    (Verdict.LOST, Verdict.STALLED),
)  # fmt: skip
SKIPPED = Row("power-cut", Measured(skipped="needs root"), (Verdict.SKIPPED,))
LIMITS = Expectation(recover_seconds=60)


def test_a_row_shows_its_figures() -> None:
    assert cells(GOOD, LIMITS, 15) == ["kill-all", "2,000", "0", "0", "1.2", "4.0", "ok"]
    assert cells(BAD, LIMITS, 15) == [
        "store-away", "24", "4", "0", "> 15", "> 60", "LOST, STALLED",
    ]  # fmt: skip


def test_a_skipped_row_shows_no_figures() -> None:
    assert cells(SKIPPED, LIMITS, 15) == ["power-cut", "", "", "", "", "", "skipped"]


def test_a_failed_row_says_what_is_wrong_and_names_some_crashes() -> None:
    assert remarks(BAD) == [
        "the [crash] store was made anew",
        "lost: a, b, c and 1 more",
        "waiting: e",
        "KeyError: 'x'",
    ]
    assert remarks(GOOD) == []


def test_the_table_names_all_rows_and_the_remarks_of_the_failed_ones() -> None:
    page = io.StringIO()
    rows = [GOOD, BAD, SKIPPED]

    show(rows, {row.name: LIMITS for row in rows}, 15, Console(file=page))

    text = page.getvalue()
    for words in ("answered", "lost", "doubled", "stalled others, s", "recovered after, s"):
        assert words in text.splitlines()[0]
    assert [line.split()[0] for line in text.splitlines()[1:4]] == [row.name for row in rows]
    assert "store-away: the [crash] store was made anew" in text
    assert "3 faults tried, 1 did more than they may" in text
