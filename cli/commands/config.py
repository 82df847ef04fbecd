"""`socorro config`: the settings in effect, and which safety measures are not."""

import json
from collections.abc import Iterator
from typing import Any

import click
from psycopg2 import ProgrammingError
from psycopg2.extensions import make_dsn, parse_dsn
from pydantic import ValidationError, create_model
from pydantic.fields import FieldInfo

from cli.commands.group import Group, echo, plural
from cli.services import SERVICES
from socorro.alerts.config import AlertsConfig
from socorro.cache import CacheConfig
from socorro.config import OWN, RUNNING, Settings, SharedConfig, home
from socorro.health.config import HealthConfig
from socorro.retention import RetentionConfig
from socorro.serving.config import ServingConfig
from socorro.stack_modules.config import MixesConfig
from socorro.symbols.config import SymbolsConfig

HIDDEN = "(hidden)"
SECRET_WORDS = ("secret", "password", "token", "key", "webhook")


@click.group(
    cls=Group,
    invoke_without_command=True,
    epilog="""
Examples:
  socorro config
  SOCORRO_HOME=/srv/socorro socorro config
  socorro config check
""",
)
@click.pass_context
def config(context: click.Context) -> None:
    """Show the settings in effect.

    Each has the name of its environment variable.
    """
    if context.invoked_subcommand is None:
        _show()


@config.command(
    epilog="""
Examples:
  socorro config check
  socorro config check --json
"""
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def check(as_json: bool) -> None:
    """Show which safety measures are not in force; exit 1 if one is not.

    Run it on each machine, as the user that runs the services, with their settings.
    """
    from cli import config_check

    facts, findings = config_check.read_facts()
    findings += config_check.findings_of(facts)
    warnings = [finding for finding in findings if finding.state == "warning"]
    if as_json:
        rows = [finding._asdict() for finding in findings]
        echo(json.dumps({"in_force": not warnings, "findings": rows}, indent=2))
    else:
        for finding in findings:
            echo(f"{finding.state:8} {finding.check:16} {finding.text}")
        count = plural(len(warnings), "warning")
        echo(f"{count} (docs/security.md)" if warnings else "all in force", err=True)
    if warnings:
        raise SystemExit(1)


def _show() -> None:
    files = [name for name in (RUNNING, OWN) if (home() / name).is_file()]
    click.echo(f"# {home()}: {', '.join(files) or 'no settings files'}")
    click.echo("# Environment variables take precedence over these files.")
    shown: list[type[Settings]] = [
        SharedConfig,
        ServingConfig,
        RetentionConfig,
        SymbolsConfig,
        CacheConfig,
        HealthConfig,
        AlertsConfig,
        MixesConfig,
        *SERVICES.values(),
    ]
    for settings in shown:
        click.echo(f"\n[{settings.table}]" if settings.table else "")
        for line in _lines(settings):
            click.echo(line)


def _lines(settings: type[Settings]) -> Iterator[str]:
    prefix = settings.model_config.get("env_prefix", "")
    wrong: dict[str, str] = {}
    try:
        read = settings()
    except ValidationError as invalid:
        wrong = {str(error["loc"][0]): error["msg"] for error in invalid.errors()}
        anything: dict[str, Any] = dict.fromkeys(wrong, (Any, ""))
        read = create_model("Shown", __base__=settings, **anything)()
    for name, field in settings.model_fields.items():
        text = _shown(name, field, getattr(read, name))
        error = click.style(f"  ({wrong[name]})", fg="red") if name in wrong else ""
        meaning = click.style(f"  # {field.description}", dim=True)
        yield f"{prefix}{name}".upper() + f"={text}{error}{meaning}"


def _shown(name: str, field: FieldInfo, value: object) -> str:
    """Return a value as it may be shown."""
    text = str(value)
    if name == "database":
        return _without_password(text)
    if any(word in name for word in SECRET_WORDS) and field.annotation is str and text:
        return HIDDEN
    return text


def _without_password(dsn: str) -> str:
    try:
        parameters = parse_dsn(dsn)
    except ProgrammingError:
        return HIDDEN
    if "password" in parameters:
        parameters["password"] = HIDDEN
    return str(make_dsn(**parameters))
