"""The dashboard of deploy/monitoring as JSON for Grafana: rows of panels, three in a line.

What it shows is declared in dashboard.yaml.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple

import yaml

COLUMNS, WIDTH, HEIGHT = 3, 8, 8  # Grafana's grid is 24 wide
SOURCE: Final = {"type": "prometheus", "uid": "${datasource}"}
DECLARED: Final = Path(__file__).with_suffix(".yaml")


class Panel(NamedTuple):
    """A chart: *queries* are pairs of an expression and the legend of its series."""

    title: str
    description: str
    unit: str
    queries: tuple[tuple[str, str], ...]
    stacked: bool = False
    limits: Sequence[float] = ()  # warning, critical


class Row(NamedTuple):
    """A row that folds, with its panels."""

    title: str
    panels: tuple[Panel, ...]


def rows() -> list[Row]:
    """Return the rows that dashboard.yaml declares."""
    return [
        Row(row["row"], tuple(_declared(panel) for panel in row["panels"]))
        for row in yaml.safe_load(DECLARED.read_text())
    ]


def _declared(panel: dict[str, Any]) -> Panel:
    queries = tuple((query["expression"], query["legend"]) for query in panel.pop("queries"))
    return Panel(queries=queries, **panel)


def document() -> dict[str, Any]:
    """Return the dashboard."""
    return {
        "title": "Socorro",
        "uid": "socorro",
        "description": "How crashes get through: docs/monitoring.md",
        "tags": ["socorro"],
        "schemaVersion": 39,
        "editable": True,
        "refresh": "1m",
        "timezone": "utc",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {
            "list": [
                {
                    "name": "datasource",
                    "label": "Prometheus",
                    "type": "datasource",
                    "query": "prometheus",
                }
            ]
        },
        "panels": _panels(),
    }


def page() -> str:
    """Return the dashboard as the file that Grafana imports."""
    return json.dumps(document(), indent=1) + "\n"


def _panels() -> list[dict[str, Any]]:
    panels: list[dict[str, Any]] = []
    top = 0
    for row in rows():
        place = {"x": 0, "y": top, "w": COLUMNS * WIDTH, "h": 1}
        number = len(panels) + 1
        panels.append({"id": number, "type": "row", "title": row.title, "gridPos": place})
        top += 1
        for index, panel in enumerate(row.panels):
            x, y = index % COLUMNS * WIDTH, top + index // COLUMNS * HEIGHT
            panels.append(_panel(panel, len(panels) + 1, x, y))
        top += -(-len(row.panels) // COLUMNS) * HEIGHT
    return panels


def _panel(panel: Panel, number: int, x: int, y: int) -> dict[str, Any]:
    defaults: dict[str, Any] = {
        "unit": panel.unit,
        "min": 0,
        "custom": {
            "lineWidth": 1,
            "fillOpacity": 30 if panel.stacked else 0,
            "showPoints": "never",
            "stacking": {"mode": "normal" if panel.stacked else "none"},
            "thresholdsStyle": {"mode": "dashed" if panel.limits else "off"},
        },
        "thresholds": {"mode": "absolute", "steps": _steps(panel.limits)},
    }
    return {
        "id": number,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.description,
        "datasource": SOURCE,
        "gridPos": {"x": x, "y": y, "w": WIDTH, "h": HEIGHT},
        "fieldConfig": {"defaults": defaults, "overrides": []},
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        "targets": [
            {"refId": chr(65 + index), "expr": expression, "legendFormat": legend}
            for index, (expression, legend) in enumerate(panel.queries)
        ],
    }


def _steps(limits: Sequence[float]) -> list[dict[str, Any]]:
    colors = ("orange", "red")
    return [
        {"color": "green", "value": None},
        *({"color": color, "value": limit} for color, limit in zip(colors, limits, strict=False)),
    ]
