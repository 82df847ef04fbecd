"""Run by test_kill.py: a crashmover that is killed between put and forget."""

import os
import signal
import sys
from pathlib import Path

from crashmover.config import CrashmoverConfig
from crashmover.mover import Mover
from socorro.crashstore.filesystem import FilesystemStore
from socorro.service import Stop
from socorro.spool import Entry, Spool


class DeadlySpool(Spool):
    def forget(self, _entry: Entry) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


home = Path(sys.argv[1])
store = FilesystemStore(home / "crashstore")
Mover(DeadlySpool(home / "spool"), store, Stop(), CrashmoverConfig()).move_all()
