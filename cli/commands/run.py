"""`socorro run`: runs the whole line on this machine."""

import click

from cli.commands.group import Command


@click.command(
    cls=Command,
    epilog="""
Examples:
  socorro run                            files as crash store, state in ./var
  STORE=hbase socorro run                HBase as crash store (needs Java)
  SEARCH=elasticsearch socorro run       Elasticsearch for search (needs a JDK)
  CACHE=memcached socorro run            memcached for answers of REST
  QUEUE=rabbitmq socorro run             RabbitMQ hands out crashes to process
  SOCORRO_COLLECTOR_PORT=9000 socorro run
""",
)
def run() -> None:
    """Run everything on this machine until Ctrl-C.

    That is Postgres and all services, from the collector to the pages.
    """
    from cli.local.line import run as run_line

    run_line()
