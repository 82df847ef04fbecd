"""`make deploy` on hosts, by a real SSH server."""

import getpass
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cli.local.ports import free_ports
from tests.ops.registry import Figures, check
from tests.publish.artifacts import CHECKOUT, NAME, write


@check("deploy-over-ssh", needs=["ssh", "ssh-keygen", "rsync", "apt-get"], root=True)
def deploy_over_ssh(figures: Figures) -> None:
    """Hosts get the artifact one after the other, and none after one whose deploy fails."""
    with tempfile.TemporaryDirectory() as name, server(Path(name)) as ssh:
        folder = Path(name)
        shutil.copytree(CHECKOUT / "deploy", folder / "deploy")
        (folder / "deploy" / "hosts" / "dev").write_text("first\nsecond\nthird\n")
        command = [str(folder / "deploy" / "deploy-to"), "dev", str(folder / NAME)]

        def deploy(script: str) -> tuple[int, str, str]:
            write(folder / NAME, script.encode())
            done = subprocess.run(
                command, env={**os.environ, "SSH": ssh}, capture_output=True, text=True, check=False
            )
            calls = folder / "calls"
            lines = calls.read_text() if calls.exists() else ""
            calls.unlink(missing_ok=True)
            return done.returncode, lines, done.stderr

        note = f'echo "$(basename "$1") $#" >>{folder}/calls'
        code, calls, output = deploy(f"{note}; cmp $1 {folder / NAME}")
        assert (code, calls) == (0, f"{NAME} 1\n" * 3), output
        assert "is on 3 of 3 hosts" in output
        code, calls, output = deploy(f"{note}; [ $(wc -l <{folder}/calls) -lt 2 ]")
        assert (code, calls) == (1, f"{NAME} 1\n" * 2), output
        assert "second failed: nothing more is deployed. With the new version: first" in output
        figures.say("deployed to", 3, "hosts")


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """Run an SSH server for this user; yield the ssh command that reaches it by any host name."""
    (port,) = free_ports(1)
    packages = ["openssh-server", "libwrap0"]
    subprocess.run(
        ["apt-get", "download", "-qq", *packages], cwd=folder, check=True, capture_output=True
    )
    for package in folder.glob("*.deb"):
        subprocess.run(["dpkg", "-x", package, folder / "root"], check=True)
    for key in ("host", "user"):
        subprocess.run(
            ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", folder / key], check=True
        )
    (folder / "sshd_config").write_text(
        f"ListenAddress 127.0.0.1:{port}\nHostKey {folder}/host\nPidFile none\nStrictModes no\n"
        f"AuthorizedKeysFile {folder}/user.pub\nUsePAM no\nPermitRootLogin yes\n"
    )
    (folder / "ssh_config").write_text(
        f"Host *\nHostName 127.0.0.1\nPort {port}\nIdentityFile {folder}/user\n"
        f"IdentitiesOnly yes\nUser {getpass.getuser()}\nBatchMode yes\n"
        f"UserKnownHostsFile {folder}/known\nStrictHostKeyChecking accept-new\n"
    )
    Path("/run/sshd").mkdir(exist_ok=True)
    ssh = ["ssh", "-F", str(folder / "ssh_config")]
    libraries = ":".join(str(path) for path in (folder / "root" / "usr" / "lib").glob("*-gnu"))
    with subprocess.Popen(
        [folder / "root/usr/sbin/sshd", "-D", "-e", "-f", folder / "sshd_config"],
        env={**os.environ, "LD_LIBRARY_PATH": libraries}, stderr=subprocess.DEVNULL,
    ) as sshd:  # fmt: skip
        try:
            deadline = time.monotonic() + 20
            while subprocess.run(
                [*ssh, "any", "true"], capture_output=True, check=False
            ).returncode:
                assert sshd.poll() is None, "sshd ended"
                assert time.monotonic() < deadline, "sshd does not answer"
                time.sleep(0.1)
            yield " ".join(ssh)
        finally:
            sshd.terminate()
