"""The machine for newcomers: Vagrant accepts its description."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path

from tests.ops.registry import Figures, check

CHECKOUT = Path(__file__).parents[2]


def validate(
    text: str, *options: str, local: str = "", environment: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Validate a Vagrantfile, beside a vagrant.local.yaml; return the exit code and the output."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "Vagrantfile").write_text(text)
        if local:
            (Path(folder) / "vagrant.local.yaml").write_text(local)
        shutil.copytree(CHECKOUT / "deploy" / "vagrant", Path(folder) / "deploy" / "vagrant")
        done = subprocess.run(
            ["vagrant", "validate", *options], cwd=folder, capture_output=True, text=True,
            check=False, timeout=120, env={**os.environ, **(environment or {})},
        )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


@check("vagrant-validate", quick=True, needs=["vagrant"])
def vagrant_validate(figures: Figures) -> None:
    """Vagrant accepts the Vagrantfile whatever provider is installed, and no invented key."""
    text = (CHECKOUT / "Vagrantfile").read_text()
    assert (CHECKOUT / "puppet" / "environment.conf").exists()
    code, output = validate(text, "--ignore-provider", local="memory: 2048\n")
    assert code == 0, output
    code, output = validate(text.replace("vm.hostname", "vm.hostnames"), "--ignore-provider")
    assert (code, "hostnames" in output) == (1, True), output


@check("vagrant-providers", needs=["vagrant"])
def vagrant_providers(figures: Figures) -> None:
    """Vagrant accepts the settings of libvirt, and says what is wrong in vagrant.local.yaml."""
    text = (CHECKOUT / "Vagrantfile").read_text()
    libvirt = {"VAGRANT_DEFAULT_PROVIDER": "libvirt"}
    code, output = validate(text, environment=libvirt)
    assert code == 0, output
    code, output = validate(text.replace("machine.cpus", "machine.cpu"), environment=libvirt)
    assert (code, "cpu" in output) == (1, True), output
    for local, problem in (("memroy: 1\n", "no such setting: memroy"), ("cpus: no\n", "cpus is")):
        code, output = validate(text, "--ignore-provider", local=local)
        assert (code, problem in output) == (1, True), output
