"""Run by test_kill.py: a crashmover that is killed just before or just after it forgets."""

import os
import signal
import sys
from collections.abc import Iterable
from pathlib import Path

from crashmover.config import CrashmoverConfig
from crashmover.mover import Mover
from socorro.crashstore.filesystem import FilesystemStore
from socorro.service import Stop
from socorro.spool.spool import Entry, Spool


class DeadlySpool(Spool):
    def forget(self, entry: Entry, dump_names: Iterable[str] | None = None) -> None:
        if when == "after":
            super().forget(entry, dump_names)
        os.kill(os.getpid(), signal.SIGKILL)


home, when = Path(sys.argv[1]), sys.argv[2]
store = FilesystemStore.created(home / "crashstore")
Mover(DeadlySpool(home / "spool"), store, Stop(), CrashmoverConfig()).move_all()
