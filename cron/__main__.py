"""Start the clock: `python -m cron`."""

from cron.app import main

main()
