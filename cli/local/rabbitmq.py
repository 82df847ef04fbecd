"""RabbitMQ of our own on this machine: Debian's program, in a folder of our own.

    python -m cli.local.rabbitmq FOLDER --port 5672     the server, in the foreground

It listens on 127.0.0.1 only and keeps everything in FOLDER, also the password of its one user
(FOLDER/password). Erlang ends with us, however we end. The service that Debian starts at its
installation is another one; it is not touched.
"""

import argparse
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

from cli.local import foreground
from cli.local.children import die_with
from cli.local.maven import NoEngine
from cli.local.ports import free_ports

PROGRAM: Final = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
USER: Final = "socorro"
HOW_TO_GET: Final = (
    "no RabbitMQ: apt-get install --no-install-recommends rabbitmq-server"
    " (Debian starts a server of its own with it, which can be disabled)"
)

# One scheduler that does not spin: a queue of crash ids takes little of one processor.
_ERLANG: Final = "+S 1:1 +sbwt none +sbwtdcpu none +sbwtdio none"
_START_SECONDS: Final = 120.0
_STOP_SECONDS: Final = 15.0
_GREETING: Final = b"AMQP\0\0\x09\x01"
_CONFIGURATION: Final = """\
listeners.tcp.1 = 127.0.0.1:{port}
log.file = false
log.console = true
log.console.level = warning
default_user = {user}
default_pass = {password}
loopback_users = none
"""
_TLS: Final = """\
listeners.ssl.1 = 127.0.0.1:{port}
ssl_options.certfile = {certificate}
ssl_options.keyfile = {certificate}
ssl_options.versions.1 = tlsv1.3
ssl_options.versions.2 = tlsv1.2
"""


class Tls(NamedTuple):
    """A port for amqps, and a file with the key and the certificate."""

    port: int
    certificate: Path


class Server:
    """RabbitMQ, a child of this process; *folder* holds all its state.

    Start it from a thread that lives as long as it shall run: Linux ends children with the
    thread that started them.
    """

    def __init__(self, folder: Path, port: int, tls: Tls | None = None) -> None:
        """*tls*: where it answers encrypted as well."""
        self.folder, self.port, self.tls = folder.absolute(), port, tls
        self._children: list[subprocess.Popen[bytes]] = []

    @property
    def url(self) -> str:
        """Where it answers, as the setting `queue`."""
        return f"amqp://{USER}@127.0.0.1:{self.port}"

    @property
    def password_file(self) -> Path:
        """The file with the password of its user."""
        return self.folder / "password"

    def start(self, cancelled: Callable[[], object] = lambda: False) -> None:
        """Start it and return when it answers, or when *cancelled* turns true. Raises NoEngine."""
        self.prepare()
        self._configure()
        names, distribution = free_ports(2)
        environment = self._environment(names, distribution)
        # Erlang would start this one by itself, and leave it behind.
        self._children = [self._launch([shutil.which("epmd") or "epmd"], environment)]
        self._children.append(self._launch([str(PROGRAM)], environment))
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers() and not cancelled():
            if self.has_ended():
                raise NoEngine(f"RabbitMQ ended while starting: see {self.folder}/log")
            if time.monotonic() > deadline:
                raise NoEngine(f"RabbitMQ is not up after {_START_SECONDS:.0f} s")
            time.sleep(0.1)

    def has_ended(self) -> bool:
        """Return whether one of its processes has ended."""
        return any(child.poll() is not None for child in self._children)

    def require_running(self) -> None:
        """Raise NoEngine when one of its processes has ended."""
        if self.has_ended():
            raise NoEngine(f"RabbitMQ ended: see {self.folder}/log")

    def stop(self) -> None:
        """End it, cleanly when it manages to within some seconds."""
        for child in reversed(self._children):
            child.terminate()
            with suppress(subprocess.TimeoutExpired):
                child.wait(_STOP_SECONDS)
        self.kill()

    def kill(self) -> None:
        """End it by SIGKILL."""
        for child in reversed(self._children):
            child.kill()
            child.wait()
        self._children = []

    def lose(self) -> None:
        """Remove all its data; it does not run."""
        shutil.rmtree(self.folder / "data")

    def prepare(self) -> None:
        """Make its folder and its password, if they are missing. Raises NoEngine."""
        if not PROGRAM.exists():
            raise NoEngine(HOW_TO_GET)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not self.password_file.exists():
            draft = self.folder / "password.new"
            draft.touch(0o600)
            draft.write_text(secrets.token_hex(16))
            draft.rename(self.password_file)

    def command(self) -> list[str]:
        """Return the command that runs it in the foreground."""
        module = [sys.executable, "-m", "cli.local.rabbitmq"]
        return [*module, str(self.folder), "--port", str(self.port)]

    def _configure(self) -> None:
        password = self.password_file.read_text()
        text = _CONFIGURATION.format(port=self.port, user=USER, password=password)
        if self.tls:
            text += _TLS.format(port=self.tls.port, certificate=self.tls.certificate)
        (self.folder / "rabbitmq.conf").write_text(text)
        (self.folder / "plugins").write_text("[].")

    def _environment(self, names: int, distribution: int) -> dict[str, str]:
        folder = str(self.folder)
        return {
            "PATH": os.environ["PATH"],
            "HOME": folder,  # of Erlang's cookie
            "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(names),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RUNNING_UNDER_SYSTEMD": "1",  # no shell stays between us and Erlang
            "RABBITMQ_NODENAME": "socorro@localhost",
            "RABBITMQ_DIST_PORT": str(distribution),
            "RABBITMQ_CONF_ENV_FILE": os.devnull,
            "RABBITMQ_CONFIG_FILE": f"{folder}/rabbitmq.conf",
            "RABBITMQ_ENABLED_PLUGINS_FILE": f"{folder}/plugins",
            "RABBITMQ_MNESIA_BASE": f"{folder}/data",
            "RABBITMQ_FEATURE_FLAGS_FILE": f"{folder}/data/feature-flags",
            "RABBITMQ_LOG_BASE": folder,
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": (
                f"{_ERLANG} -kernel inet_dist_use_interface {{127,0,0,1}}"
            ),
        }

    def _launch(self, command: list[str], environment: dict[str, str]) -> "subprocess.Popen[bytes]":
        with (self.folder / "log").open("ab") as output:
            return subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.folder,
                start_new_session=True,  # Ctrl-C is for us; we end it in order
                preexec_fn=partial(die_with, os.getpid()),
            )

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                connection.sendall(_GREETING)
                return bool(connection.recv(1))
        except OSError:
            return False


@contextmanager
def running(folder: Path, certificate: Path | None = None) -> Iterator[Server]:
    """Run RabbitMQ on free ports for the length of a with block, for tests."""
    port, secure = free_ports(2)
    server = Server(folder, port, Tls(secure, certificate) if certificate else None)
    try:
        server.start()
        yield server
    finally:
        server.kill()


def main(argv: list[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(prog="python -m cli.local.rabbitmq")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--port", type=int, required=True)
    arguments = parser.parse_args(argv)
    try:
        return foreground.serve("rabbitmq", lambda: Server(arguments.folder, arguments.port))
    except NoEngine as error:
        print(f"rabbitmq: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
