"""A line that runs, watched by a real Prometheus and by `socorro doctor`: faults are seen."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from cli.local.ports import free_ports
from socorro.health.config import PORTS
from tests.builders import DUMPS
from tests.ops.monitoring import FOLDER, RULES, groups
from tests.ops.queue import broker
from tests.ops.registry import Figures, check
from tests.system.line import HTTP, Line, running, wait_for

ALWAYS = {  # without labels, or with those of a line in which nothing has failed
    "socorro_check_failing", "socorro_spool_oldest_seconds", "socorro_spool_quarantined",
    "socorro_disk_free_bytes", "socorro_disk_size_bytes", "socorro_ledger_crashes", "socorro_jobs",
    "socorro_jobs_oldest_seconds", "socorro_jobs_failed_today", "socorro_cron_failures",
    "socorro_cron_late_seconds", "socorro_cron_stuck", "socorro_search_lag_seconds",
    "socorro_collector_posts_total", "socorro_processor_crashes_total", "socorro_memory_bytes",
    "socorro_processor_latency_seconds_bucket", "socorro_requests_total",
}  # fmt: skip


INTERVALS = ("scrape_interval", "scrape_timeout", "evaluation_interval")


class Prometheus:
    """A server that scrapes a line every three seconds, with the rules of this repository."""

    def __init__(self, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/api/v1"

    def query(self, expression: str) -> list[dict[str, Any]]:
        """Return the series of an expression, now."""
        answer = HTTP.request("GET", f"{self._url}/query", fields={"query": expression})
        return list(answer.json()["data"]["result"]) if answer.status == 200 else []

    def alerts(self) -> set[str]:
        """Return the names of alerts that are pending or firing."""
        listed = HTTP.request("GET", f"{self._url}/alerts").json()["data"]["alerts"]
        return {alert["labels"]["alertname"] for alert in listed}


@contextmanager
def prometheus(line: Line, folder: Path) -> Iterator[Prometheus]:
    """Run Prometheus with the files of deploy/monitoring, for the ports of a line."""
    [port] = free_ports(1)
    config = yaml.safe_load((FOLDER / "prometheus.yaml").read_text())
    config["global"] = dict.fromkeys(INTERVALS, "3s")
    config["rule_files"] = [str(RULES)]
    for job in config["scrape_configs"]:
        name = job["job_name"].removeprefix("socorro-")
        job["static_configs"] = [{"targets": [f"127.0.0.1:{line.ports[name]}"]}]
    (folder / "prometheus.yaml").write_text(yaml.safe_dump(config))
    with (folder / "prometheus.log").open("w") as log:
        words = [f"--config.file={folder}/prometheus.yaml", f"--storage.tsdb.path={folder}/data",
                 f"--web.listen-address=127.0.0.1:{port}"]  # fmt: skip
        process = subprocess.Popen(["prometheus", *words], stdout=log, stderr=log)
        try:
            yield Prometheus(port)
        finally:
            process.terminate()
            process.wait(30)


def doctor(line: Line, *words: str) -> dict[str, str]:
    """Return the problems of a line, by check."""
    done = line.socorro("doctor", "--json", "--problems", *words)
    return {one["check"]: one["text"] for one in json.loads(done.stdout)["findings"]}


@check("monitoring-real-line", needs=["prometheus"])
def watched(figures: Figures) -> None:
    """On a line that runs, Prometheus reads what alerts judge; a spool that is away is an alert."""
    with (
        tempfile.TemporaryDirectory(dir="/var/tmp") as folder,
        running(Path(folder) / "home") as line,
        prometheus(line, Path(folder)) as server,
    ):
        dump = DUMPS / "rust-minidump/test.dmp"
        line.socorro("submit", str(dump))
        up = f'count(up{{job=~"socorro-.+"}} == 1) == {len(PORTS)}'
        wait_for(lambda: server.query(up), 60, "all services to be scraped")
        HTTP.request("GET", line.url("webapp", "/"))
        wait_for(lambda: not _missing(server), 120, "the series of alerts")
        wait_for(lambda: not _serious(server), 60, "a line without a serious alert")
        figures.say("series", len(series(server)))
        marker = line.home / "spool/marker"
        marker.rename(marker.with_name("away"))
        wait_for(lambda: "CheckFails" in server.alerts(), 60, "the alert of a spool that is away")
        marker.with_name("away").rename(marker)
        wait_for(lambda: "CheckFails" not in server.alerts(), 60, "the end of the alert")


def series(server: Prometheus) -> set[str]:
    """Return the names of the series that are there."""
    return {one["metric"]["__name__"] for one in server.query('{__name__=~"socorro_.+"}')}


def _serious(server: Prometheus) -> set[str]:
    critical = {
        rule["alert"]
        for group in groups()
        for rule in group["rules"]
        if rule.get("labels", {}).get("severity") == "critical"
    }
    return server.alerts() & critical


@check("doctor-real-line")
def examined(figures: Figures) -> None:
    """On a line that runs, the doctor has no complaint; it sees each fault and its end."""
    with (
        tempfile.TemporaryDirectory(dir="/var/tmp") as folder,
        running(Path(folder) / "home") as line,
    ):
        assert doctor(line) == {}
        marker = line.home / "spool/marker"
        secret = line.home / "secret"
        marker.rename(marker.with_name("away"))
        secret.chmod(0o644)
        faults = doctor(line)
        assert set(faults) == {"spool marker", "password files"}, faults
        marker.with_name("away").rename(marker)
        secret.chmod(0o600)
        before = _files(line.home)
        assert doctor(line) == {}
        changed = {name for name in _files(line.home) ^ before if not _moves(name)}
        assert not changed, changed
        figures.say("checks", len(json.loads(line.socorro("doctor", "--json").stdout)["findings"]))


@check("doctor-real-broker", needs=["rabbitmq-server"])
def greeted(figures: Figures) -> None:
    """The doctor knows a real message broker, and that it is away."""
    settings = dict(os.environ)
    with tempfile.TemporaryDirectory() as home, broker() as server:
        settings |= {"SOCORRO_HOME": home, "SOCORRO_QUEUE": server.url}
        settings["SOCORRO_QUEUE_PASSWORD_FILE"] = str(server.password_file)
        levels = [_queue(settings)]
        figures.say("with a broker", levels[0])
        settings["SOCORRO_QUEUE"] = f"amqp://socorro@127.0.0.1:{free_ports(1)[0]}"
        levels.append(_queue(settings))
    assert levels == ["ok", "problem"], levels


def _queue(settings: dict[str, str]) -> str:
    words = [sys.executable, "-m", "cli.main", "doctor", "--only", "queue", "--json"]
    done = subprocess.run(words, env=settings, capture_output=True, text=True, check=False)
    return str(json.loads(done.stdout)["status"])


def _files(home: Path) -> set[str]:
    return {str(path.relative_to(home)) for path in home.rglob("*") if "postgres" not in path.parts}


def _moves(name: str) -> bool:
    """Return whether a line makes and removes such files all the time."""
    return bool(re.match(r"(metrics|run|search|symbols|crashstore|spool)\b", name))


def _missing(server: Prometheus) -> set[str]:
    """Return the series of alerts that are not there."""
    return ALWAYS - series(server)
