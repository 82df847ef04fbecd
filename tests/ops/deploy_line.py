"""A machine to deploy to: a prefix, real services under supervisor, nginx and Apache, Postgres."""

import http.client
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

import psycopg2
from psycopg2.extensions import make_dsn

from cli.local import postgres
from cli.local.ports import free_ports
from socorro import roles
from tests import places
from tests.builders import TEST_DUMP
from tests.collector.forms import FORM, dump, fields, form

CHECKOUT: Final = Path(__file__).parent.parent.parent
SCRIPT: Final = CHECKOUT / "deploy" / "socorro-deploy"
SERVICES: Final = ("crashmover", "monitor", "processor", "cron", "middleware", "webapp")
NGINX, APACHE = "/usr/sbin/nginx", "/usr/sbin/apache2"
SECONDS: Final = 45  # for each service to stop, and to become healthy


@dataclass(frozen=True)
class Instance:
    """One process of a service."""

    name: str
    service: str
    port: int


@dataclass
class Machine:
    """What is deployed to, and how it is looked at."""

    folder: Path
    instances: list[Instance]
    fronts: list[int]  # ports: nginx, Apache
    dsn: str
    environment: dict[str, str]

    @property
    def prefix(self) -> Path:
        return self.folder / "opt"

    @property
    def home(self) -> Path:
        return self.folder / "home"

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """Start socorro-deploy, on Debian's own Python."""
        command = [str(SCRIPT), *words, "--config", str(self.folder / "deploy.toml")]
        return subprocess.Popen(
            command, env={"PATH": "/usr/bin:/bin"}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip

    def run(self, *words: str, code: int = 0) -> tuple[str, float]:
        """Run socorro-deploy; return what it says, and its seconds."""
        began = time.monotonic()
        output, _ = (running := self.start(*words)).communicate(timeout=900)
        assert running.returncode == code, output
        return output, time.monotonic() - began

    def status(self) -> dict[str, Any]:
        """Return what `socorro-deploy status` says."""
        output, _ = self.start("status", "--json").communicate(timeout=60)
        return dict(json.loads(output))

    def require(self, version: str) -> None:
        """Raise unless all services are healthy and run a version."""
        status = self.status()
        assert status["current"] == f"0.1.0+{version}", status
        assert status["unfinished"] is None, status
        for service in status["services"]:
            assert service["healthy"], status
            assert service["version"] == f"0.1.0+{version}", status

    def pid(self, name: str) -> int:
        """Return the process of an instance."""
        command = [sys.executable, "-m", "supervisor.supervisorctl", "-s",
                   f"unix://{self.folder}/supervisor.sock", "pid", name]  # fmt: skip
        return int(subprocess.run(command, capture_output=True, text=True, check=True).stdout)

    def tables(self) -> set[str]:
        """Return the tables of the database."""
        with closing(psycopg2.connect(self.dsn)) as db, db.cursor() as cursor:
            cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
            return {name for (name,) in cursor.fetchall()}

    def crashes(self) -> set[str]:
        """Return every crash in spool and store."""
        spool = self.home / "spool"
        waiting = {path.name[:36] for room in ("ready", "kept")
                   for path in (spool / room).rglob("*.json")}  # fmt: skip
        return waiting | {path.name[:36] for path in (self.home / "crashstore").rglob("*.zip")}


@contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    """Have a machine on which nothing is deployed yet, for the length of a with block."""
    data = places.folder("deploy-pg")
    collectors, fronts, others = free_ports(2), free_ports(2), free_ports(len(SERVICES))
    instances = [Instance(f"collector-{n}", "collector", port) for n, port in enumerate(collectors)]
    instances += [Instance(name, name, port) for name, port in zip(SERVICES, others, strict=True)]
    with postgres.running(data, postgres.binaries()) as admin:
        with closing(psycopg2.connect(admin)) as db, db:
            roles.create(db, {})
        with closing(psycopg2.connect(admin)) as db:
            db.autocommit = True
            db.cursor().execute(f"CREATE DATABASE line OWNER {roles.OWNER}")
        dsn = make_dsn(admin, dbname="line", user=roles.OWNER)
        environment = {
            **{name: value for name, value in os.environ.items() if "SOCORRO" not in name},
            "SOCORRO_HOME": str(folder / "home"),
        }
        deployed = Machine(folder, instances, fronts, dsn, environment)
        _write_home(deployed)
        _write_deploy_toml(deployed)
        with _daemons(deployed):
            yield deployed
    shutil.rmtree(data, ignore_errors=True)


def _write_home(deployed: Machine) -> None:
    home = deployed.home
    home.mkdir(parents=True)
    (home / "secret").write_bytes(b"a secret of sixteen bytes or more")
    (home / "webapp-secret").write_bytes(os.urandom(32).hex().encode())
    (home / "webapp-secret").chmod(0o600)
    tables = "\n".join(
        f'[{name}]\ndatabase = "{make_dsn(deployed.dsn, user=role)}"'
        for name, role in roles.ROLES.items() if name not in ("webapp", "processor")
    )  # fmt: skip
    webapp, processor = (make_dsn(deployed.dsn, user=roles.ROLES[name])
                         for name in ("webapp", "processor"))  # fmt: skip
    (home / "socorro.toml").write_text(
        f'database = "{deployed.dsn}"\nstore = "file://{home}/crashstore"\n'
        f'[collector]\nsecret_file = "{home}/secret"\nrules = "accept_all"\nworkers = 1\n'
        f'[processor]\ndatabase = "{processor}"\nprocesses = 1\n'
        f'[webapp]\ndatabase = "{webapp}"\nsecret_key_file = "{home}/webapp-secret"\n{tables}\n'
    )
    for words in (("spool", "create"), ("store", "create")):
        subprocess.run(
            [sys.executable, "-m", "cli.main", *words], cwd=CHECKOUT, check=True,
            env=deployed.environment, capture_output=True,
        )  # fmt: skip


def _write_deploy_toml(deployed: Machine) -> None:
    services = "".join(
        f'[[service]]\nname = "{one.name}"\nunit = "{one.name}"\nseconds = {SECONDS}\n'
        f'health = "http://127.0.0.1:{one.port}/__heartbeat__"\n'
        for one in deployed.instances
    )
    (deployed.folder / "deploy.toml").write_text(
        f'prefix = "{deployed.prefix}"\nkeep = 9\nmanager = "supervisor"\n'
        f'supervisor = "{deployed.folder}/supervisor.sock"\n'
        f'environment = {{ SOCORRO_HOME = "{deployed.home}" }}\n{services}'
    )


@contextmanager
def _daemons(deployed: Machine) -> Iterator[None]:
    """Run supervisor, nginx and Apache."""
    folder = deployed.folder
    (folder / "supervisord.conf").write_text(_supervisor_site(deployed))
    (folder / "nginx.conf").write_text(_nginx_site(deployed))
    (folder / "apache.conf").write_text(_apache_site(deployed))
    commands = [
        [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", f"{folder}/supervisord.conf"],
        [NGINX, "-p", str(folder), "-c", f"{folder}/nginx.conf"],
        [APACHE, "-DFOREGROUND", "-f", f"{folder}/apache.conf"],
    ]
    processes = []
    with (folder / "daemons.log").open("w") as log:
        try:
            for command in commands:
                process = subprocess.Popen(
                    command, env=deployed.environment, stdout=log, stderr=log
                )
                processes.append(process)
            deadline = time.monotonic() + 30
            while not (
                (folder / "supervisor.sock").exists() and all(map(_listens, deployed.fronts))
            ):
                assert time.monotonic() < deadline, (folder / "daemons.log").read_text()
                time.sleep(0.1)
            yield
        finally:
            for process in processes:
                process.terminate()
            for process in processes:
                process.wait(60)


def _listens(port: int) -> bool:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    try:
        connection.connect()
    except OSError:
        return False
    finally:
        connection.close()
    return True


def _supervisor_site(deployed: Machine) -> str:
    folder = deployed.folder
    text = (
        f"[supervisord]\nlogfile = {folder}/supervisord.log\npidfile = {folder}/supervisord.pid\n"
        f"{'user = root' if os.geteuid() == 0 else ''}\n"
        f"[unix_http_server]\nfile = {folder}/supervisor.sock\n"
        "[rpcinterface:supervisor]\n"
        "supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n"
    )
    for one in deployed.instances:
        text += (
            f"[program:{one.name}]\n"
            f"command = {deployed.prefix}/current/bin/socorro-service {one.service}\n"
            f'environment = SOCORRO_{one.service.upper()}_PORT="{one.port}"\n'
            f"directory = /\nautostart = false\nstopwaitsecs = 600\nkillasgroup = true\n"
            f"redirect_stderr = true\nstdout_logfile = {folder}/{one.name}.log\n"
        )
    return text


def _nginx_site(deployed: Machine) -> str:
    folder, (port, _) = deployed.folder, deployed.fronts
    shipped = (CHECKOUT / "collector" / "nginx.conf").read_text()
    collectors = [one for one in deployed.instances if one.service == "collector"]
    servers = "\n".join(f"    server 127.0.0.1:{one.port} max_fails=0;" for one in collectors)
    site = shipped.replace("    server 127.0.0.1:8882 max_fails=0;", servers)
    (folder / "site.conf").write_text(site.replace("listen 80;", f"listen {port};"))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    return (
        f"daemon off; pid {folder}/nginx.pid; error_log {folder}/nginx.log; {user}\n"
        f"events {{}}\nhttp {{ access_log off; {temporary}\ninclude {folder}/site.conf; }}\n"
    )


def _apache_site(deployed: Machine) -> str:
    folder, (_, port) = deployed.folder, deployed.fronts
    page = (CHECKOUT / "docs" / "deploy.md").read_text()
    balancer = (
        page.split("Apache:\n\n")[1].split("</Proxy>")[0].replace("\n    ", "\n") + "</Proxy>"
    )
    for number, one in zip(("8882", "8883"), deployed.instances, strict=False):
        balancer = balancer.replace(number, str(one.port))
    names = ("mpm_event", "authz_core", "proxy", "proxy_http", "proxy_balancer", "slotmem_shm",
             "lbmethod_byrequests")  # fmt: skip
    modules = "\n".join(
        f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in names
    )
    user = "User www-data\nGroup www-data\n" if os.geteuid() == 0 else ""
    return (
        f"ServerRoot {folder}\nServerName localhost\nListen 127.0.0.1:{port}\n{modules}\n{user}"
        f"PidFile {folder}/apache.pid\nErrorLog {folder}/apache.log\nDefaultRuntimeDir {folder}\n"
        f"{balancer.strip()}\n"
        "ProxyPass /submit balancer://collectors/submit\n"
    )


@dataclass
class Load:
    """Posts at a steady rate, half through nginx and half through Apache."""

    crash_ids: set[str] = field(default_factory=set)
    failures: list[str] = field(default_factory=list)
    sent: int = 0


_numbers = count()
_DUMP = TEST_DUMP.read_bytes()


@contextmanager
def load(deployed: Machine, rate: float) -> Iterator[Load]:
    """Post crashes, *rate* a second, for the length of a with block."""
    result, stop = Load(), threading.Event()

    def post(number: int) -> None:
        front = deployed.fronts[number % 2]
        try:
            result.crash_ids.add(post_crash(front, number))
        except Exception as error:
            name = ("nginx", "Apache")[number % 2]
            result.failures.append(f"{name}: {type(error).__name__}: {error}")

    def pace(pool: ThreadPoolExecutor) -> None:
        began = time.monotonic()
        while not stop.wait(max(0.0, began + result.sent / rate - time.monotonic())):
            result.sent += 1
            pool.submit(post, next(_numbers))

    with ThreadPoolExecutor(32) as pool:
        pacer = threading.Thread(target=pace, args=(pool,))
        pacer.start()
        try:
            yield result
        finally:
            stop.set()
            pacer.join()


def post_crash(port: int, number: int) -> str:
    """Post one crash; return its id. Raises OSError, HTTPException, AssertionError."""
    own = _DUMP + number.to_bytes(8, "big")  # else they are one crash
    body = form([*fields(ProductName="Firefox", Version="140.0"), dump(own)])
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    try:
        connection.request("POST", "/submit", body, {"Content-Type": FORM})
        answer = connection.getresponse()
        text = answer.read().decode()
    finally:
        connection.close()
    assert answer.status == 200, f"{answer.status} {text[:200]}"
    assert text.startswith("CrashID=bp-"), text
    return text[len("CrashID=bp-") :].strip()
