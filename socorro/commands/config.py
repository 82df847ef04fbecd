"""`socorro config`: the settings in effect."""

import click
from psycopg2 import ProgrammingError
from psycopg2.extensions import make_dsn, parse_dsn
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from rich.console import Console
from rich.table import Table
from rich.text import Text

from socorro.commands import parts
from socorro.commands.group import Command
from socorro.config import OWN, RUNNING, Settings, SharedConfig, home
from socorro.local.programs import SERVICES
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
    services = [parts.settings_of(service) for service in SERVICES]
    shown: list[type[Settings]] = [SharedConfig, RetentionConfig, *services]
    for settings in shown:
        for row in _rows(settings):
            table.add_row(*map(Text, row[:2]), Text(row[2], style="dim"))
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
            _told(name, field, values) if not wrong else wrong.get(name, "?"),
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
