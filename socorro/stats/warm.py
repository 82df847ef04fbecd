"""Imports what statistics need before the first request does: scipy takes half a second."""

import threading
from importlib import import_module


def import_in_background() -> threading.Thread:
    """Import the statistics of the first answers in a thread; return it."""
    thread = threading.Thread(
        target=import_module, args=("socorro.stats.weighted",), name="imports", daemon=True
    )
    thread.start()
    return thread
