"""Rules and dashboard of deploy/monitoring name what exists, and lead to a runbook.

That Prometheus takes them, and that each alert fires when it should, is an ops check
(tests/ops/monitoring.py).
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from prometheus_client import Counter, Histogram
from prometheus_client.metrics import MetricWrapperBase

from cli.main import main as cli
from socorro import metrics
from socorro.health.config import PORTS, HealthConfig

CHECKOUT = Path(__file__).parents[2]
FOLDER = CHECKOUT / "deploy/monitoring"
GROUPS = yaml.safe_load((FOLDER / "prometheus-rules.yaml").read_text())["groups"]
RULES: list[dict[str, Any]] = [rule for group in GROUPS for rule in group["rules"]]
ALERTS = [rule for rule in RULES if "alert" in rule]
RECORDS = {rule["record"] for rule in RULES if "record" in rule}
PANELS = json.loads((FOLDER / "grafana-dashboard.json").read_text())["panels"]
CHARTS = [panel for panel in PANELS if panel["type"] != "row"]
RUNBOOK = (CHECKOUT / "docs/runbook.md").read_text()
UNITS = {"cpm", "s", "short", "percentunit", "bytes"}
OF_PROMETHEUS = {"job", "instance", "le"}


def samples() -> dict[str, set[str]]:
    """The labels of every series, by its name."""
    series = {}
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            [family] = metric.describe()
            labels = set(metric._labelnames)
            if isinstance(metric, Histogram):
                ends: tuple[str, ...] = ("_bucket", "_sum", "_count")
            else:
                ends = ("_total",) if isinstance(metric, Counter) else ("",)
            series |= {family.name + end: labels for end in ends}
    return series


def expressions() -> Iterator[str]:
    yield from (rule["expr"] for rule in RULES)
    yield from (target["expr"] for panel in CHARTS for target in panel["targets"])


def problems(expression: str) -> list[str]:
    """What *expression* names that does not exist."""
    declared = samples()
    names = re.findall(r"\bsocorro_\w+", expression)
    wrong = [name for name in names if name not in declared]
    wrong += [name for name in re.findall(r"\bsocorro:[\w:]+", expression) if name not in RECORDS]
    for name, matchers in re.findall(r"\b(socorro_\w+)\{([^}]*)\}", expression):
        own = declared.get(name, set()) | OF_PROMETHEUS
        wrong += [label for label in re.findall(r"(\w+)\s*[!=]", matchers) if label not in own]
    if names:
        every = set().union(*(declared.get(name, set()) for name in names)) | OF_PROMETHEUS
        by = re.findall(r"\bby \(([^)]*)\)", expression)
        wrong += [label for group in by for label in group.split(", ") if label not in every]
    return wrong


def test_rules_and_panels_name_metrics_labels_and_records_that_exist() -> None:
    wrong = {text: names for text in expressions() if (names := problems(text))}

    assert wrong == {}
    assert len(list(expressions())) > 60


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        ("sum(socorro_no_such_metric)", ["socorro_no_such_metric"]),
        ("sum(socorro_collector_posts)", ["socorro_collector_posts"]),  # without _total
        ('socorro_jobs{status="waiting"}', ["status"]),
        ("max by (jobs) (socorro_jobs)", ["jobs"]),
        ("socorro:no:record > 1", ["socorro:no:record"]),
    ],
)
def test_what_does_not_exist_is_noticed(expression: str, names: list[str]) -> None:
    assert problems(expression) == names


def test_values_of_labels_are_jobs_that_the_scrape_has() -> None:
    scrape = yaml.safe_load((FOLDER / "prometheus.yaml").read_text())["scrape_configs"]
    jobs = {one["job_name"]: one["static_configs"][0]["targets"] for one in scrape}

    assert jobs == {f"socorro-{name}": [f"127.0.0.1:{port}"] for name, port in PORTS.items()}
    for rule in RULES:
        for pattern in re.findall(r'job!?=~?"([^"]*)"', rule["expr"]):
            assert any(re.fullmatch(pattern, job) for job in jobs), pattern


@pytest.mark.parametrize(
    ("alert", "severity", "setting"),
    [
        ("SpoolWaits", "warning", "spool_warning_seconds"),
        ("SpoolWaits", "critical", "spool_critical_seconds"),
        ("QueueWaits", "warning", "queue_warning_seconds"),
        ("QueueWaits", "critical", "queue_critical_seconds"),
        ("SearchBehind", "warning", "search_warning_seconds"),
        ("DiskLow", "warning", "disk_warning_percent"),
        ("DiskLow", "critical", "disk_critical_percent"),
    ],
)
def test_alerts_have_the_limits_of_socorro_health(alert: str, severity: str, setting: str) -> None:
    [rule] = [
        rule for rule in ALERTS if rule["alert"] == alert and rule["labels"]["severity"] == severity
    ]
    [limit] = re.findall(r"[<>] ([\d.]+)$", rule["expr"].strip())

    assert float(limit) == HealthConfig.model_fields[setting].default


def test_each_alert_says_what_happened_and_has_a_paragraph_in_the_runbook() -> None:
    sections = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", RUNBOOK, re.M | re.S))

    for rule in ALERTS:
        assert rule["labels"]["severity"] in ("warning", "critical"), rule["alert"]
        assert rule["annotations"]["summary"]
        anchor = rule["alert"].lower()
        assert rule["annotations"]["runbook_url"] == f"docs/runbook.md#{anchor}"
    assert list(sections) == list(dict.fromkeys(rule["alert"] for rule in ALERTS))
    for alert, text in sections.items():
        for question in ("**Means.**", "**Users notice.**", "**Look.**", "**Fix.**", "**Do not.**"):
            assert question in text, f"{alert}: {question}"
        assert "```" in text, f"{alert}: no command to copy"


def test_each_panel_has_a_title_a_description_and_a_unit_of_its_own() -> None:
    titles = [panel["title"] for panel in PANELS]

    assert len(set(titles)) == len(titles)
    assert [panel["id"] for panel in PANELS] == list(range(1, len(PANELS) + 1))
    for panel in CHARTS:
        assert panel["description"].endswith(".")
        assert panel["fieldConfig"]["defaults"]["unit"] in (
            "cpm",
            "s",
            "short",
            "percentunit",
            "bytes",
        )
        assert panel["targets"]
        assert all(target["expr"] and target["legendFormat"] for target in panel["targets"])


def test_panels_do_not_overlap() -> None:
    cells = [
        (panel["gridPos"]["x"] + x, panel["gridPos"]["y"] + y)
        for panel in PANELS
        for x in range(panel["gridPos"]["w"])
        for y in range(panel["gridPos"]["h"])
    ]

    assert len(set(cells)) == len(cells)
    assert max(x for x, _ in cells) < 24


def test_commands_that_the_runbook_names_exist_with_their_options() -> None:
    blocks = re.findall(r"```\n(.*?)```", RUNBOOK, re.S)
    lines = [line for block in blocks for line in block.splitlines()]
    lines += re.findall(r"`(socorro [^`]+)`", RUNBOOK)
    context = click.Context(cli)

    for line in lines:
        program, *words = line.split()
        command: click.Command | None = cli if program == "socorro" else None
        while isinstance(command, click.Group) and words and re.fullmatch("[a-z][a-z-]*", words[0]):
            command = command.get_command(context, words.pop(0))
        if program == "socorro":
            assert command, line
            names = {name for option in command.params for name in option.opts} | {"--help"}
            assert {word for word in words if word.startswith("--")} <= names, line
