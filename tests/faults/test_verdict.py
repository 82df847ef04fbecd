"""What was measured, and what it is called."""

from math import inf

import pytest

from tests.faults.verdict import (
    Expectation,
    Measured,
    Row,
    Verdict,
    exit_code,
    judge,
    lost_ids,
    seconds_text,
)

LIMITS = Expectation(stall_seconds=10, recover_seconds=60)


@pytest.mark.parametrize(
    ("measured", "verdicts"),
    [
        (Measured(answered=3, stalled=10.0, recovered=60.0), [Verdict.OK]),
        (Measured(lost=("a",)), [Verdict.LOST]),
        (Measured(doubled=("a",)), [Verdict.DOUBLED]),
        (Measured(stalled=10.1), [Verdict.STALLED]),
        (Measured(stalled=inf), [Verdict.STALLED]),
        (Measured(recovered=60.1), [Verdict.NOT_RECOVERED]),
        (Measured(recovered=inf, unsettled=("a",)), [Verdict.NOT_RECOVERED]),
        (Measured(wrong=("health says 200",)), [Verdict.WRONG]),
        (Measured(broken="KeyError"), [Verdict.BROKEN]),
        (Measured(skipped="needs root", lost=("a",)), [Verdict.SKIPPED]),
        (
            Measured(wrong=("x",), stalled=inf, lost=("a",), doubled=("b",)),
            [Verdict.LOST, Verdict.DOUBLED, Verdict.STALLED, Verdict.WRONG],
        ),
    ],
)
def test_a_row_is_called_by_all_that_is_wrong_the_worst_first(
    measured: Measured, verdicts: list[Verdict]
) -> None:
    assert list(judge(measured, LIMITS)) == verdicts


def test_nothing_is_stalled_where_processing_stands_still_by_nature() -> None:
    assert judge(Measured(stalled=inf), Expectation(stall_seconds=None)) == (Verdict.OK,)


@pytest.mark.parametrize(
    ("verdict", "code"),
    [(v, 0 if v in (Verdict.OK, Verdict.SKIPPED) else 1) for v in Verdict],
)
def test_one_row_that_is_not_well_makes_the_battery_fail(verdict: Verdict, code: int) -> None:
    rows = [Row("a", Measured(), (Verdict.OK,)), Row("b", Measured(), (verdict,))]

    assert exit_code(rows) == code


@pytest.mark.parametrize(
    ("verdicts", "is_harmless"),
    [
        ((Verdict.OK,), True),
        ((Verdict.SKIPPED,), True),
        ((Verdict.WRONG,), True),
        ((Verdict.STALLED, Verdict.WRONG), False),
        ((Verdict.LOST,), False),
        ((Verdict.BROKEN,), False),
    ],
)
def test_a_line_is_used_again_unless_crashes_were_lost_or_are_stuck(
    verdicts: tuple[Verdict, ...], is_harmless: bool
) -> None:
    assert Row("a", Measured(), verdicts).is_harmless == is_harmless


def test_lost_is_what_was_answered_and_is_nowhere() -> None:
    assert lost_ids({"a", "b", "c", "d"}, {"b"}, {"d", "x"}, set()) == ("a", "c")


@pytest.mark.parametrize(
    ("seconds", "text"), [(None, ""), (0.04, "0.0"), (3.25, "3.2"), (inf, "> 15")]
)
def test_seconds_as_the_table_shows_them(seconds: float | None, text: str) -> None:
    assert seconds_text(seconds, waited=15) == text
