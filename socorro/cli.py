"""The `socorro` command: `socorro --help`."""

import click

from socorro import __version__
from socorro.commands.builds import builds
from socorro.commands.config import config
from socorro.commands.crash_rate import crash_rate
from socorro.commands.cron import cron
from socorro.commands.explosive import explosive
from socorro.commands.export import export
from socorro.commands.fakedata import fakedata
from socorro.commands.group import Group
from socorro.commands.hangs import hangs
from socorro.commands.migrate import migrate
from socorro.commands.null_signatures import null_signatures
from socorro.commands.process import process
from socorro.commands.rebuild import rebuild
from socorro.commands.reprocess import reprocess
from socorro.commands.run import run
from socorro.commands.signature import signature
from socorro.commands.spool import spool
from socorro.commands.status import status
from socorro.commands.store import store
from socorro.commands.submit import submit
from socorro.commands.symbols import symbols
from socorro.commands.top_crashers import top_crashers
from socorro.commands.urls import domains, urls
from socorro.commands.users import users
from socorro.commands.walk import walk


@click.group(
    cls=Group,
    epilog="""
Settings come from the environment and from $SOCORRO_HOME/socorro.toml (`socorro config`). Where
a line runs in this checkout (`socorro run`), the other commands find it by themselves.
""",
)
@click.version_option(__version__, package_name="socorro")
def main() -> None:
    """Collects, processes and explains crashes."""


for command in (
    run, submit, status, top_crashers, crash_rate, explosive, builds, urls, domains, hangs,
    null_signatures, process, reprocess, signature, rebuild, migrate, store, symbols, spool,
    cron, config, fakedata, export, users,
    walk,
):  # fmt: skip
    main.add_command(command)

if __name__ == "__main__":
    main()
