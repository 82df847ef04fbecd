"""Everything is lost and restored, and every table has the rows that it had."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.ops import lost_line
from tests.ops.lost_line import Line, Rows
from tests.ops.registry import Figures, check

CRASHES = 600
MANY = 100_000


@check("backup-quick", quick=True)
def backup_is_whole_or_refused(figures: Figures) -> None:
    """A backup is made and checked; one that is cut off, and a database in use, are refused."""
    with lost_line.lines() as line:
        parent = str(line.home.parent / "backups")
        line.socorro("backup", "create", "--to", parent, "--store")
        figures.say("checked", line.socorro("backup", "verify", parent).split(": ")[1].strip())
        [manifest] = line.home.parent.glob("backups/*/MANIFEST.json")
        manifest.rename(manifest.with_name("away"))
        assert "cut off" in line.socorro("backup", "restore", parent, code=1)


@check("backup-restored")
def everything_comes_back(figures: Figures) -> None:
    """Database and home are dropped; after restore and rebuild each table has its rows again."""
    with lost_line.lines() as line:
        lost_line.enter(line)
        lost_line.save(line, CRASHES)
        _lose_and_restore(line, figures, CRASHES)


@check("backup-restored-100000")
def many_come_back(figures: Figures) -> None:
    """The same with 100,000 crashes, whose reports come from their processed crashes."""
    with lost_line.lines() as line:
        lost_line.enter(line)
        lost_line.put(line, MANY)
        line.socorro("rebuild")
        lost_line.process_all(line)
        _lose_and_restore(line, figures, MANY)


def _lose_and_restore(line: Line, figures: Figures, crashes: int) -> None:
    lost_line.count(line)
    before = lost_line.rows(line)
    assert before["reports"][0] == crashes
    parent = str(line.home.parent / "backups")
    with _seconds(figures, "backup"):
        line.socorro("backup", "create", "--to", parent, "--store", "--symbols")
    line.lose()
    assert "would be restored" in line.socorro("backup", "restore", parent, "--dry-run")
    with _seconds(figures, "restore"):
        line.socorro("backup", "restore", parent)
    assert "has backup" in line.socorro("backup", "restore", parent)  # a second one does nothing
    with _seconds(figures, "rebuild"):
        assert f"{crashes:,} queued" in line.socorro("rebuild")
        lost_line.process_all(line)
    with _seconds(figures, "counts"):
        lost_line.count(line)
    _compare(before, lost_line.rows(line), figures)


def _compare(before: Rows, after: Rows, figures: Figures) -> None:
    different = {
        table: f"{before[table][0]:,} rows before, {after[table][0]:,} after"
        for table in before
        if before[table] != after[table]
    }
    assert different.keys() <= lost_line.DIFFERENT.keys(), different
    filled = [table for table in before if before[table][0]]
    figures.say("compared", sum(number for number, _ in after.values()), "rows")
    figures.say("in", f"{len(filled)} tables")
    figures.say("different by design", ", ".join(sorted(different)) or "none")


@contextmanager
def _seconds(figures: Figures, what: str) -> Iterator[None]:
    began = time.monotonic()
    yield
    figures.say(what, time.monotonic() - began, "s")
