"""Shell scripts hold what ShellCheck looks for."""

import subprocess
from pathlib import Path

from tests.ops.registry import Figures, check

CHECKOUT = Path(__file__).parents[2]


@check("scripts-shellcheck", quick=True, needs=["shellcheck"])
def scripts_shellcheck(figures: Figures) -> None:
    """ShellCheck has nothing to say about our shell scripts, and warns of a careless one."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, cwd=CHECKOUT, capture_output=True, text=True, check=True)
    scripts = [name for name in names.stdout.splitlines() if _is_script(CHECKOUT / name)]
    assert {".ci/run", "deploy/publish", "tests/install-tools"} <= set(scripts)
    shellcheck = ["shellcheck", "--external-sources"]
    subprocess.run([*shellcheck, *scripts], cwd=CHECKOUT, check=True, capture_output=True)
    careless = subprocess.run(
        [*shellcheck, "-"], input=b"#!/bin/sh\nrm $1\n", capture_output=True, check=False
    )
    assert careless.returncode == 1
    figures.say("checked", len(scripts), "scripts")


def _is_script(path: Path) -> bool:
    """Say whether a file is one for a shell of the Bourne family."""
    if path.suffix in (".sh", ".epp"):  # the latter are templates of Puppet
        return path.suffix == ".sh"
    try:
        first = path.read_bytes()[:40].partition(b"\n")[0]
    except OSError:
        return False
    return first.startswith(b"#!") and first.endswith((b"/bash", b"/sh", b" bash", b" sh"))
