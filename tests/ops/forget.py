"""`socorro forget` on a running line: marked crashes are posted, and nothing of them is left."""

import hashlib
import json
import secrets
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from typing import Any, NamedTuple

from cli.local.postgres import binaries
from cli.submitter import Submission, Submitter, one_dump
from socorro.crash_id import CrashId, parse
from socorro.extracts.write import write as write_extracts
from socorro.postgres import Database, column, value
from tests import places
from tests.builders import TEST_DUMP
from tests.faults import processes
from tests.forget.everywhere import dump_of, forms_of, names_in
from tests.ops.registry import Figures, check
from tests.system.line import CHECKOUT, HTTP, Line, running, wait_for

OF_PERSON, OF_OTHERS = 12, 8
RACES = 4  # crashes that are forgotten while they move
AT_ONCE = 8  # that post together
TO_KILL = 40  # crashes of the commands that are killed
KILLS = 4
# Their files have what was deleted for a while: a dump and all documents are searched instead.
ENGINES = ("postgres", "elasticsearch")
PROGRAM = {
    "ProductName": "Firefox", "Version": "10.0", "ReleaseChannel": "nightly",
    "BuildID": "20120131000000", "InstallTime": "1700000000",
}  # fmt: skip


class Person(NamedTuple):
    """Texts that nobody else has."""

    email: str
    url: str
    comment: str

    @property
    def annotations(self) -> dict[str, str]:
        """What their client sends."""
        return {**PROGRAM, "Email": self.email, "URL": self.url, "Comments": self.comment}

    @property
    def needles(self) -> list[bytes]:
        """The texts that may be nowhere."""
        return [self.email.encode(), self.url.encode(), self.comment.encode()]


class Scene(NamedTuple):
    """A running line, its database, and who posts to it."""

    line: Line
    database: Database
    submitter: Submitter

    def post(self, annotations: dict[str, str], count: int) -> list[CrashId]:
        """Post crashes; return their ids."""
        return [
            self.send(one_dump(TEST_DUMP, annotations, unique=True)) for _ in range(count)
        ]  # fmt: skip

    def send(self, submission: Submission) -> CrashId:
        """Post one crash; return its id."""
        answer = self.submitter.send(submission)
        assert answer.crash_id, answer
        return parse(answer.crash_id)

    def settle(self) -> None:
        """Wait until everything is processed, counted and searchable."""
        wait_for(self._is_quiet, 180, "a quiet line")

    def export(self) -> None:
        """Write extracts of today, which no command does."""
        write_extracts(
            self.database, self.line.home / "extracts", datetime.now(UTC).date(), "Firefox",
            ("private", "public"), "http://127.0.0.1/report/index/",
        )  # fmt: skip

    def left(self, person: Person, crash_ids: Sequence[CrashId]) -> list[str]:
        """Where anything of the person or of the ids is: files, and texts in the database."""
        needles = [*person.needles, *(form for one in crash_ids for form in forms_of(one))]
        dump = dump_of(str(binaries(None) / "pg_dump"), self.database.dsn)
        in_dump = [f"database: {text!r}" for text in needles if text in dump]
        in_documents = [f"documents: {text!r}" for text in needles if text in self._documents()]
        return names_in(self.line.home, needles, but=ENGINES) + in_dump + in_documents

    def _documents(self) -> bytes:
        """All documents of Elasticsearch, if it is the engine of search."""
        if "SEARCH" not in self.line.environment:
            return b""
        HTTP.request("POST", self.line.url("elasticsearch", "/_refresh"))
        answer = HTTP.request("GET", self.line.url("elasticsearch", "/_search?size=10000"))
        assert answer.status == 200, answer.data
        return answer.data

    def forget(self, *words: str) -> dict[str, Any]:
        """Run the command; return what it says. It has to leave nothing."""
        done = self.line.socorro("forget", "--yes", "--json", *words)
        assert done.returncode == 0, f"{done.stdout}\n{done.stderr}"
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    def _is_quiet(self) -> bool:
        statement = """
            SELECT (SELECT count(*) FROM jobs) + (SELECT count(*) FROM changed_hours)
                 + (SELECT count(*) FROM hours_to_count)
                 + (SELECT count(*) FROM search_hours WHERE engine = %(engine)s)
        """
        engine = self.line.environment.get("SEARCH", "segments")
        with self.database.transaction() as db:
            busy = int(value(db, statement, engine=engine))
        waiting = [*self.line.home.glob("spool/ready/*/*.json")]
        waiting += self.line.home.glob("crashstore/waiting/*/*")
        return not busy and not waiting


def _person() -> Person:
    mark = secrets.token_hex(8)
    return Person(
        f"ada.{mark}@analytical.example", f"https://private.example/{mark}/diary",
        f"my engine {mark} fell down the stairs",
    )  # fmt: skip


@check("forget", needs=["memcached"])
def segments(figures: Figures) -> None:
    """Nothing of forgotten crashes is in home, database and exports, however it is interrupted."""
    with _scene(CACHE="memcached") as scene:
        _forget_person(scene, figures)
        _forget_while_processed(scene, figures)
        _forget_while_moving(scene, figures)
        _forget_killed(scene, figures)


@check("forget-elasticsearch")
def elasticsearch(figures: Figures) -> None:
    """Nothing of forgotten crashes is in Elasticsearch, which has the crashes of others."""
    with _scene(SEARCH="elasticsearch") as scene:
        _forget_person(scene, figures)


@contextmanager
def _scene(**environment: str) -> Iterator[Scene]:
    home = places.folder("forget")
    try:
        with running(home, **environment) as line:
            settings = tomllib.loads((home / "running.toml").read_text())
            with closing(Database(settings["database"])) as database:
                yield Scene(line, database, Submitter(line.url("collector", "/submit")))
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _forget_person(scene: Scene, figures: Figures) -> None:
    person = _person()
    crash_ids = scene.post(person.annotations, OF_PERSON)
    others = scene.post({**PROGRAM, "Email": "b@other.example"}, OF_OTHERS)
    scene.settle()
    scene.export()
    _rest(scene, crash_ids[0])  # an answer that may be cached
    before = scene.left(person, crash_ids)
    assert any(name.startswith("extracts/public") for name in before), before
    assert any(name.startswith("crashstore") for name in before), before
    digest = hashlib.sha256(person.email.encode()).hexdigest()

    began = time.monotonic()
    answer = scene.forget("--email-hash", digest)
    seconds = time.monotonic() - began

    assert sorted(answer["crashes"]) == sorted(crash_ids)
    _assert_gone(scene, person, crash_ids)
    assert all(_rest(scene, one) == 200 for one in others), "crashes of others are gone"
    assert _hits(scene, others) == OF_OTHERS
    assert _hits(scene, crash_ids) == 0
    figures.say("forgotten", len(crash_ids), "crashes")
    figures.say("in", seconds, "s")
    figures.say("files that had them", len(before))


def _forget_while_moving(scene: Scene, figures: Figures) -> None:
    """Post, forget at once, and post again: in the spool, in the store, or wherever they are."""
    person, crash_ids = _person(), []
    submissions = [one_dump(TEST_DUMP, person.annotations, unique=True) for _ in range(RACES)]
    for submission in submissions:
        crash_ids.append(scene.send(submission))
        scene.forget("--crash", crash_ids[-1])
    again = [scene.send(submission) for submission in submissions]
    assert again == crash_ids, "a post that is repeated is the same crash"

    scene.settle()
    _assert_gone(scene, person, crash_ids, but=["spool/accepted"])
    scene.forget(*(word for one in crash_ids for word in ("--crash", one)))
    _assert_gone(scene, person, crash_ids)
    figures.say("posted again", len(crash_ids), "crashes")


def _forget_while_processed(scene: Scene, figures: Figures) -> None:
    """Stop the processors while they hold jobs, forget, and let them go on."""
    person = _person()
    with ThreadPoolExecutor(AT_ONCE) as threads:
        posts = [threads.submit(scene.post, person.annotations, 3) for _ in range(AT_ONCE)]
        wait_for(lambda: _running(scene), 60, "a job that runs")
        with processes.stopped(scene.line.processes("processor")):
            crash_ids = [crash_id for post in posts for crash_id in post.result()]
            time.sleep(1)  # Postgres ends what it was asked to save
            running_ids = _running(scene)
            words = [word for one in crash_ids for word in ("--crash", one)]
            scene.forget("--wait", "1", *words)

    scene.settle()
    time.sleep(2)  # the processors have noticed that their jobs are gone
    assert running_ids, "no job was running any more"
    _assert_gone(scene, person, crash_ids)
    figures.say("forgotten while being processed", len(running_ids), "crashes")


def _running(scene: Scene) -> list[CrashId]:
    with scene.database.transaction() as db:
        return column(db, "SELECT crash_id FROM jobs WHERE state = 'running'")


def _forget_killed(scene: Scene, figures: Figures) -> None:
    """Kill the command after a while, each time a longer one; the last one may end."""
    person = _person()
    crash_ids = scene.post(person.annotations, TO_KILL)
    scene.settle()
    scene.export()
    listed = scene.line.home.parent / f"{scene.line.home.name}.ids"
    listed.write_text("\n".join(crash_ids))
    words = [sys.executable, "-m", "cli.main", "forget", "--yes", "--json", "--file", str(listed)]
    killed = 0
    for number in range(KILLS):
        command = subprocess.Popen(
            words, env=scene.line.environment, cwd=CHECKOUT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        try:
            command.wait(3 + 1.5 * number)
        except subprocess.TimeoutExpired:
            command.send_signal(signal.SIGKILL)
            killed += command.wait() == -signal.SIGKILL

    scene.forget("--file", str(listed))

    listed.unlink()
    _assert_gone(scene, person, crash_ids)
    figures.say("killed", killed, "times")


def _assert_gone(
    scene: Scene, person: Person, crash_ids: Sequence[CrashId], but: Sequence[str] = ()
) -> None:
    left = scene.left(person, crash_ids)
    left = [name for name in left if not name.startswith(tuple(but) or ("\0",))]
    assert left == [], left
    assert all(_rest(scene, crash_id) == 404 for crash_id in crash_ids)
    done = scene.line.socorro("status")
    assert done.returncode == 0, done.stdout


def _rest(scene: Scene, crash_id: CrashId) -> int:
    """The status of REST's answer for one processed crash."""
    url = scene.line.url("middleware", f"/api/ProcessedCrash/?crash_id={crash_id}")
    return int(HTTP.request("GET", url).status)


def _hits(scene: Scene, crash_ids: Sequence[CrashId]) -> int:
    """How many of the crashes search has."""
    chosen = "&".join(f"uuid={crash_id}" for crash_id in crash_ids)
    url = scene.line.url("middleware", f"/api/SuperSearch/?{chosen}&_results_number=0")
    answer = HTTP.request("GET", url)
    assert answer.status == 200, answer.data
    return int(answer.json()["total"])
