"""A bare Debian 12 becomes a machine of Socorro by Puppet alone, for real: packages, roles, deploy.

What Debian offers is fetched once into .parts/debian-bookworm: the base system as a tar, and
packages. So figures do not measure the network, and the machine itself has none.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final

from tests.ops.catalogs import CHECKOUT, CONTROL
from tests.ops.registry import Figures, check

CACHE: Final = CHECKOUT / ".parts" / "debian-bookworm"
MIRROR: Final = "http://deb.debian.org/debian"
BARE: Final = "ca-certificates,systemd,systemd-sysv,puppet-agent,puppet-module-puppetlabs-stdlib"
PACKAGES: Final = (
    "ca-certificates", "python3", "python3-venv", "logrotate", "postgresql-15",
    "postgresql-client-15", "nginx-light", "apache2", "memcached",
)  # fmt: skip
NAMESPACES: Final = (
    "unshare", "--mount", "--pid", "--net", "--ipc", "--uts", "--fork", "--kill-child",
)  # fmt: skip
START: Final = (
    "mount --bind $1/.parts/debian-bookworm/debs $2/var/cache/apt/archives"
    " && mount --bind -o ro $1 $2/srv/socorro"
    " && exec /usr/bin/python3 $1/tests/ops/in_root.py $2 $3"
)
ALL_IN_ONE: Final = """\
---
roles: [allinone]
socorro::artifact: /var/cache/socorro/{artifact}
socorro::collector_url: http://crash-reports.example.com
socorro::pages_url: http://crash-stats.example.com
socorro::profile::backup::crashes: true
socorro::settings:
  collector: {{rules: accept_all}}
"""
FRONT: Final = """\
---
roles: [collector, crashmover, middleware, webapp]
socorro::front: apache
"""


@check("puppet-apply", needs=["debootstrap", "unshare"], root=True)
def applied(figures: Figures) -> None:
    """Puppet sets up a bare Debian, changes nothing in a second run, and a crash gets its page."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="socorro-apply-") as scratch:
        artifact = _artifact(Path(scratch))
        root = _machine(Path(scratch), ALL_IN_ONE.format(artifact=artifact.name))
        target = root / "var" / "cache" / "socorro"
        target.mkdir()
        for path in (artifact, artifact.with_name(f"{artifact.name}.sha256")):
            shutil.move(path, target)
        _start(root, figures)


@check("puppet-apply-apache", needs=["debootstrap", "unshare"], root=True)
def applied_apache(figures: Figures) -> None:
    """Puppet sets up Apache on a bare Debian, in front of services that are not there yet."""
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="socorro-apply-") as scratch:
        _start(_machine(Path(scratch), FRONT), figures, "front")


def _start(root: Path, figures: Figures, *mode: str) -> None:
    """Run in_root.py; whatever happens, all processes and mounts end with its first process."""
    text = run(*NAMESPACES, "sh", "-c", START, "sh", str(CHECKOUT), str(root), *mode)
    for name, value in json.loads(text.splitlines()[-1]).items():
        figures.say(name, value, "" if isinstance(value, str) else "s")


def _artifact(scratch: Path) -> Path:
    run(sys.executable, str(CHECKOUT / "deploy" / "package.py"), "--output", str(scratch / "dist"))
    [artifact] = (scratch / "dist").glob("*.tar.gz")
    return artifact


def _base() -> Path:
    """Return a tar of a bare Debian with Puppet, fetched once; its package lists are in it."""
    digest = hashlib.sha256(repr((BARE, PACKAGES)).encode()).hexdigest()[:12]
    base = CACHE / f"base-{digest}.tar"
    if base.exists():
        return base
    (CACHE / "debs" / "partial").mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir="/var/tmp", prefix="socorro-base-") as scratch:
        root = f"{scratch}/root"
        # In mounts of its own, so that none of debootstrap's stays when it is killed.
        run("unshare", "--mount", "debootstrap", "--variant=minbase", f"--include={BARE}",
            f"--cache-dir={CACHE / 'debs'}", "bookworm", root, MIRROR)  # fmt: skip
        shutil.copy("/etc/resolv.conf", f"{root}/etc/resolv.conf")
        fetch = (
            "mount --bind $1 $2/var/cache/apt/archives && chroot $2 sh -c "
            "'apt-get -qq update && apt-get -qq -y --no-install-recommends --download-only"
            f" install {' '.join(PACKAGES)}'"
        )
        run("unshare", "--mount", "sh", "-c", fetch, "sh", str(CACHE / "debs"), root)
        draft = base.with_suffix(".new")
        run("tar", "-cf", str(draft), "-C", root, ".")
        draft.replace(base)
    return base


def _machine(scratch: Path, data: str) -> Path:
    """Make the root of a bare machine, with the control repository and what Hiera has of it."""
    root = scratch / "root"
    root.mkdir()
    run("tar", "-xf", str(_base()), "-C", str(root))
    (root / "srv" / "socorro").mkdir()
    shutil.copytree(CONTROL, root / "srv" / "control")
    (root / "srv" / "control" / "data" / "nodes" / "machine.example.com.yaml").write_text(data)
    return root


def run(*command: str) -> str:
    """Run a program; return what it prints. Raises CalledProcessError with all of it."""
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    environment = {"PATH": path, "LANG": "C.UTF-8", "DEBIAN_FRONTEND": "noninteractive"}
    done = subprocess.run(
        command, env={**environment, "HOME": "/root"}, text=True, check=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return done.stdout
