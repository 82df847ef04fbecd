"""`socorro config`: the settings in effect."""

import click
from psycopg2 import ProgrammingError
from psycopg2.extensions import make_dsn, parse_dsn
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from rich.console import Console
from rich.table import Table

from socorro.commands import parts
from socorro.commands.group import Command
from socorro.config import OWN, RUNNING, Settings, SharedConfig, home
from socorro.retention import RetentionConfig

HIDDEN = "(hidden)"
SECRET_WORDS = ("secret", "password", "token", "key")


@click.command(
    cls=Command,
    epilog="""
Examples:
  socorro config
  SOCORRO_HOME=/srv/socorro socorro config
""",
)
def config() -> None:
    """Show the settings in effect, by the name of their environment variable."""
    console = Console(highlight=False)
    files = [name for name in (OWN, RUNNING) if (home() / name).is_file()]
    console.print(f"from the environment, {home()}: {', '.join(files) or 'no files'}", style="dim")
    table = Table(box=None, header_style="bold", pad_edge=False)
    for heading in ("setting", "value", "meaning"):
        table.add_column(heading, overflow="fold")
    services = [parts.settings_of(service) for service in parts.SERVICES]
    for settings in (SharedConfig, RetentionConfig, *services):
        for row in _rows(settings):
            table.add_row(*row)
    console.print(table)


def _rows(settings: type[Settings]) -> list[tuple[str, str, str]]:
    prefix = settings.model_config.get("env_prefix", "")
    wrong: dict[str, str] = {}
    values: dict[str, object] = {}
    try:
        values = settings().model_dump()
    except ValidationError as why:
        wrong = {str(error["loc"][0]): error["msg"] for error in why.errors()}
    return [
        (
            f"{prefix}{name}".upper(),
            _told(name, field, values) if not wrong else f"[red]{wrong.get(name, '?')}[/]",
            field.description or "",
        )
        for name, field in settings.model_fields.items()
    ]


def _told(name: str, field: FieldInfo, values: dict[str, object]) -> str:
    """Return a value as it may be shown."""
    text = str(values[name])
    if name == "database":
        return _without_password(text)
    if any(word in name for word in SECRET_WORDS) and field.annotation is str and text:
        return HIDDEN
    return text


def _without_password(dsn: str) -> str:
    try:
        told = parse_dsn(dsn)
    except ProgrammingError:
        return HIDDEN
    if "password" in told:
        told["password"] = HIDDEN
    return str(make_dsn(**told))
