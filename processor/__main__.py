"""Start the processor: `python -m processor`."""

from socorro.config import share_metrics

share_metrics("processor")  # before anything imports prometheus_client

from processor.app import main  # noqa: E402

main()
