"""Columns and rows of a chart as SVG and HTML.

A page of ten charts has thousands of them: a template took 60 ms of processor time, this takes 10.
Every text goes through `escape`.
"""

from collections.abc import Sequence
from html import escape

from django.utils.safestring import SafeString, mark_safe

from webapp.charts.drawing import Chart, Column, Table


def columns(chart: Chart) -> SafeString:
    """Return a group for each place: its tooltip, the area that shows it, its bars."""
    drawn = (_column(column, chart) for column in chart.columns)
    return mark_safe("\n".join(drawn))  # noqa: S308  _column escapes


def rows(table: Table) -> SafeString:
    """Return a row for each place."""
    written = (_row(name, cells) for name, cells in table.rows)
    return mark_safe("\n".join(written))  # noqa: S308  _row escapes


def _column(column: Column, chart: Chart) -> str:
    css = "gap hit" if column.is_gap else "hit"
    bars = "".join(
        f'<rect class="{segment.colour}" x="{column.bar_x}%" y="{segment.y}"'
        f' width="{chart.bar_width}%" height="{segment.height}"/>'
        for segment in column.segments
    )
    return (
        f'<g><title>{escape(column.text)}</title><rect class="{css}" x="{column.x}%"'
        f' width="{chart.column_width}%" height="{chart.height}"/>{bars}</g>'
    )


def _row(name: str, cells: Sequence[str]) -> str:
    values = "".join(f'<td class="number">{escape(cell)}</td>' for cell in cells)
    return f'<tr><th scope="row">{escape(name)}</th>{values}</tr>'
