"""The shipped nginx site, under a real nginx, in front of real collectors."""

import gzip
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.local.postgres import free_port
from collector.config import CollectorConfig
from tests.builders import TEST_DUMP
from tests.collector.forms import dump, fields, form, form_of
from tests.collector.running import CHECKOUT, Running, running
from tests.collector.test_server import answer, chunked, head
from tests.system.line import wait_for

SITE = (CHECKOUT / "collector" / "nginx.conf").read_text()
NGINX = "/usr/sbin/nginx"
LIMIT = 20 * 2**20
DUMP = TEST_DUMP.read_bytes()


@contextmanager
def nginx(folder: Path, *collectors: int) -> Iterator[Running]:
    """A real nginx with the shipped site; only its ports are ours."""
    port = free_port()
    servers = "\n".join(f"    server 127.0.0.1:{number} max_fails=0;" for number in collectors)
    site = SITE.replace("    server 127.0.0.1:8882 max_fails=0;", servers).replace(
        "listen 80;", f"listen {port};"
    )
    (folder / "site.conf").write_text(site)
    user = "user root;" if os.getuid() == 0 else ""  # may use the test's folder
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    temporary = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    (folder / "nginx.conf").write_text(
        f"daemon off; pid {folder}/pid; error_log stderr; {user}\nevents {{}}\n"
        f"http {{ access_log off; {temporary}\ninclude {folder}/site.conf; }}\n"
    )
    command = [NGINX, "-p", str(folder), "-c", str(folder / "nginx.conf")]
    tested = subprocess.run([*command, "-t", "-q"], capture_output=True, text=True, check=False)
    assert (tested.returncode, tested.stderr) == (0, "")
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stderr=log)
    front = Running(folder, port, process)
    try:
        wait_for(lambda: listens(front), what="nginx")
        yield front
    finally:
        process.terminate()
        process.wait(30)


def listens(front: Running) -> bool:
    try:
        front.connect().close()
    except OSError:
        return False
    return True


@pytest.fixture(scope="module")
def collector(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    with running(tmp_path_factory.mktemp("collector")) as started:
        yield started


@pytest.fixture(scope="module")
def front(tmp_path_factory: pytest.TempPathFactory, collector: Running) -> Iterator[Running]:
    with nginx(tmp_path_factory.mktemp("nginx"), collector.port) as started:
        yield started


def test_a_crash_passes_as_it_is(collector: Running, front: Running) -> None:
    crash_id = front.crash(form([*fields(ProductName="Firefox"), dump(DUMP)]))

    [entry] = [entry for entry in collector.spool.ready() if entry.crash_id == crash_id]
    raw, dumps = collector.spool.read(entry)
    assert raw.annotations == {"ProductName": "Firefox"}
    assert list(dumps.values()) == [DUMP]


def test_crashpads_chunks_pass(collector: Running, front: Running) -> None:
    body = chunked(gzip.compress(form([dump(DUMP)])))

    with front.connect() as connection:
        connection.sendall(head("Content-Encoding: gzip", "Transfer-Encoding: chunked") + body)
        said = answer(connection)

    assert said.partition(b"CrashID=bp-")[2].decode().strip() in set(collector.spool.ids())


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 413)])
def test_the_limit_is_that_of_the_collector(front: Running, more: int, status: int) -> None:
    assert front.post(form_of(LIMIT + more))[0] == status


def test_the_site_and_the_settings_say_the_same() -> None:
    limit = re.search(r"client_max_body_size (\d+)m;", SITE)

    assert limit
    assert int(limit[1]) * 2**20 == CollectorConfig.model_fields["max_body"].default
    assert f":{CollectorConfig.model_fields['port'].default} " in SITE


@pytest.mark.parametrize("path", ["/", "/submit", "/metrics", "/__heartbeat__"])
def test_browsers_are_sent_to_the_pages(front: Running, path: str) -> None:
    assert front.request("GET", path)[0] == 302


def test_what_the_collector_refuses_is_told_to_the_client(front: Running) -> None:
    assert front.post(form([])) == (400, "Discarded=malformed_no_annotations")


def test_a_collector_without_room_hands_over_to_the_next(
    tmp_path: Path, collector: Running
) -> None:
    for name in ("full", "nginx"):
        (tmp_path / name).mkdir()
    body = form([*fields(ProductName="Firefox", N="1"), dump(DUMP)])
    with (
        running(tmp_path / "full", reserve=2**62) as full,
        nginx(tmp_path / "nginx", full.port, collector.port) as front,
    ):
        crash_ids = {front.crash(body) for _ in range(4)}

    assert len(crash_ids) == 1
    assert crash_ids <= set(collector.spool.ids())


def test_a_collector_that_is_away_is_gone_round(tmp_path: Path, collector: Running) -> None:
    with nginx(tmp_path, free_port(), collector.port) as front:
        crash_ids = {front.crash(form([*fields(N="2"), dump(DUMP)])) for _ in range(4)}

    assert len(crash_ids) == 1
