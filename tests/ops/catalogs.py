"""Puppet's catalogs, compiled without a machine: the files that each machine would get."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final, NamedTuple

CHECKOUT: Final = Path(__file__).parent.parent.parent
CONTROL: Final = CHECKOUT / "puppet"
MODULES: Final = f"{CONTROL / 'site-modules'}:/usr/share/puppet/modules"
DEBIAN: Final[Mapping[str, Any]] = {
    "os": {"name": "Debian", "release": {"major": "12"}},
    "service_provider": "systemd",
    "memory": {"system": {"total_bytes": 8 * 2**30}},
    "networking": {"fqdn": "machine.example.com"},
}
# Machines that only the checks know: Hiera's data, and what of Debian's facts is different.
NGINX: Final = (
    "roles: [collector, crashmover, middleware, webapp]\nsocorro::collector_ports: [8882]\n"
)
UNITS: Final = "roles: [allinone, hbase]\nsocorro::store: hbase://10.0.0.7:9090/socorro\n"
TLS: Final = "\n".join(
    f"socorro::profile::{site}_front::{name}"
    for site in ("collector", "webapp")
    for name in ("port: 443", "certificate: /etc/ssl/site.pem", "key: /etc/ssl/site.key")
)
MACHINES: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "nginx": (NGINX, {}),
    "apache": (f"{NGINX}socorro::front: apache\n", {}),
    "tls": (f"{NGINX}socorro::front: apache\n{TLS}", {}),
    "hbase": (UNITS, {}),
    "ubuntu": ("", {"os": {"name": "Ubuntu", "release": {"major": "24.04"}}}),
    "factless": ("", {"os": None}),
    "memoryless": ("roles: [postgres]", {"memory": None}),
    "providerless": ("", {"service_provider": None}),
    "storeless": ("roles: [hbase]", {}),
    "moverless": ("roles: [collector]", {}),
    "keyless": (
        f"{NGINX}socorro::profile::webapp_front::certificate: /etc/ssl/pages.pem\n",
        {},
    ),
}


class Catalog(NamedTuple):
    """What one machine gets; *error* says why it gets nothing."""

    error: str
    files: Mapping[str, Mapping[str, Any]]

    def content(self, path: str) -> str:
        """Return the content of a file."""
        return str(self.files[path]["content"])

    def paths(self, pattern: str) -> list[str]:
        """Return the paths of files with content that match a pattern, such as *.service."""
        return [
            path for path in sorted(self.files)
            if Path(path).match(pattern) and "content" in self.files[path]
        ]  # fmt: skip


@cache
def catalogs() -> Mapping[str, Catalog]:
    """Return the catalogs of the example machines, and of those that only the checks know."""
    with tempfile.TemporaryDirectory() as scratch:
        control = Path(scratch) / "control"
        shutil.copytree(CONTROL, control)
        examples = [path.stem for path in (control / "data" / "nodes").glob("*.yaml")]
        facts: dict[str, Any] = dict.fromkeys(examples, DEBIAN)
        for name, (data, changes) in MACHINES.items():
            (control / "data" / "nodes" / f"{name}.yaml").write_text(f"---\n{data}\n")
            facts[name] = {k: v for k, v in {**DEBIAN, **changes}.items() if v is not None}
        command = ["ruby", str(Path(__file__).with_name("catalogs.rb")), str(control), scratch]
        done = subprocess.run(
            command, input=json.dumps(facts), capture_output=True, text=True, check=True
        )
    answers = json.loads(done.stdout.splitlines()[-1])
    return {
        name: Catalog(answer.get("error", ""), answer.get("files", {}))
        for name, answer in answers.items()
    }
