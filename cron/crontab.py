"""The clock's entry in a crontab, recognised by its tag; other entries are left alone."""

import re
import shutil
import sys
from pathlib import Path
from typing import Final

from crontab import CronItem, CronTab

from socorro.config import home
from socorro.files import write_whole

TAG: Final = "socorro cron"


class CannotWrite(Exception):
    """The crontab cannot be read or written; the error says why, or what to do."""


def command(log: Path) -> str:
    """Return what the entry runs: all that is due, with the settings of this home."""
    words = f"SOCORRO_HOME={_quoted(home())} {_quoted(sys.executable)} -m cli.main cron run"
    return f"{words} >>{_quoted(log)} 2>&1"  # CronTab masks percent signs, as cron(8) wants


class Crontab:
    """The crontab of this user, or a *file* such as /etc/cron.d/socorro, with its user column."""

    def __init__(self, file: Path | None = None, user: str | None = None) -> None:
        self._file, self._user = file, user
        if file is None and shutil.which("crontab") is None:
            raise CannotWrite("no crontab command on this machine: use --file /etc/cron.d/socorro")
        try:
            if file is None:
                self._tab = CronTab(user=True)
            else:
                text = file.read_text() if file.exists() else ""
                # A user column only with a user: python-crontab would take it for the command.
                self._tab = CronTab(tab=text, user=False) if user else CronTab(tab=text)
        except OSError as error:
            raise CannotWrite(f"{file or 'crontab'}: {error.strerror or error}") from None

    def entries(self) -> list[str]:
        """Return our entries as they are in the crontab."""
        return [str(entry) for entry in self._ours()]

    def install(self, minutes: int, log: Path) -> bool:
        """Replace our entries by one; return False when it is there already."""
        before = self._tab.render()
        self._drop()
        entry = self._tab.new(command=command(log), comment=TAG, user=self._user)
        entry.setall("* * * * *" if minutes == 1 else f"*/{minutes} * * * *")
        if self._tab.render().strip() == before.strip():
            return False
        self._write()
        return True

    def remove(self) -> int:
        """Remove our entries; return how many there were."""
        removed = self._drop()
        if removed:
            self._write()
        return removed

    def _ours(self) -> list[CronItem]:
        return list(self._tab.find_comment(TAG))

    def _drop(self) -> int:
        entries = self._ours()
        for entry in entries:
            self._tab.remove(entry)
        return len(entries)

    def _write(self) -> None:
        try:
            if self._file is None:
                self._tab.write()
                return
            text = re.sub(r"\n{3,}", "\n\n", self._tab.render()).strip("\n") + "\n"
            write_whole(self._file, text if text.strip() else "", 0o644)
        except OSError as error:
            raise CannotWrite(f"{self._file or 'crontab'}: {error.strerror or error}") from None


def _quoted(path: object) -> str:
    return "'" + str(path).replace("'", "'\\''") + "'"
