"""Start the monitor: `python -m monitor`."""

from monitor.app import main

main()
