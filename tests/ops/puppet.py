"""Puppet's code: valid, without warnings, and what it lays down is accepted by its readers."""

import re
import resource
import subprocess
import tempfile
import tomllib
from http import HTTPStatus
from pathlib import Path

from cli.local.postgres import free_port
from tests.builders import TEST_DUMP
from tests.collector.forms import dump, fields, form
from tests.collector.running import Running, running
from tests.collector.test_nginx import listens
from tests.ops.catalogs import CHECKOUT, CONTROL, Catalog, catalogs
from tests.ops.registry import Figures, check
from tests.system.line import wait_for

MOST_EXPOSED = 3.0  # of `systemd-analyze security`
REFUSALS = {
    "ubuntu": "these manifests are for Debian 12, and this machine is Ubuntu 24.04",
    "factless": "Facter reports no os.name",
    "memoryless": "Facter reports no memory.system.total_bytes",
    "providerless": "the fact service_provider is missing",
    "storeless": "name the Thrift gateways",
    "moverless": "needs the role crashmover",
    "keyless": "a certificate without a key",
}


@check("puppet-code", quick=True, needs=["puppet", "puppet-lint"])
def code(figures: Figures) -> None:
    """Puppet's parser takes all manifests, and puppet-lint has no warning."""
    manifests = [str(path) for path in sorted(CONTROL.rglob("*.pp"))]
    run("puppet", "parser", "validate", *manifests)
    assert run("puppet-lint", "--fail-on-warnings", *manifests) == ""
    figures.say("manifests", len(manifests))


@check("puppet-catalogs", quick=True, needs=["puppet"])
def compiled(figures: Figures) -> None:
    """Example machines get a catalog without cycles; a wrong one is refused, with what to do."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    for name, catalog in catalogs().items():
        expected = REFUSALS.get(name, "")
        assert (expected in catalog.error) if expected else not catalog.error, (name, catalog.error)
    for name, catalog in catalogs().items():
        if not catalog.error and catalog.paths("/etc/socorro/*.toml"):
            settings = catalog.content("/etc/socorro/socorro.toml")
            assert "password" not in settings, name
            tomllib.loads(settings)
            tomllib.loads(catalog.content("/etc/socorro/deploy.toml"))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    figures.say("machines", len(catalogs()))
    figures.say("processor time", after.ru_utime - children.ru_utime, "s")


@check("puppet-units", quick=True, needs=["puppet", "systemd-analyze"])
def units(figures: Figures) -> None:
    """systemd has nothing to say about any unit, and finds its exposure to be 3 at most."""
    worst = 0.0
    with tempfile.TemporaryDirectory() as scratch:
        paths = []
        for name in ("one.example.com", "app1.example.com", "hbase"):
            paths += _write_units(catalogs()[name], Path(scratch) / name)
        assert run("systemd-analyze", "verify", "--man=no", *map(str, paths)) == ""
        for path in paths:
            if path.suffix == ".service":
                worst = max(worst, _exposure(path))
    figures.say("units", len(paths))
    figures.say("exposure", worst, "at most")


def _write_units(catalog: Catalog, folder: Path) -> list[Path]:
    """Write the units of a machine, with programs that exist here; return their paths."""
    folder.mkdir()
    program = folder / "program"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    paths = []
    for unit in catalog.paths("/etc/systemd/system/*.*"):
        text = catalog.content(unit)
        for real in ("bin/socorro-service", "venv/bin/socorro"):
            text = text.replace(f"/opt/socorro/current/{real}", str(program))
        paths.append(folder / Path(unit).name)
        paths[-1].write_text(text)
    assert paths
    return paths


def _exposure(unit: Path) -> float:
    lines = run("systemd-analyze", "security", "--offline=true", "--no-pager", str(unit))
    [verdict] = [line for line in lines.splitlines() if "Overall exposure level" in line]
    exposure = float(verdict.split(":")[1].split()[0])
    assert exposure <= MOST_EXPOSED, f"{unit.name}: {exposure}"
    return exposure


@check("puppet-sites", quick=True, needs=["puppet", "nginx", "apache2"])
def sites(figures: Figures) -> None:
    """nginx and Apache take their sites; nginx's is the one that collector/nginx.conf tests."""
    rendered = catalogs()["nginx"].content("/etc/nginx/conf.d/socorro-collector.conf")
    assert rendered == (CHECKOUT / "collector" / "nginx.conf").read_text()
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("nginx", "one.example.com", "apache", "app1.example.com", "tls"):
            folder = Path(scratch) / name
            folder.mkdir()
            _certificate(folder)
            catalog = catalogs()[name]
            if catalog.paths("/etc/nginx/conf.d/*.conf"):
                run("nginx", "-t", "-q", "-p", str(folder), "-c", str(nginx(folder, catalog)))
            else:
                run("apache2", "-t", "-f", str(apache(folder, catalog)))
    figures.say("sites", 10)


def _certificate(folder: Path) -> None:
    kind = ("-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    files = ("-keyout", f"{folder}/site.key", "-out", f"{folder}/site.pem")
    run("openssl", "req", *kind, "-subj", "/CN=localhost", *files)


def _content(catalog: Catalog, path: str, folder: Path) -> str:
    """Return a site; its certificates are one that is in the folder."""
    return re.sub(r"/etc/ssl/\S+\.(pem|key)\b", rf"{folder}/site.\1", catalog.content(path))


def nginx(folder: Path, catalog: Catalog) -> Path:
    """Write a configuration of nginx that runs in a folder, with the sites of a machine."""
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    paths = catalog.paths("/etc/nginx/conf.d/*.conf")
    sites = "\n".join(_content(catalog, path, folder) for path in paths)
    file = folder / "nginx.conf"
    file.write_text(
        f"daemon off; pid {folder}/pid; error_log stderr;\nevents {{}}\n"
        f"http {{ access_log off; {temporary}\n{sites}\n}}\n"
    )
    return file


def apache(folder: Path, catalog: Catalog) -> Path:
    """Write a configuration of Apache that runs in a folder, with the sites of a machine."""
    modules = (
        "mpm_event", "authz_core", "env", "headers", "lbmethod_byrequests", "proxy",
        "proxy_balancer", "proxy_http", "reqtimeout", "rewrite", "slotmem_shm", "socache_shmcb",
        "ssl", "alias",
    )  # fmt: skip
    load = "\n".join(
        f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in modules
    )
    paths = catalog.paths("/etc/apache2/sites-enabled/*.conf")
    sites = "\n".join(_content(catalog, path, folder) for path in paths)
    file = folder / "apache.conf"
    file.write_text(
        f"ServerRoot {folder}\nServerName localhost\nPidFile {folder}/pid\nUser www-data\n"
        f"Group www-data\nErrorLog {folder}/error.log\nDefine APACHE_LOG_DIR {folder}\n"
        f"DefaultRuntimeDir {folder}\n{load}\n{sites}"
    )
    return file


def run(*command: str) -> str:
    """Run a program; return all that it says. Raises CalledProcessError."""
    path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    done = subprocess.run(
        command, env={"PATH": path, "LANG": "C.UTF-8", "HOME": "/root"}, text=True, check=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    return done.stdout


@check("puppet-apache", needs=["puppet", "apache2"])
def apache_front(figures: Figures) -> None:
    """A crash passes Apache's site; too large a body, and a browser, do not reach the collector."""
    with tempfile.TemporaryDirectory() as scratch, running(Path(scratch)) as collector:
        folder = Path(scratch) / "apache"
        folder.mkdir()
        front = free_port()
        file = apache(folder, catalogs()["apache"])
        text = file.read_text().replace("127.0.0.1:8882", f"127.0.0.1:{collector.port}")
        file.write_text(text.replace("SocorroPort80", "SocorroPort").replace("80>", f"{front}>")
                        .replace("Listen 80", f"Listen {front}"))  # fmt: skip
        process = subprocess.Popen(["/usr/sbin/apache2", "-DFOREGROUND", "-f", str(file)])
        try:
            through = Running(collector.home, front, process)  # type: ignore[arg-type]
            wait_for(lambda: listens(through), what="Apache")
            crash_id = through.crash(
                form([*fields(ProductName="Firefox"), dump(TEST_DUMP.read_bytes())])
            )
            assert [entry.crash_id for entry in collector.spool.ready()] == [crash_id]
            status, _ = through.post(form([dump(bytes(21 * 2**20))]))
            assert status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE, status
            for path in ("/", "/submit", "/__heartbeat__", "/metrics"):
                assert through.request("GET", path)[0] == HTTPStatus.FOUND, path
            figures.say("a crash passed, 21 MB refused with", int(status))
        finally:
            process.terminate()
            process.wait(30)
