"""The `socorro` command: `socorro --help`.

A command's module is imported when the command runs, so that help and completion stay quick.
"""

import importlib
from typing import Final, NamedTuple

import click

from cli.commands.group import Group
from socorro import __version__


class Entry(NamedTuple):
    """A command: its module, and its text in the help, the first line of its docstring."""

    module: str  # below cli.commands
    help: str


COMMANDS: Final = {
    "run": Entry("run", "Run everything on this machine until Ctrl-C."),
    "submit": Entry("submit", "Send minidumps as crashes; print their crash ids."),
    "status": Entry("status", "Show where crashes are; exit 1 if one is lost or stuck."),
    "health": Entry("health", "Show whether the line is healthy; exit 1 or 2 if not."),
    "doctor": Entry("doctor", "Say what is wrong with this machine, and how to fix it."),
    "top-crashers": Entry("top_crashers", "Print the most frequent signatures and their changes."),
    "overview": Entry("overview", "Print how much products crash, against the day before."),
    "crash-rate": Entry("crash_rate", "Print crashes per 100 installs, day by day."),
    "correlations": Entry("correlations", "Print what the crashes of a signature have in common."),
    "explosive": Entry("explosive", "Print signatures with an unexplained rise in crashes."),
    "changes": Entry("changes", "Print signatures that exploded, are new, back or gone."),
    "similar": Entry("similar", "Print signatures with similar stacks."),
    "builds": Entry("builds", "Print recent builds and their crash counts."),
    "crash-trends": Entry("builds", "Print how builds crash from the day they came out."),
    "urls": Entry("urls", "Print the pages with the most crashes."),
    "domains": Entry("urls", "Print the domains with the most crashes."),
    "hangs": Entry("hangs", "Print pairs of hang signatures, most frequent first."),
    "null-signatures": Entry(
        "null_signatures", "Print crashes without a useful signature, across betas."
    ),
    "compare": Entry("null_signatures", "Print crash rates of two versions, builds or channels."),
    "gate": Entry("gate", "Print whether a new build is worse than an old one."),
    "regression": Entry("regression", "Print the builds that brought a signature, and its fix."),
    "fixed": Entry("regression", "Print whether a signature is fixed since a build."),
    "flash-versions": Entry("flash_versions", "Print shares of Flash versions, by signature."),
    "hardware-suspects": Entry(
        "hardware_suspects", "Print machines that crash as if their memory was broken."
    ),
    "frankeninstalls": Entry(
        "stack_modules", "Print installs that crash with modules of two builds."
    ),
    "suspicious-modules": Entry(
        "stack_modules", "Print modules in crashes that somebody should look at."
    ),
    "missing-symbols": Entry(
        "missing_symbols", "Print modules without symbols, most needed first."
    ),
    "bad-reports": Entry("bad_reports", "Print crashes that are in no count, and why."),
    "search": Entry("search", "Search crashes, and maintain the search engine."),
    "process": Entry("process", "Process crashes now, before all others."),
    "reprocess": Entry("reprocess", "Queue crashes to be reprocessed at low priority."),
    "signature-versions": Entry(
        "signature_counts", "Print the versions in which a signature crashes."
    ),
    "signature-days": Entry("signature_counts", "Print how often a signature crashes each day."),
    "signature-urls": Entry("signature_counts", "Print the pages on which a signature crashes."),
    "signature": Entry("signature", "Explain a signature, or try changed signature lists."),
    "rebuild": Entry("rebuild", "Queue stored crashes that have neither job nor report."),
    "backup": Entry("backup", "Save what crashes cannot bring back, and restore it."),
    "forget": Entry("forget", "Remove a person's crashes for good, and prove it."),
    "migrate": Entry("migrate", "Bring the database schema up to date."),
    "store": Entry("store", "Create or check the crash store, or validate crashes."),
    "symbols": Entry("symbols", "Add, list and remove symbol files; show missing ones."),
    "spool": Entry("spool", "List the spool, or put crashes back into the line."),
    "cron": Entry("cron", "Show and run the hourly, daily and weekly jobs."),
    "alerts": Entry("alerts", "Show alerts, mute signatures, and send a test message."),
    "config": Entry("config", "Show the settings in effect."),
    "fakedata": Entry("fakedata", "Fill the database with weeks of sample data."),
    "export": Entry("export", "Write a day's reports as files for analysts."),
    "users": Entry("users", "Manage users, their groups and their tokens."),
    "walk": Entry("walk", "Walk a minidump or a stored crash and show its stacks."),
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
Settings come from the environment and from $SOCORRO_HOME/socorro.toml (`socorro config` shows
them). While `socorro run` is running, commands with the same SOCORRO_HOME need no settings.
""",
)
@click.version_option(__version__, package_name="socorro")
def main() -> None:
    """Collect, process and explain crashes."""


if __name__ == "__main__":
    main()
