"""An HBase of our own on this machine: two Java processes below one Python process.

    python -m cli.local.hbase fetch            the jars only
    python -m cli.local.hbase serve FOLDER     both processes, in the foreground

The first Java process is ZooKeeper, master and region server in one, the second the Thrift1
gateway that crash stores talk to. They listen on 127.0.0.1 only and keep everything in FOLDER.
`serve` prints one line when tables can be created. It ends when one of the two ends (so that a
supervisor starts both again), and both end with it, however it ends.
Nothing is replicated and there is no HDFS: for development, tests and small installations
(docs/hbase.md says what survives).
"""

import argparse
import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import ClassVar, NamedTuple
from xml.sax.saxutils import escape

import happybase
from pydantic import Field
from pydantic_settings import SettingsConfigDict
from thriftpy2.thrift import TException

from cli.local import foreground
from cli.local.children import die_with
from cli.local.hbase_jars import NoHBase, jars, java
from cli.local.ports import free_ports
from socorro.config import Settings, load

MASTER, GATEWAY = "hbase", "gateway"
MAIN = {
    MASTER: "org.apache.hadoop.hbase.master.HMaster",
    GATEWAY: "org.apache.hadoop.hbase.thrift.ThriftServer",
}
READY = b"Master has completed initialization"
SITE = Path(__file__).with_name("hbase-site.xml")
CHECKOUT = Path(__file__).parents[2]

# What Hadoop and Netty reach for inside Java since its packages were closed.
OPEN = (
    "java.base/java.lang", "java.base/java.lang.reflect", "java.base/java.nio",
    "java.base/java.util", "java.base/java.util.concurrent", "java.base/sun.nio.ch",
    "java.base/jdk.internal.ref",
)  # fmt: skip
EXPORTED = ("java.base/jdk.internal.misc", "java.security.jgss/sun.security.krb5")

# Everything goes to a log that rolls; the master's own words also to its standard output, which
# starts empty with every run: READY in it is about this run.
LOGGING = """\
log4j.rootLogger=INFO, file
log4j.appender.file=org.apache.log4j.RollingFileAppender
log4j.appender.file.File=${hbase.log.dir}/${hbase.log.name}.log
log4j.appender.file.MaxFileSize=20MB
log4j.appender.file.MaxBackupIndex=3
log4j.appender.file.layout=org.apache.log4j.PatternLayout
log4j.appender.file.layout.ConversionPattern=%d{ISO8601} %-5p [%t] %c{2}: %m%n
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%m%n
log4j.logger.org.apache.hadoop.hbase.master.HMaster=INFO, out
log4j.logger.org.apache.zookeeper=WARN
log4j.logger.org.apache.hadoop.metrics2=ERROR
"""

_START_SECONDS = 120.0
_STOP_SECONDS = 10.0
_TRIES = 3
_CAUSE = "Caused by: "


class HBaseConfig(Settings):
    """Settings of HBase on this machine."""

    table: ClassVar[str] = "hbase"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_HBASE_")

    cache: Path = Field(CHECKOUT / ".parts/hbase", description="Folder of the fetched jars")
    port: int = Field(9090, description="Port of the Thrift gateway")
    zookeeper_port: int = Field(2181, description="Port of ZooKeeper")
    master_port: int = Field(16000, description="Port of the master")
    region_port: int = Field(16020, description="Port of the region server")
    heap: str = Field("768m", description="Heap of HBase")
    gateway_heap: str = Field("512m", description="Heap of the Thrift gateway")


class Ports(NamedTuple):
    """The ports of HBase, all on 127.0.0.1; *port* is the gateway's."""

    port: int
    zookeeper_port: int
    master_port: int
    region_port: int

    @classmethod
    def free(cls) -> "Ports":
        """Return four ports that are free just now."""
        return cls(*free_ports(4))


class Server:
    """HBase and its gateway, children of this process; *folder* holds all their state.

    Start it from a thread that lives as long as it shall run: Linux ends children with the
    thread that started them.
    """

    def __init__(
        self, folder: Path, lib: Path, ports: Ports, heap: str = "768m", gateway_heap: str = "512m"
    ) -> None:
        self.folder = folder.absolute()
        self.ports = ports
        self._lib = lib
        self._heap = {MASTER: heap, GATEWAY: gateway_heap}
        self._children: dict[str, subprocess.Popen[bytes]] = {}

    @property
    def url(self) -> str:
        """The store's URL, without a table prefix."""
        return f"hbase://127.0.0.1:{self.ports.port}"

    def start(self, cancelled: Callable[[], object] = lambda: False) -> None:
        """Start both and return when tables can be made, or when *cancelled* turns true.

        Raises NoHBase.
        """
        for port in self.ports:
            _require_free(port)
        self._configure()
        deadline = time.monotonic() + _START_SECONDS
        # The gateway gives up for good when there is no ZooKeeper yet.
        steps: tuple[tuple[str, Callable[[], bool]], ...] = (
            (MASTER, lambda: _listens(self.ports.zookeeper_port)),
            (GATEWAY, lambda: self._initialized() and _answers(self.ports.port)),
        )
        for name, is_up in steps:
            self._launch(name)
            while not is_up():
                if cancelled():
                    return
                self._check_alive()
                if time.monotonic() > deadline:
                    raise NoHBase(f"HBase is not up after {_START_SECONDS:.0f} s: {self._logs()}")
                time.sleep(0.1)

    def ended(self) -> str | None:
        """Return the name of a process that has ended; None while both run."""
        return next((n for n, child in self._children.items() if child.poll() is not None), None)

    def require_running(self) -> None:
        """Raise NoHBase when one of both has ended."""
        if name := self.ended():
            raise NoHBase(f"{name} ended: {self._logs()}")

    def stop(self) -> None:
        """End both, cleanly when they manage to within ten seconds."""
        # HBase in one process may wait for the ZooKeeper that it has already closed; what was
        # acknowledged is in its log and is replayed, so SIGKILL does no harm.
        deadline = time.monotonic() + _STOP_SECONDS
        for child in self._children.values():
            child.terminate()
        for child in self._children.values():
            try:
                child.wait(max(0.0, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        self._children = {}

    def kill(self) -> None:
        """End both by SIGKILL, as a crash of the machine would, but for the kernel's cache."""
        for child in self._children.values():
            child.kill()
        for child in self._children.values():
            child.wait()
        self._children = {}

    def restart(self) -> None:
        """Start again, with the same ports and data, what was stopped or killed."""
        self.stop()
        self.start()

    def _configure(self) -> None:
        values = {name.upper(): str(port) for name, port in self.ports._asdict().items()}
        text = SITE.read_text()
        for name, value in {**values, "DIR": escape(str(self.folder))}.items():
            text = text.replace(f"@{name}@", value)
        for name in ("conf", "logs", "temporary"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "conf/hbase-site.xml").write_text(text)
        (self.folder / "conf/log4j.properties").write_text(LOGGING)

    def _launch(self, name: str) -> None:
        with self._output(name).open("wb") as output:
            self._children[name] = subprocess.Popen(
                self._command(name),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.folder,
                start_new_session=True,  # Ctrl-C is for us; we end them in order
                preexec_fn=partial(die_with, os.getpid()),
            )

    def _command(self, name: str) -> list[str]:
        # On few cores, an optimizing compiler and a parallel collector cost more than they save.
        return [
            java(), f"-Xmx{self._heap[name]}", "-Xms64m", "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:+ExitOnOutOfMemoryError", "-Djava.net.preferIPv4Stack=true",
            f"-Djava.io.tmpdir={self.folder}/temporary",
            f"-Dhbase.log.dir={self.folder}/logs", f"-Dhbase.log.name={name}",
            "-Dorg.apache.hbase.thirdparty.io.netty.tryReflectionSetAccessible=true",
            *(f"--add-opens={package}=ALL-UNNAMED" for package in OPEN),
            *(f"--add-exports={package}=ALL-UNNAMED" for package in EXPORTED),
            "-cp", f"{self.folder}/conf:{self._lib}/*", MAIN[name], "start",
        ]  # fmt: skip

    def _output(self, name: str) -> Path:
        return self.folder / f"logs/{name}.out"

    def _logs(self) -> str:
        return f"see {self.folder}/logs"

    def _initialized(self) -> bool:
        # The gateway lists tables seconds before the master can create one.
        return READY in self._output(MASTER).read_bytes()

    def _check_alive(self) -> None:
        name = self.ended()
        if name:
            raise NoHBase(f"{name} ended while starting{self._cause(name)}: {self._logs()}")

    def _cause(self, name: str) -> str:
        """Return what Java names last as the cause, if its log names one."""
        try:
            text = (self.folder / f"logs/{name}.log").read_text(errors="replace")
        except OSError:
            return ""
        causes = [line for line in text.splitlines() if line.startswith(_CAUSE)]
        return f" ({causes[-1].removeprefix(_CAUSE)[:200]})" if causes else ""


@contextmanager
def running(folder: Path, cache: Path = CHECKOUT / ".parts/hbase") -> Iterator[Server]:
    """Run an HBase on free ports for the length of a with block, for tests.

    Java listens seconds after the ports were found free: where another server has taken one in
    between, it is started again with others.
    """
    lib = jars(cache)
    for tries_left in reversed(range(_TRIES)):
        server = Server(folder, lib, Ports.free())
        try:
            try:
                server.start()
            except NoHBase:
                if not tries_left:
                    raise
                continue
            yield server
            return
        finally:
            server.kill()


def main(argv: list[str] | None = None) -> int:
    """Run the command line; options override the settings SOCORRO_HBASE_*."""
    parser = argparse.ArgumentParser(prog="python -m cli.local.hbase")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("fetch", help="fetch the jars")
    serving = verbs.add_parser("serve", help="run HBase in the foreground")
    serving.add_argument("folder", type=Path)
    for name in Ports._fields:
        serving.add_argument(f"--{name.replace('_', '-')}", type=int)
    arguments = vars(parser.parse_args(argv))
    options = {name: arguments[name] for name in Ports._fields if arguments.get(name) is not None}
    config = load(HBaseConfig).model_copy(update=options)
    try:
        if arguments["verb"] == "fetch":
            java()
            print(f"hbase: jars are in {jars(config.cache)}")
            return 0
        ports = Ports(*(getattr(config, name) for name in Ports._fields))
        return foreground.serve(
            "hbase",
            lambda: Server(
                arguments["folder"], jars(config.cache), ports, config.heap, config.gateway_heap
            ),
        )
    except NoHBase as error:
        print(f"hbase: {error}", file=sys.stderr)
        return 1


def _require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise NoHBase(f"port {port} of 127.0.0.1: {error.strerror}") from None


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


def _answers(port: int) -> bool:
    try:
        connection = happybase.Connection("127.0.0.1", port, timeout=5000)
    except (TException, OSError):
        return False
    try:
        connection.tables()
    except (TException, OSError):
        return False
    finally:
        connection.close()
    return True


if __name__ == "__main__":
    sys.exit(main())
