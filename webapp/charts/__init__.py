"""Charts as SVG that the server draws: no script, no inline style.

    chart = charts.lines("crash-rate", "Crash rate by channel", "crashes per 100 ADI",
                         days, [charts.Series("release", rates, low, high)],
                         marks=[charts.Mark(date(2026, 11, 3), "159.0")])
    {% include "charts/lines.html" with chart=chart %}

    charts.bars("by-day", "Crashes by day", "crashes", days, series)       charts/bars.html
    charts.differences("a-b", "Largest differences", "ratio", rows)        charts/differences.html
    charts.sparkline(values, last_day)                                     goes into a table cell

The first argument is the HTML id, once on a page. Places on the x axis are UTC days, hours
(datetimes), whole numbers (ages of builds) or names. A value that is None, NaN or missing is a gap,
never 0. Colours are the classes s0 to s5, then `other`. Under each chart its numbers fold out as a
table.
"""

from webapp.charts.bars import bars
from webapp.charts.differences import Difference, Differences, differences
from webapp.charts.drawing import Chart
from webapp.charts.lines import lines
from webapp.charts.series import MOST_SERIES, Mark, Series
from webapp.charts.sparkline import sparkline

__all__ = [
    "MOST_SERIES",
    "Chart",
    "Difference",
    "Differences",
    "Mark",
    "Series",
    "bars",
    "differences",
    "lines",
    "sparkline",
]
