"""Deploys for real: from one release to the next under load, and back whenever something breaks.

All checks share one machine (deploy_line.py) and the artifact of this checkout
(deploy_artifacts.py); the first check that needs them makes them.
"""

import atexit
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import Final, NamedTuple

from tests.ops import deploy_artifacts as artifacts
from tests.ops.deploy_line import SECONDS, Load, Machine, load, machine
from tests.ops.registry import Figures, check

RATE: Final = 50.0  # posts a second
NEEDS: Final = ("nginx", "apache2", "setpriv")


class Session(NamedTuple):
    """What all checks share: a machine with 0.1.0+v1, and its artifact."""

    machine: Machine
    original: Path

    def artifact(self, name: str, change: artifacts.Change = artifacts.unchanged) -> Path:
        """Return the artifact of a variant, which is made once."""
        path = self.original.with_name(f"socorro-0.1.0+{name}.tar.gz")
        return path if path.exists() else artifacts.variant(self.original, name, change)

    def current(self) -> str:
        """Return the version that is deployed, without 0.1.0+."""
        return str(self.machine.status()["current"]).partition("+")[2]


@cache
def session() -> Session:
    """Start the machine and deploy 0.1.0+v1 on it; all ends with the program."""
    stack = ExitStack()
    atexit.register(stack.close)
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="socorro-deploy-")))
    folder.chmod(0o755)
    original = artifacts.make(folder / "dist")
    deployed = stack.enter_context(machine(folder))
    deployed.run(str(original))
    deployed.require("v1")
    return Session(deployed, original)


@contextmanager
def loaded(deployed: Machine, figures: Figures) -> Iterator[Load]:
    """Post for the length of a with block: no post fails, and every crash is on the disk."""
    with load(deployed, RATE) as posts:
        time.sleep(2)
        yield posts
        time.sleep(2)
    figures.say("posts", posts.sent)
    figures.say("failed posts", len(posts.failures))
    assert not posts.failures, posts.failures[:10]
    assert len(posts.crash_ids) == posts.sent
    assert posts.crash_ids <= deployed.crashes()


@check("deploy-under-load", needs=NEEDS)
def under_load(figures: Figures) -> None:
    """A new release replaces the old one under 50 posts/s, and no post fails."""
    deployed, second = session().machine, session().artifact("v2")
    with loaded(deployed, figures):
        output, seconds = deployed.run(str(second))
    deployed.require("v2")
    figures.say("deploy", seconds, "s")
    figures.say("of which restarts", _restarts(output), "s")
    assert "nothing to do" in deployed.run(str(second))[0]


@check("deploy-rollback", needs=NEEDS)
def rollback(figures: Figures) -> None:
    """`rollback` returns to the release before under 50 posts/s, and no post fails."""
    deployed = session().machine
    _deploy(session(), "v2")
    with loaded(deployed, figures):
        _, seconds = deployed.run("rollback")
    deployed.require("v1")
    figures.say("rollback", seconds, "s")


@check("deploy-never-healthy", needs=NEEDS)
def never_healthy(figures: Figures) -> None:
    """A release whose collector never becomes healthy is rolled back, and no post fails."""
    deployed, before = session().machine, session().current()
    broken = session().artifact("sick", artifacts.never_healthy)
    with loaded(deployed, figures):
        output, _ = deployed.run(str(broken), code=1)
    assert "is not healthy after" in output, output
    assert output.splitlines()[-1].endswith(f"rolled back to 0.1.0+{before}"), output
    deployed.require(before)
    figures.say("from failure to healthy", _seconds_since(output, "FAILED"), "s")


@check("deploy-ends-at-once", needs=NEEDS)
def ends_at_once(figures: Figures) -> None:
    """A release whose crashmover ends when it starts is rolled back, collectors included."""
    deployed, before = session().machine, session().current()
    broken = session().artifact("ends", artifacts.ends_at_once)
    with loaded(deployed, figures):
        output, _ = deployed.run(str(broken), code=1)
    assert "ended by itself" in output, output
    deployed.require(before)
    figures.say("from failure to healthy", _seconds_since(output, "FAILED"), "s")


@check("deploy-stop-hangs", needs=NEEDS)
def stop_hangs(figures: Figures) -> None:
    """A service that does not stop is killed, and the deploy is rolled back."""
    deployed = session().machine
    _deploy(session(), "v2")
    os.kill(deployed.pid("monitor"), signal.SIGSTOP)
    output, seconds = deployed.run(str(session().original), code=1)
    assert f"monitor did not stop within {SECONDS} s" in output, output
    deployed.require("v2")
    figures.say("deploy and rollback", seconds, "s")


@check("deploy-migration-fails", needs=NEEDS)
def migration_fails(figures: Figures) -> None:
    """A migration that fails half-way leaves no trace, and the old release goes on."""
    deployed, before = session().machine, session().current()
    broken = session().artifact("migration", artifacts.failing_migration)
    with loaded(deployed, figures):
        output, _ = deployed.run(str(broken), code=1)
    assert "division by zero" in output, output
    deployed.require(before)
    assert "half_done" not in deployed.tables()
    assert "expanded" in deployed.tables()


@check("deploy-killed", needs=NEEDS)
def killed(figures: Figures) -> None:
    """A deploy that is killed at any step is finished by running it again."""
    deployed, fourth = session().machine, session().artifact("v4")
    before = session().current()
    moments = ("unpack 0.1.0+v4 …", "install the wheels", "try the new code: done",
               "current leads to", "restart collector-1", "restart processor")  # fmt: skip
    with loaded(deployed, figures):
        for moment in moments:
            _kill_at(deployed, fourth, moment)
            if moments.index(moment) < 3:
                deployed.require(before)
            else:
                assert deployed.status()["unfinished"] == "0.1.0+v4", moment
        deployed.run(str(fourth))
    deployed.require("v4")
    figures.say("killed", len(moments), "times")


@check("deploy-refused", needs=NEEDS)
def refused(figures: Figures) -> None:
    """A damaged artifact, a second deploy and a deploy without space change nothing."""
    deployed, before = session().machine, session().current()
    fifth = session().artifact("v5")
    for damage in (lambda data: data[:-1000], _flip):
        broken = fifth.with_name("damaged.tar.gz")
        broken.write_bytes(damage(fifth.read_bytes()))
        shutil.copy(f"{fifth}.sha256", f"{broken}.sha256")
        assert "is damaged" in deployed.run(str(broken), code=1)[0]
        artifacts.sign_off(broken)  # a checksum of the damaged file: caught inside of it
        output, _ = deployed.run(str(broken), code=1)
        assert re.search(r"cannot be|is not what", output), output
    first = deployed.start(str(fifth))
    assert first.stdout
    for line in first.stdout:
        if "install the wheels" in line:
            break
    output, seconds = deployed.run(str(session().original), code=1)
    assert f"another deploy is running: deploy of {fifth.name}, by" in output, output
    first.kill()
    first.communicate()
    figures.say("second deploy ends after", seconds, "s")
    assert "would deploy 0.1.0+v5" in deployed.run("--dry-run", str(fifth))[0]
    deployed.require(before)


@check("deploy-full-disk", needs=NEEDS, root=True)
def full_disk(figures: Figures) -> None:
    """A disk that is too small is noticed before; one that fills up meanwhile is left as it was."""
    deployed, original = session().machine, session().original
    small = deployed.folder / "small"
    small.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=300m", "tmpfs", small], check=True)
    try:
        output, _ = deployed.run(str(original), "--prefix", str(small), code=1)
        assert "are needed: remove old files" in output, output
        modest = artifacts.modest(original)  # it says that it needs little
        output, _ = deployed.run(str(modest), "--prefix", str(small), code=1)
        assert "No space left" in output, output
        assert list((small / "releases").iterdir()) == []
        assert not (small / "current").is_symlink()
    finally:
        subprocess.run(["umount", small], check=True)


def _deploy(shared: Session, name: str) -> None:
    """Have a release deployed, whatever was."""
    if shared.current() != name:
        artifact = shared.original if name == "v1" else shared.artifact(name)
        shared.machine.run(str(artifact), "--contract")
    shared.machine.require(name)


def _kill_at(deployed: Machine, artifact: Path, moment: str) -> None:
    """Start a deploy and kill it when it says that a step begins."""
    running = deployed.start(str(artifact))
    assert running.stdout
    lines = []
    for line in running.stdout:
        lines.append(line)
        if moment in line:
            time.sleep(0.5)
            running.kill()
            break
    running.communicate()
    assert running.returncode == -signal.SIGKILL, "".join(lines)


def _flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def _restarts(output: str) -> float:
    return sum(map(float, re.findall(r"restart .*: done \((.*) s\)", output)))


def _seconds_since(output: str, word: str) -> float:
    """Return the seconds from the first line with a word to the last line with a time."""
    times = [
        float(line.split()[0]) for line in output.splitlines() if re.match(r" *\d+\.\d s", line)
    ]
    first = next(line for line in output.splitlines() if word in line)
    return times[-1] - float(first.split()[0])
