"""Writes docs/reference, tables of other pages, and the dashboard: `make docs`.

A test fails when a page is stale. All but schema.md: that one is made from a database, which takes
seconds to start and to migrate.
"""

import inspect
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import get_args

import clients_table
import dashboard
import doctor_table
import psycopg2
import rest_page
import schema
import signature_tables
from prometheus_client.metrics import MetricWrapperBase
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from cli.local import elasticsearch, hbase, plan, postgres
from cli.services import SERVICES
from cron.config import CronConfig
from cron.table import find_table
from socorro import config, fields, metrics, retention, roles
from socorro.alerts.config import AlertsConfig
from socorro.cache import CacheConfig
from socorro.counts.config import UrlsConfig
from socorro.extracts.config import ExtractsConfig
from socorro.health.config import HealthConfig
from socorro.migrate import migrate
from socorro.search.config import SearchConfig
from socorro.serving.config import ServingConfig
from socorro.stack_modules.config import MixesConfig
from socorro.symbols.config import SymbolsConfig

FOLDER = Path(__file__).parent / "reference"
CLIENTS = FOLDER.parent / "clients.md"
SIGNATURES = FOLDER.parent / "signatures.md"
DOCTOR = FOLDER.parent / "doctor.md"
DASHBOARD = FOLDER.parent.parent / "deploy/monitoring/grafana-dashboard.json"

TITLES = {"LineConfig": "make run", "SharedConfig": "shared", "ServingConfig": "web services"}
SETTINGS_HEAD = """\
# Settings

From the environment, else from `$SOCORRO_HOME/socorro.toml`, else the default. The file's top
level holds the shared settings; a service has a table of its own, in which `SOCORRO_<SERVICE>_PORT`
is `port`:

```toml
log_format = "json"

[collector]
port = 8882
```

`socorro config` shows what is in effect, `socorro config check` which safety measures are not.
`make docs` writes this page from the code.
"""

METRICS_HEAD = """\
# Metrics

Every service answers `/metrics` in Prometheus' text format. Seconds and bytes are base units; a
counter's name ends in `_total` there, a histogram has `_bucket`, `_sum` and `_count`. `make docs`
writes this page from `socorro/metrics.py`.
"""


FIELDS_HEAD = """\
# Fields

Every field of a crash, and who may see it: everybody sees public fields; protected fields, and all
fields that are not listed, need a permission. `[]` is an item of a list; a pattern matches the
names of additional dumps. A field with a source is a copy of that annotation, converted to the type
listed here. To add a field, add an entry to `socorro/fields/processed_crash.yaml` (a copy: typed,
counted, searched) or `raw_crash.yaml` (shown as it was sent), and run `make docs`, which writes
this page.
"""


CRON_HEAD = """\
# Jobs of the clock

What runs by itself, in this order; a job waits for those that it needs. Times are UTC. *Backfill*:
a missed slot is made up for, each once and in order; other jobs run once for all that was missed.
How it works: [the clock](../cron.md). `make docs` writes this page from `cron/jobs`.
"""


def pages() -> dict[Path, str]:
    """Return every page of the reference, by where it belongs."""
    return {
        FOLDER / "settings.md": "\n".join([SETTINGS_HEAD, *map(_settings, _classes())]),
        FOLDER / "fields.md": "\n".join([FIELDS_HEAD, *_fields()]) + "\n",
        FOLDER / "cron.md": "\n".join([CRON_HEAD, *_jobs()]) + "\n",
        FOLDER / "metrics.md": "\n".join([METRICS_HEAD, *_metrics()]) + "\n",
        FOLDER / "rest.md": rest_page.page(),
        CLIENTS: clients_table.page(CLIENTS.read_text()),
        SIGNATURES: signature_tables.page(SIGNATURES.read_text()),
        DASHBOARD: dashboard.page(),
        DOCTOR: doctor_table.page(DOCTOR.read_text()),
    }


def _classes() -> Iterator[type[config.Settings]]:
    yield config.SharedConfig
    yield ServingConfig
    yield retention.RetentionConfig
    yield ExtractsConfig
    yield SymbolsConfig
    yield UrlsConfig
    yield MixesConfig
    yield SearchConfig
    yield CacheConfig
    yield HealthConfig
    yield AlertsConfig
    yield from SERVICES.values()
    yield plan.LineConfig
    yield hbase.HBaseConfig
    yield elasticsearch.ElasticsearchConfig


def _settings(settings: type[config.Settings]) -> str:
    title = settings.table or TITLES[settings.__name__]
    lines = [f"## {title}", "", inspect.getdoc(settings) or "", ""]
    lines += ["| Environment | Default | Meaning |", "|---|---|---|"]
    for name, field in settings.model_fields.items():
        alias = field.validation_alias
        variable = alias if isinstance(alias, str) else _variable(settings, name)
        lines.append(f"| `{variable}` | {_default(field)} | {field.description} |")
    return "\n".join([*lines, ""])


def _variable(settings: type[config.Settings], name: str) -> str:
    return f"{settings.model_config.get('env_prefix', '')}{name}".upper()


def _default(field: FieldInfo) -> str:
    if field.default_factory:
        default = str(field.get_default(call_default_factory=True, validated_data={}))
        home = str(config.home())
        if default in ("[]", "{}"):
            return "none"
        if home not in default:
            return "depends on the machine"
        return "`./var`" if default == home else f"`{default.replace(home, '$SOCORRO_HOME')}`"
    if field.default is PydanticUndefined:
        return "required"
    if field.default is None:
        return "none"
    text = str(field.default).lower() if isinstance(field.default, bool) else str(field.default)
    return f"`{text.replace(f'{hbase.CHECKOUT}/', '')}`"


def _metrics() -> Iterator[str]:
    yield "| Metric | Kind | Labels | Meaning |"
    yield "|---|---|---|---|"
    for metric in vars(metrics).values():
        if isinstance(metric, MetricWrapperBase):
            [family] = metric.describe()
            labels = ", ".join(metric._labelnames) or "none"
            yield f"| `{family.name}` | {family.type} | {labels} | {family.documentation} |"


def _jobs() -> Iterator[str]:
    unset = CronConfig()
    yield "| Job | Period | Needs | Backfill | Limit | What it does | Off unless set |"
    yield "|---|---|---|---|---|---|---|"
    for job in find_table("default"):
        needs = ", ".join(job.needs)
        backfill = "yes" if job.backfill else ""
        off = job.off(unset).removeprefix("set ")
        cells = [
            f"`{job.name}`",
            job.period.text,
            needs,
            backfill,
            f"{job.seconds} s",
            job.does,
            off,
        ]
        yield f"| {' | '.join(cells)} |"


def _fields() -> Iterator[str]:
    for kind in get_args(fields.Kind):
        yield f"## {kind.replace('_', ' ').capitalize()}"
        yield ""
        yield "| Field | Type | Permission | Search | Source | Meaning | Example |"
        yield "|---|---|---|---|---|---|---|"
        for _, declared in sorted(fields.fields(kind).items()):
            for field in (declared, *declared.inside()):
                yield _field(field)
        yield ""


def _field(field: fields.Field) -> str:
    source = f"`{field.source_annotation}`" if field.source_annotation else ""
    example = ", ".join(f"`{_example(example)}`" for example in field.examples)
    cells = [
        f"`{field.name}`",
        field.type,
        "public" if field.public else "protected",
        "" if field.search == "none" else field.search,
        source,
        field.description,
        example,
    ]
    return f"| {' | '.join(_in_table(cell) for cell in cells)} |"


def _in_table(text: str) -> str:
    return text.replace("|", "\\|")


def _example(example: object) -> str:
    text = example if isinstance(example, str) else json.dumps(example)
    return text.replace("\n", "\\n").replace("\t", "\\t")


def schema_page() -> dict[Path, str]:
    """Return the page of the database, from a Postgres that is started for it."""
    bindir = os.environ.get("SOCORRO_PG_BINDIR")
    with tempfile.TemporaryDirectory(prefix="socorro-docs-") as folder:
        Path(folder).chmod(0o711)  # root runs Postgres as another user
        data = Path(folder) / "data"
        binaries = postgres.binaries(Path(bindir) if bindir else None)
        with postgres.running(data, binaries) as dsn:
            with closing(psycopg2.connect(dsn)) as db, db:
                roles.create(db, {})
            migrate(dsn)
            with closing(psycopg2.connect(dsn)) as db:
                return {FOLDER / "schema.md": schema.page(db)}


def main() -> None:
    """Write the pages."""
    FOLDER.mkdir(exist_ok=True)
    for path, text in (pages() | schema_page()).items():
        path.write_text(text)
        print(path.relative_to(FOLDER.parent.parent))


if __name__ == "__main__":
    main()
