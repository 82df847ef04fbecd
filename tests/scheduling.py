"""Which tests a worker gets together: those of a file, and all that need HBase.

Each worker with a test of HBase starts one of its own, which takes half a minute.
"""

from typing import Any

from xdist.scheduler.loadfile import LoadFileScheduling


class Scheduling(LoadFileScheduling):
    """As --dist loadfile, but tests of HBase belong together."""

    def _split_scope(self, nodeid: str) -> str:
        """Return the name of what *nodeid* belongs to."""
        return "hbase" if "hbase" in nodeid.lower() else str(super()._split_scope(nodeid))


def scheduler(config: Any, log: Any) -> Any:
    """Return the scheduling of a run with several workers."""
    return Scheduling(config, log)
