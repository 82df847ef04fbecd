"""python -m collector."""

from socorro.config import share_metrics

share_metrics("collector")  # before anything imports the metrics

from collector.app import main  # noqa: E402

main()
