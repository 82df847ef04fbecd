"""Charts as HTML: names, words and tables for those who do not see them, hostile names."""

import re
import time
from datetime import date, timedelta
from xml.etree import ElementTree

import pytest
from django.template import Context, Engine

from webapp import charts
from webapp.settings import STATIC

LAST = date(2026, 11, 29)
HOSTILE = "<script>alert(1)</script>&\"'" * 400
TEMPLATES = STATIC.parent / "templates"


@pytest.fixture(scope="module")
def engine() -> Engine:
    libraries = {
        "crash": "webapp.crashstats.templatetags.crash",
        "l10n": "django.templatetags.l10n",
    }
    return Engine(dirs=[str(TEMPLATES)], libraries=libraries)


def days(count: int) -> list[date]:
    return [LAST - timedelta(days=count - 1 - index) for index in range(count)]


def draw(engine: Engine, chart: charts.Chart | charts.Differences, kind: str = "lines") -> str:
    return str(engine.get_template(f"charts/{kind}.html").render(Context({"chart": chart})))


def test_a_chart_has_a_name_words_and_a_table(engine: Engine) -> None:
    chart = charts.lines(
        "Rate 1", "Crash rate", "crashes per 100 ADI", days(2), [charts.Series("a", [1.5, 2])],
        marks=[charts.Mark(LAST, "160.0")],
    )  # fmt: skip

    root = ElementTree.fromstring(draw(engine, chart))

    drawing = root.find(".//svg[@role='img']")
    assert drawing is not None
    texts = {element.get("id"): element.text for element in drawing.iter() if element.get("id")}
    names = (drawing.get("aria-labelledby") or "").split()
    assert [texts[name] for name in names] == ["Crash rate", chart.text]
    assert "1.5 at 2026-11-28, 2 at 2026-11-29" in chart.text
    assert [cell.text for cell in root.iter("td")] == ["1.5", None, "2", "160.0"]
    assert "Show as a table" in [one.text for one in root.iter("summary")]
    assert "release" in ElementTree.tostring(root, encoding="unicode")


@pytest.mark.parametrize("kind", ["lines", "bars"])
@pytest.mark.parametrize("values", [[], [None, float("nan")]])
def test_a_chart_without_numbers_says_so(
    engine: Engine, kind: str, values: list[float | None]
) -> None:
    chart = getattr(charts, kind)("a", "A", "", days(len(values)), [charts.Series("a", values)])

    assert "No data to draw." in draw(engine, chart, kind)
    assert "<svg" not in draw(engine, chart, kind)
    assert "no data to draw" in draw(engine, charts.differences("d", "D", "", []), "differences")


def test_places_that_are_no_days_are_named_in_the_caption(engine: Engine) -> None:
    series = [charts.Series("a", [1, 2])]
    ages = charts.lines("a", "By age", "crashes", [0, 1], series, axis_name="Days out")

    assert '<span class="quiet">· crashes, by days out</span>' in draw(engine, ages)
    assert ", by" not in draw(engine, charts.lines("a", "By day", "crashes", days(2), series))


def test_hostile_names_are_text_and_clipped(engine: Engine) -> None:
    series = [charts.Series(HOSTILE, [1]), charts.Series("b", [2])]
    marks = [charts.Mark(LAST, HOSTILE)]
    texts = [
        draw(engine, charts.lines("a", HOSTILE[:90], "", [LAST], series, marks=marks)),
        draw(engine, charts.bars("b", HOSTILE[:90], "", [LAST], series, marks=marks)),
        draw(
            engine,
            charts.differences("c", "C", "", [charts.Difference(HOSTILE, 1, url='/"><b>')]),
            "differences",
        ),
        charts.sparkline([1], LAST, HOSTILE[:50]),
    ]

    for text in texts:
        assert "<script" not in text
        assert '"><b>' not in text
        assert len(text) < 6_000
        ElementTree.fromstring(text.replace("<wbr>", ""))


def test_nothing_is_inline_style_or_script(engine: Engine) -> None:
    chart = charts.lines("a", "A", "", days(9), [charts.Series("a", [1, 2, None] * 3)])

    assert re.findall(r"style=|<style|<script| on\w+=", draw(engine, chart)) == []


def test_a_sparkline_says_its_trend_and_marks_its_last_point() -> None:
    text = charts.sparkline([12, None, 52, 40], LAST)

    assert text == (
        '<svg class="spark" role="img" width="16" height="20" viewBox="0 0 16 20"><title>4 days to'
        " 2026-11-29: from 12 to 40 crashes, highest 52; no data on 1 day</title>"
        '<path d="M2 14.3h0M10 2L14 5.7"/><circle cx="14" cy="5.7" r="2"/></svg>'
    )


@pytest.mark.parametrize("values", [[], [None], [float("inf")]])
def test_a_sparkline_without_numbers_is_words(values: list[float | None]) -> None:
    assert charts.sparkline(values) == '<span class="quiet">no data</span>'


def test_a_sparkline_of_many_days_stays_small() -> None:
    text = charts.sparkline([float(number % 90) for number in range(400)], LAST)

    assert 'width="130"' in text
    assert "400 days to 2026-11-29" in text


def test_a_chart_of_a_year_is_drawn_quickly(engine: Engine) -> None:
    series = [charts.Series(f"s{number}", [1.25] * 400) for number in range(6)]
    started = time.process_time()

    text = draw(engine, charts.lines("a", "A", "", days(400), series))

    assert time.process_time() - started < 0.5
    assert text.count("<tr>") == 401
