"""An Elasticsearch of our own on this machine: one Java process below one Python process.

    python -m cli.local.elasticsearch fetch            the jars only
    python -m cli.local.elasticsearch serve FOLDER     the server, in the foreground

It listens on 127.0.0.1 only and keeps everything in FOLDER. `serve` prints one line when it can be
searched. Java ends with it, however it ends; it ends when Java does, so that a supervisor starts
both again. One node, no passwords: for development, tests and small installations.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import ClassVar

import urllib3
from pydantic import Field
from pydantic_settings import SettingsConfigDict

from cli.local import foreground
from cli.local.children import die_with
from cli.local.elasticsearch_jars import jars, java
from cli.local.maven import NoEngine
from cli.local.ports import Port, free_ports, is_free
from socorro.config import Settings, load

MAIN = "ElasticsearchNode"
PLUGINS = (
    "org.elasticsearch.transport.Netty4Plugin",
    "org.elasticsearch.reindex.ReindexPlugin",
    "PatternTokenizers",
)
CHECKOUT = Path(__file__).parents[2]

# The transport port is any free one: nothing else joins this cluster. A nearly full disk must not
# make the indices of a developer read-only.
CONFIGURATION = """\
cluster.name: socorro
node.name: socorro
network.host: 127.0.0.1
discovery.type: single-node
transport.type: netty4
transport.port: 0
http.type: netty4
cluster.routing.allocation.disk.threshold_enabled: false
action.auto_create_index: false
"""
LOGGING = """\
status = error
appender.file.type = RollingFile
appender.file.name = file
appender.file.fileName = ${sys:socorro.home}/logs/elasticsearch.log
appender.file.filePattern = ${sys:socorro.home}/logs/elasticsearch-%i.log
appender.file.layout.type = PatternLayout
appender.file.layout.pattern = %d{ISO8601} %-5p %c{1.} %m%n
appender.file.policies.type = Policies
appender.file.policies.size.type = SizeBasedTriggeringPolicy
appender.file.policies.size.size = 20MB
appender.file.strategy.type = DefaultRolloverStrategy
appender.file.strategy.max = 3
rootLogger.level = info
rootLogger.appenderRef.file.ref = file
"""

_START_SECONDS = 120.0
_STOP_SECONDS = 15.0
_ANSWER_SECONDS = 5.0
_TRIES = 3


class ElasticsearchConfig(Settings):
    """Settings of Elasticsearch on this machine."""

    table: ClassVar[str] = "elasticsearch"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_ELASTICSEARCH_")

    cache: Path = Field(
        CHECKOUT / ".parts/elasticsearch", description="Folder of Elasticsearch's fetched jars"
    )
    port: int = Field(9200, description="Port of Elasticsearch")
    heap: str = Field("512m", description="Heap of Elasticsearch")


class Server:
    """Elasticsearch, a child of this process; *folder* holds all its state.

    Start it from a thread that lives as long as it shall run: Linux ends children with the
    thread that started them.
    """

    def __init__(self, folder: Path, lib: Path, port: int, heap: str = "512m") -> None:
        self.folder = folder.absolute()
        self.port = port
        self._lib, self._heap = lib, heap
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"

    def start(self, cancelled: Callable[[], object] = lambda: False) -> None:
        """Start it and return when it answers, or when *cancelled* turns true. Raises NoEngine."""
        if not is_free(Port(self.port, "Elasticsearch", "")):
            raise NoEngine(f"port {self.port} of 127.0.0.1 is taken")
        self._configure()
        self._child = self._launch()
        deadline = time.monotonic() + _START_SECONDS
        while not self._answers():
            if cancelled():
                return
            if self.has_ended():
                raise NoEngine(f"Elasticsearch ended while starting: {self._logs()}")
            if time.monotonic() > deadline:
                raise NoEngine(
                    f"Elasticsearch is not up after {_START_SECONDS:.0f} s: {self._logs()}"
                )
            time.sleep(0.1)

    def has_ended(self) -> bool:
        """Return whether the process that was started has ended."""
        return self._child is not None and self._child.poll() is not None

    def require_running(self) -> None:
        """Raise NoEngine when it has ended."""
        if self.has_ended():
            raise NoEngine(f"Elasticsearch ended: {self._logs()}")

    def stop(self) -> None:
        """End it, cleanly when it manages to within some seconds."""
        if self._child is None:
            return
        self._child.terminate()
        try:
            self._child.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._child = None

    def kill(self) -> None:
        """End it by SIGKILL."""
        if self._child is not None:
            self._child.kill()
            self._child.wait()
            self._child = None

    @property
    def pid(self) -> int:
        """The process id of Java, 0 when it does not run."""
        return self._child.pid if self._child else 0

    def _configure(self) -> None:
        for name in ("config", "data", "logs", "temporary"):
            (self.folder / name).mkdir(parents=True, exist_ok=True)
        (self.folder / "config/elasticsearch.yml").write_text(CONFIGURATION)
        (self.folder / "config/log4j2.properties").write_text(LOGGING)

    def _launch(self) -> "subprocess.Popen[bytes]":
        with (self.folder / "logs/elasticsearch.out").open("wb") as output:
            return subprocess.Popen(
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.folder,
                start_new_session=True,  # Ctrl-C is for us; we end it in order
                preexec_fn=partial(die_with, os.getpid()),
            )

    def _command(self) -> list[str]:
        return [
            java(), f"-Xms{self._heap}", f"-Xmx{self._heap}", "-XX:+UseSerialGC",
            "-XX:+ExitOnOutOfMemoryError", "-Djava.awt.headless=true",
            f"-Djava.io.tmpdir={self.folder}/temporary", f"-Dsocorro.home={self.folder}",
            f"-Dlog4j2.configurationFile={self.folder}/config/log4j2.properties",
            "-Dlog4j2.disable.jmx=true", "-Djna.nosys=true",
            "-Dio.netty.recycler.maxCapacityPerThread=0",
            "-cp", f"{self._lib}:{self._lib}/*", MAIN,
            str(self.folder), str(self.port), ",".join(PLUGINS),
        ]  # fmt: skip

    def _logs(self) -> str:
        return f"see {self.folder}/logs"

    def _answers(self) -> bool:
        url = f"{self.url}/_cluster/health?wait_for_status=yellow&timeout=1s"
        try:
            answer = urllib3.request("GET", url, retries=False, timeout=_ANSWER_SECONDS)
        except urllib3.exceptions.HTTPError:
            return False
        return answer.status == HTTPStatus.OK


@contextmanager
def running(folder: Path, cache: Path = CHECKOUT / ".parts/elasticsearch") -> Iterator[Server]:
    """Run an Elasticsearch on a free port for the length of a with block, for tests.

    Java listens seconds after the port was seen to be free: where another server has taken it in
    between, it is started again with another.
    """
    lib = jars(cache)
    for tries_left in reversed(range(_TRIES)):
        server = Server(folder, lib, free_ports(1)[0])
        try:
            try:
                server.start()
            except NoEngine:
                if not tries_left:
                    raise
                continue
            yield server
            return
        finally:
            server.kill()


def main(argv: list[str] | None = None) -> int:
    """Run the command line; --port overrides the setting SOCORRO_ELASTICSEARCH_PORT."""
    parser = argparse.ArgumentParser(prog="python -m cli.local.elasticsearch")
    verbs = parser.add_subparsers(dest="verb", required=True)
    verbs.add_parser("fetch", help="fetch the jars")
    serving = verbs.add_parser("serve", help="run Elasticsearch in the foreground")
    serving.add_argument("folder", type=Path)
    serving.add_argument("--port", type=int)
    arguments = vars(parser.parse_args(argv))
    config = load(ElasticsearchConfig)
    if arguments.get("port") is not None:
        config = config.model_copy(update={"port": arguments["port"]})
    try:
        if arguments["verb"] == "fetch":
            java()
            print(f"elasticsearch: jars are in {jars(config.cache)}")
            return 0
        folder = arguments["folder"]
        return foreground.serve(
            "elasticsearch", lambda: Server(folder, jars(config.cache), config.port, config.heap)
        )
    except NoEngine as error:
        print(f"elasticsearch: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
