"""What operators are warned by: promtool reads the rules, and each alert fires when it should."""

import re
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.ops.registry import Figures, check
from tests.ops.rule_cases import CASES, HEALTHY, MINUTES, Case, Series

FOLDER = Path(__file__).parents[2] / "deploy/monitoring"
RULES = FOLDER / "prometheus-rules.yaml"


def groups() -> list[dict[str, Any]]:
    """The groups of rules."""
    document: dict[str, list[dict[str, Any]]] = yaml.safe_load(RULES.read_text())
    return document["groups"]


def alerts() -> set[str]:
    """The names of all alerts."""
    return {rule["alert"] for group in groups() for rule in group["rules"] if "alert" in rule}


@check("monitoring-files", quick=True, needs=["promtool"])
def files(figures: Figures) -> None:
    """Prometheus takes the rules and the example of a scrape."""
    for kind, name in (("rules", "prometheus-rules.yaml"), ("config", "prometheus.yaml")):
        _promtool("check", kind, str(FOLDER / name))
    figures.say("alerts", len(alerts()))


@check("monitoring-alerts", quick=True, needs=["promtool"])
def fire(figures: Figures) -> None:
    """Each alert fires on a bad series, at its limit it is silent, and a healthy line has none."""
    bad = {case.alert for case in CASES if case.fires}
    assert bad == alerts(), f"without a bad series, or no alert: {bad ^ alerts()}"
    tests = [
        {"interval": "1m", "input_series": _series(HEALTHY), "promql_expr_test": [_none()]},
        *map(_test, CASES),
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tests.yaml"
        document = {
            "rule_files": [str(RULES)],
            "evaluation_interval": "10m",
            "group_eval_order": [group["name"] for group in groups()],
            "tests": tests,
        }
        path.write_text(yaml.safe_dump(document))
        _promtool("test", "rules", str(path))
    figures.say("cases", len(tests))


@check("monitoring-panels", quick=True, needs=["promtool"])
def panels(figures: Figures) -> None:
    """Prometheus can parse every expression of the dashboard."""
    import json

    dashboard = json.loads((FOLDER / "grafana-dashboard.json").read_text())
    rules = [
        {"record": f"panel:{panel['id']}:{target['refId']}", "expr": _plain(target["expr"])}
        for panel in dashboard["panels"]
        for target in panel.get("targets", ())
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "panels.yaml"
        path.write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))
        _promtool("check", "rules", str(path))
    figures.say("expressions", len(rules))


def _plain(expression: str) -> str:
    """Return an expression with the variables of Grafana filled in."""
    return re.sub(r"\$__rate_interval", "5m", expression)


def _test(case: Case) -> dict[str, Any]:
    series = {**(HEALTHY if case.minutes == MINUTES else {}), **case.series}
    return {
        "interval": "1m",
        "input_series": _series(series),
        "promql_expr_test": [
            {
                "expr": f'count by (severity) (ALERTS{{alertname="{case.alert}",'
                'alertstate="firing"})',
                "eval_time": f"{case.minutes}m",
                "exp_samples": [
                    {"labels": f'{{severity="{severity}"}}', "value": 1} for severity in case.fires
                ],
            }
        ],
    }


def _none() -> dict[str, Any]:
    firing = 'ALERTS{alertstate=~"firing|pending"}'
    return {"expr": firing, "eval_time": f"{MINUTES}m", "exp_samples": []}


def _series(series: Series) -> list[dict[str, str]]:
    return list(_written(series))


def _written(series: Series) -> Iterator[dict[str, str]]:
    for name, values in series.items():
        if values is not None:
            yield {"series": name, "values": values}


def _promtool(*words: str) -> None:
    subprocess.run(["promtool", *words], check=True, capture_output=True, text=True, timeout=60)
