"""Writes docs/reference from the code: `make docs`. A test fails when a page is stale."""

import importlib
import inspect
from collections.abc import Iterator
from pathlib import Path

from prometheus_client.metrics import MetricWrapperBase
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from socorro import config, metrics, retention
from socorro.local import hbase, plan
from socorro.local.programs import SERVICES

FOLDER = Path(__file__).parent / "reference"

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

`socorro config` shows what is in effect. `make docs` writes this page from the code.
"""

METRICS_HEAD = """\
# Metrics

Every service answers `/metrics` in Prometheus' text format. Seconds and bytes are base units; a
counter's name ends in `_total` there, a histogram has `_bucket`, `_sum` and `_count`. `make docs`
writes this page from `socorro/metrics.py`.
"""


def pages() -> dict[Path, str]:
    """Return every page of the reference, by where it belongs."""
    return {
        FOLDER / "settings.md": "\n".join([SETTINGS_HEAD, *map(_settings, _classes())]),
        FOLDER / "metrics.md": "\n".join([METRICS_HEAD, *_metrics()]) + "\n",
    }


def _classes() -> Iterator[type[config.Settings]]:
    yield config.SharedConfig
    yield retention.RetentionConfig
    for service in SERVICES:
        module = importlib.import_module(f"{service}.config")
        for _, found in inspect.getmembers(module, inspect.isclass):
            if issubclass(found, config.Settings) and found.__module__ == module.__name__:
                yield found
    yield plan.LineConfig
    yield hbase.HBaseConfig


def _settings(settings: type[config.Settings]) -> str:
    title = (
        settings.table or {"LineConfig": "make run", "SharedConfig": "shared"}[settings.__name__]
    )
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
        made = str(field.get_default(call_default_factory=True, validated_data={}))
        home = str(config.home())
        if made == "[]":
            return "none"
        if home not in made:
            return "depends on the machine"
        return "`./var`" if made == home else f"`{made.replace(home, '$SOCORRO_HOME')}`"
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


def main() -> None:
    """Write the pages."""
    FOLDER.mkdir(exist_ok=True)
    for path, text in pages().items():
        path.write_text(text)
        print(path.relative_to(FOLDER.parent.parent))


if __name__ == "__main__":
    main()
