"""Start the clock: `python -m cron`."""

from socorro.config import share_metrics

share_metrics("cron")  # before anything imports prometheus_client

from cron.app import main  # noqa: E402

main()
