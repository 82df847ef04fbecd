"""`socorro cron`: the clock. Its commands live with it; `socorro` knows it by name only."""

import importlib

import click

from socorro.commands.group import Group


class _Elsewhere(Group):
    """A group whose commands are those of a group in another package."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands."""
        return self._group().list_commands(ctx)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Find a command."""
        return self._group().get_command(ctx, cmd_name)

    def _group(self) -> click.Group:
        found = importlib.import_module("cron.commands").cron
        assert isinstance(found, click.Group)  # noqa: S101
        return found


@click.group(
    cls=_Elsewhere,
    epilog="""
Examples:
  socorro cron list
  socorro cron run --job partitions --force
  socorro cron install
""",
)
def cron() -> None:
    """The clock: what the hourly, daily and weekly jobs did and do next."""
