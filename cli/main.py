"""The `socorro` command: `socorro --help`.

A command's module is imported when the command runs, so that help and completion stay quick.
"""

import importlib
from typing import Final, NamedTuple

import click

from cli.commands.group import Group
from socorro import __version__


class Entry(NamedTuple):
    """A command: where it is defined, and its line in the help."""

    module: str  # below cli.commands
    help: str


COMMANDS: Final = {
    "run": Entry("run", "Run everything here, collector to web pages, until Ctrl-C."),
    "submit": Entry("submit", "Send each DUMP as one crash; print the crash ids, one per line."),
    "status": Entry("status", "Show where every accepted crash is; exit 1 if one is missing."),
    "top-crashers": Entry("top_crashers", "Print the most frequent signatures, and changes."),
    "crash-rate": Entry("crash_rate", "Print crashes per 100 installs, compared to yesterday."),
    "explosive": Entry("explosive", "Print signatures that exceed what their past explains."),
    "builds": Entry("builds", "Print recent builds and how often each crashed."),
    "urls": Entry("urls", "Print the pages with the most crashes."),
    "domains": Entry("urls", "Print the domains with the most crashes."),
    "hangs": Entry("hangs", "Print pairs of hang signatures, most hangs first."),
    "null-signatures": Entry("null_signatures", "Print what grew among crashes without a name."),
    "process": Entry("process", "Process crashes now, ahead of all others."),
    "reprocess": Entry("reprocess", "Queue crashes to be processed again, at low priority."),
    "signature": Entry("signature", "Explain a signature, or try changed signature lists."),
    "rebuild": Entry("rebuild", "Queue every stored crash that has neither a job nor a report."),
    "migrate": Entry("migrate", "Bring the database schema up to date."),
    "store": Entry("store", "Create or check the crash store, or show what is in it."),
    "symbols": Entry("symbols", "Add, list, check and remove symbol files."),
    "spool": Entry("spool", "Inspect the spool; send again what it keeps."),
    "cron": Entry("cron", "Show and run the hourly, daily and weekly jobs."),
    "config": Entry("config", "Show the settings in effect."),
    "fakedata": Entry("fakedata", "Fill the database with weeks of sample data."),
    "export": Entry("export", "Write the reports of a day as files for analysts."),
    "users": Entry("users", "Manage users, their groups and their tokens."),
    "walk": Entry("walk", "Walk a minidump, or a stored crash, and show its stacks."),
}


class LazyGroup(Group):
    """The group of all commands; it imports a command's module only to run that command."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Return the names of the commands, in the order of the help."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Return a command by its name; None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"cli.commands.{COMMANDS[cmd_name].module}")
        command: click.Command = getattr(module, cmd_name.replace("-", "_"))
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """Write the list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, entry.help) for name, entry in COMMANDS.items()])


@click.group(
    cls=LazyGroup,
    epilog="""
Settings come from the environment and from $SOCORRO_HOME/socorro.toml (`socorro config`). While
`socorro run` runs in this checkout, the other commands need no settings.
""",
)
@click.version_option(__version__, package_name="socorro")
def main() -> None:
    """Collects, processes and explains crashes."""


if __name__ == "__main__":
    main()
