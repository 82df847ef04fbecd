"""Start the crashmover: `python -m crashmover`."""

from crashmover.app import main

main()
