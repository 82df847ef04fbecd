"""Charts: where lines, bars and labels are drawn, and that gaps stay gaps."""

import math
import re
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp import charts
from webapp.charts import numbers, places
from webapp.charts.drawing import HEIGHT, WIDTH, Flag, Segment

LAST = date(2026, 11, 29)

value = st.one_of(st.none(), st.floats(), st.integers(-(10**400), 10**400))


def days(count: int) -> list[date]:
    return [LAST - timedelta(days=count - 1 - index) for index in range(count)]


def points(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"[ML]([-\d.e+]+) ([-\d.e+]+)", path)]


def test_a_line_with_its_band_is_where_its_numbers_are() -> None:
    series = charts.Series("release", [2, 4, 0, 3], [1, 3, 0, 2], [3, 5, 1, 4])

    chart = charts.lines("rate", "Crash rate", "crashes per 100 ADI", days(4), [series])

    [line] = chart.lines
    assert [(tick.text, tick.y) for tick in chart.ticks] == [
        ("0", 160), ("2", 106.67), ("4", 53.33), ("6", 0),
    ]  # fmt: skip
    assert line.path == "M125 106.67L375 53.33L625 160L875 80"
    assert line.band == (
        "M125 80L375 26.67L625 133.33L875 53.33L875 106.67L625 160L375 80L125 133.33Z"
    )
    assert [label.text for label in chart.labels] == ["26 Nov", "27 Nov", "28 Nov", "29 Nov"]
    assert chart.columns[1].text == "2026-11-27: 4 (3 to 5)"
    assert chart.columns[1].x == 25
    assert chart.table.headings == ["Day, UTC", "release"]
    assert chart.table.rows[2] == ("2026-11-28", ["0 (0 to 1)"])
    assert chart.text == (
        "From 2026-11-26 to 2026-11-29. release: 2 at 2026-11-26, 3 at 2026-11-29;"
        " lowest 0 at 2026-11-28, highest 4 at 2026-11-27. The table has all numbers."
    )


def test_gaps_part_a_line_and_a_point_alone_is_a_dot() -> None:
    rates = [1, 1, None, math.nan, 1, None, 1, 1]
    series = charts.Series("a", rates, [0.5] * 8, [1.5] * 8)

    chart = charts.lines("a", "A", "", days(8), [series])

    [line] = chart.lines
    assert line.path.count("M") == 2
    assert [x for x, _ in points(line.path)] == [62.5, 187.5, 812.5, 937.5]
    assert [dot.x for dot in line.dots] == [56.25]
    assert line.band.count("M") == 3
    assert [column.is_gap for column in chart.columns].count(True) == 3
    assert chart.columns[2].text == "2026-11-24: no data"
    assert chart.table.rows[3] == ("2026-11-25", ["no data"])
    assert "no data at 3 of 8" in chart.text


def test_days_that_are_not_in_the_data_are_gaps() -> None:
    at = [LAST, LAST - timedelta(days=3)]

    chart = charts.bars("b", "B", "crashes", at, [charts.Series("a", [5, 2])])

    assert [column.text for column in chart.columns] == [
        "2026-11-26: 2", "2026-11-27: no data", "2026-11-28: no data", "2026-11-29: 5",
    ]  # fmt: skip
    assert [column.is_gap for column in chart.columns] == [False, True, True, False]


def test_an_interval_without_limit_reaches_the_upper_end() -> None:
    series = charts.Series("a", [1, 1], [0.5, 0.5], [None, 2])

    [line] = charts.lines("a", "A", "", days(2), [series]).lines

    assert points(line.band)[0] == (250, 0)


def test_a_wide_interval_does_not_squeeze_the_line() -> None:
    series = charts.Series("a", [1, 1], [0, 0], [2, 900])

    chart = charts.lines("a", "A", "", days(2), [series])

    assert chart.ticks[-1].text == "1.5"
    assert points(chart.lines[0].band)[1] == (750, 0)
    assert chart.columns[1].text == "2026-11-29: 1 (0 to 900)"


def test_bars_are_stacked_with_the_first_series_at_the_bottom() -> None:
    hours = [datetime(2026, 11, 29, hour, tzinfo=UTC) for hour in (13, 14)]
    series = [charts.Series("Firefox", [30, 0]), charts.Series("Fenix", [10, None])]

    chart = charts.bars("h", "By hour", "crashes", hours, series)

    assert chart.columns[0].segments == [Segment("s0", 40, 120), Segment("s1", 0, 40)]
    assert chart.columns[1].segments == []
    assert [column.text for column in chart.columns] == [
        "13:00 UTC: 40 (Firefox 30, Fenix 10)", "14:00 UTC: 0",
    ]  # fmt: skip
    assert chart.columns[1].bar_x == 55
    assert chart.bar_width == 40
    assert chart.table.rows == [
        ("2026-11-29 13:00", ["30", "10", "40"]),
        ("2026-11-29 14:00", ["0", "no data", "0"]),
    ]


def test_expected_numbers_are_a_line_over_the_bars() -> None:
    chart = charts.bars(
        "e", "E", "crashes", days(3), [charts.Series("crashes", [1, 2, 20])], expected=[2, 2, 40]
    )

    assert [line.colour for line in chart.lines] == ["expected"]
    assert chart.ticks[-1].text == "40"
    assert chart.columns[2].text == "2026-11-29: 20 (crashes 20, expected 40)"
    assert [entry.shape for entry in chart.legend] == ["bar", "line"]


def test_bars_sum_up_what_has_no_colour_of_its_own() -> None:
    series = [charts.Series(f"p{number}", [number]) for number in range(9)]

    chart = charts.bars("b", "B", "", [LAST], [charts.Series("other", [None]), *series])

    assert [entry.name for entry in chart.legend][-2:] == ["p5", "other"]
    assert chart.legend[-1].colour == "other"
    assert chart.table.rows[0][1][-2:] == ["21", "36"]


def test_lines_beyond_the_sixth_are_in_the_table_only() -> None:
    series = [charts.Series(f"b{number}", [number]) for number in range(9)]

    chart = charts.lines("b", "B", "", [3], series, axis_name="Age in days")

    assert [line.colour for line in chart.lines] == [f"s{number}" for number in range(6)]
    assert chart.more == 3
    assert len(chart.table.headings) == 10
    assert chart.columns[0].text.startswith("Age in days 3: b0 0, b1 1")


def test_marks_are_at_their_day_and_names_do_not_overlap() -> None:
    marks = [
        charts.Mark(date(2026, 11, 21), "160.0"),
        charts.Mark(date(2026, 11, 20), "159.0"),
        charts.Mark(date(2026, 11, 29), "x" * 99),
        charts.Mark(date(2030, 1, 1), "far away"),
    ]

    chart = charts.lines("m", "M", "", days(20), [charts.Series("a", [1] * 20)], marks=marks)

    assert chart.flags == [
        Flag(52.5, "159.0", "start"), Flag(57.5, "", "start"), Flag(97.5, "x" * 15 + "…", "end"),
    ]  # fmt: skip
    assert chart.columns[11].text == "2026-11-21: 1; 160.0"
    assert chart.table.rows[10] == ("2026-11-20", ["1", "159.0"])


def test_long_labels_on_narrow_screens_stay_beside_the_y_axis() -> None:
    builds = [f"2026{month:02}15040335" for month in range(1, 7)]

    shown = [label.text for label in places.labels(builds) if not label.folds]
    days = places.labels(places.fill([date(2026, 11, 3), date(2026, 11, 30)]))

    assert shown == [builds[1], builds[4]]
    assert next(label.text for label in days if not label.folds) == "4 Nov"


@pytest.mark.parametrize(
    ("at", "texts"),
    [
        (days(15)[:1], ["15 Nov"]),
        (
            days(400),
            ["Nov 2025", *(f"{m} 2026" for m in ("Jan", "Mar", "May", "Jul", "Sep", "Nov"))],
        ),
        (days(49), ["12 Oct", "19 Oct", "26 Oct", "2 Nov", "9 Nov", "16 Nov", "23 Nov"]),
        (list(range(15)), ["0", "2", "4", "6", "8", "10", "12", "14"]),
        (list(range(401)), ["0", "50", "100", "150", "200", "250", "300", "350", "400"]),
        (["20261127123456789", "b"], ["2026112712345…", "b"]),
        ([], []),
    ],
)
def test_labels_are_few_and_round(at: list[places.Place], texts: list[str]) -> None:
    assert [label.text for label in places.labels(places.fill(at))] == texts


@pytest.mark.parametrize(
    ("highest", "texts"),
    [
        (0, ["0", "1"]),
        (1, ["0", "0.25", "0.5", "0.75", "1"]),
        (0.746, ["0", "0.2", "0.4", "0.6", "0.8"]),
        (11, ["0", "5", "10", "15"]),
        (1_600, ["0", "500", "1,000", "1,500", "2,000"]),
        (15_045, ["0", "5k", "10k", "15k", "20k"]),
        (2_400_000, ["0", "1M", "2M", "3M"]),
        (412_000, ["0", "200k", "400k", "600k"]),
        (9e15, ["0", "2.5e+15", "5e+15", "7.5e+15", "1e+16"]),
        (5e-324, ["0", "1e-300"]),
    ],
)
def test_the_scale_has_round_numbers(highest: float, texts: list[str]) -> None:
    assert numbers.tick_texts(numbers.ticks(highest)) == texts


@given(st.floats(min_value=1e-290, max_value=1e300))
def test_a_scale_has_two_to_four_steps_and_holds_the_highest(highest: float) -> None:
    scale = numbers.ticks(highest)

    assert 3 <= len(scale) <= 5
    assert scale[0] == 0
    assert highest <= scale[-1] * (1 + 1e-6) <= 2 * highest * (1 + 1e-6)


@given(
    st.lists(st.tuples(value, value, value), max_size=20),
    st.sampled_from([days(40), list(range(40)), [f"{number}" for number in range(40)]]),
)
def test_every_point_is_in_the_drawing_and_gaps_are_kept(
    rows: list[tuple[object, object, object]], at: list[places.Place]
) -> None:
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], []]
    series = charts.Series("a", *columns)  # type: ignore[arg-type]

    chart = charts.lines("p", "P", "", at[: len(rows)], [series])
    bars = charts.bars("q", "Q", "", at[: len(rows)], [series])

    present = [index for index, (one, _, _) in enumerate(rows) if numbers.finite(one) is not None]
    [line] = chart.lines
    drawn = [(x * 100 / WIDTH, y) for x, y in points(line.path)]
    drawn += [(dot.x, dot.y) for dot in line.dots]
    assert sorted(round(x * len(rows) / 100 - 0.5) for x, _ in drawn) == present
    assert all(0 <= y <= HEIGHT for _, y in [*drawn, *points(line.band)])
    assert chart.is_empty == bars.is_empty == (not present)
    assert [not column.is_gap for column in bars.columns] == [
        index in present for index in range(len(rows))
    ]
    assert all(
        segment.y >= 0 and segment.y + segment.height <= HEIGHT + 0.01
        for column in bars.columns
        for segment in column.segments
    )


def test_differences_lie_around_the_middle() -> None:
    rows = [
        charts.Difference("worse", 4, 2, 8, url="/signature/"),
        charts.Difference("better", 0.5, 0.25, 1),
        charts.Difference("same", 1, 0.001, 1000),
        charts.Difference("gone", 0),
        charts.Difference("none", math.nan),
    ]

    chart = charts.differences("d", "D", "ratio", rows, ratios=True)

    assert [(row.side, row.x, row.width) for row in chart.rows] == [
        ("up", 100, 40), ("down", 80, 20), ("none", 100, 0), ("down", 0, 100), ("none", 100, 0),
    ]  # fmt: skip
    assert [(row.low, row.high) for row in chart.rows[:3]] == [(120, 160), (60, 100), (0, 200)]
    assert [row.text for row in chart.rows] == ["4", "0.5", "1", "0", "no data"]


def test_a_difference_that_may_be_chance_is_neither_better_nor_worse() -> None:
    rows = [
        charts.Difference("more", 1, is_clear=False),
        charts.Difference("same", 0, is_clear=False),
    ]

    chart = charts.differences("d", "D", "", rows)

    assert [(row.side, row.width) for row in chart.rows] == [("other", 100), ("none", 0)]


def test_intervals_of_differences_do_not_hide_the_bars() -> None:
    rows = [charts.Difference("a", 1, -900, 900), charts.Difference("b", -2)]

    chart = charts.differences("d", "D", "points", rows)

    assert [(row.x, row.width) for row in chart.rows] == [(100, 25), (50, 50)]
    assert (chart.rows[0].low, chart.rows[0].high) == (0, 200)
