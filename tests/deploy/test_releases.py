"""Releases: what killed deploys leave is removed, what runs or ran before never is."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from socorro_deploy.failure import DeployFailed
from socorro_deploy.lock import holder, lock
from socorro_deploy.releases import Release, Releases, Unfinished

from tests.deploy.artifacts import manifest


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    empty = Releases(tmp_path)
    empty.prepare()
    return empty


def add(releases: Releases, version: str, used: float = 0, **changes: object) -> Release:
    folder = releases.folder(version)
    folder.mkdir()
    (folder / "MANIFEST.json").write_bytes(manifest({}, version=version, **changes))
    releases.complete(version, f"checksum of {version}")
    os.utime(folder / "release.json", (used, used))
    release = releases.get(version)
    assert release
    return release


def test_a_release_that_is_not_whole_is_none_and_is_removed(releases: Releases) -> None:
    whole = add(releases, "v1")
    releases.folder("v2").mkdir()
    (releases.folder("v2") / "venv").mkdir()

    assert releases.get("v2") is None
    releases.prepare()

    assert [path.name for path in whole.folder.parent.iterdir()] == ["v1"]


def test_the_link_leads_to_a_whole_release_at_every_moment(releases: Releases) -> None:
    first, second = add(releases, "v1"), add(releases, "v2")
    releases.switch(first, None)
    seen = set()
    watcher = "import os, sys\nwhile True: print(os.readlink(sys.argv[1]), flush=True)"
    link = str(releases.prefix / "current")
    process = subprocess.Popen(
        [sys.executable, "-c", watcher, link], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    for _ in range(20):
        for release, origin in ((second, first), (first, second)):
            releases.switch(release, origin)
            seen.add(process.stdout.readline().strip())
    assert process.poll() is None
    process.kill()
    process.communicate()

    assert seen <= {"releases/v1", "releases/v2"}


def test_a_switch_remembers_the_release_before(releases: Releases) -> None:
    first, second = add(releases, "v1"), add(releases, "v2")

    releases.switch(first, None)
    releases.switch(second, first)

    assert (releases.current(), releases.previous()) == (
        releases.get("v2"),
        releases.get("v1"),
    )


def test_the_oldest_releases_go_but_never_those_in_use(releases: Releases) -> None:
    kept = [add(releases, f"v{number}", used=number) for number in range(1, 7)]
    releases.switch(kept[0], None)
    releases.switch(kept[1], kept[0])
    for age, release in enumerate(kept):
        os.utime(release.folder / "release.json", (age, age))  # v1 and v2 are the oldest

    removed = releases.prune(2)

    assert sorted(removed) == ["v3", "v4"]
    assert sorted(release.version for release in releases.all()) == ["v1", "v2", "v5", "v6"]


def test_a_switch_that_was_begun_is_known_until_it_ends(releases: Releases) -> None:
    first, second = add(releases, "v1"), add(releases, "v2")

    releases.begin(second, first)
    assert releases.unfinished() == Unfinished("v2", "v1", None)
    releases.end()

    assert releases.unfinished() is None


HOLD = """
import sys, time
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from socorro_deploy.lock import lock
with lock(Path(sys.argv[2]), "deploy of v2"):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_deploy_is_told_who_holds_the_lock_and_a_killed_one_gives_it_back(
    tmp_path: Path,
) -> None:
    path = tmp_path / "deploy.lock"
    deploy = Path(__file__).parent.parent.parent / "deploy"
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(deploy), str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout
    process.stdout.readline()

    words = rf"deploy of v2, by \w+ \(process {process.pid}\) since \d{{4}}-"
    with pytest.raises(DeployFailed, match=f"another deploy is running: {words}"), lock(path, "x"):
        pass
    assert f"process {process.pid}" in holder(path)
    process.kill()
    process.communicate()

    with lock(path, "rollback"):
        assert json.loads(path.read_text())["what"] == "rollback"
    assert holder(path) == ""


def test_the_time_in_use_decides_not_that_of_unpacking(releases: Releases) -> None:
    first, second = add(releases, "v1", used=1), add(releases, "v2", used=2)

    releases.switch(first, second)

    current = releases.current()
    assert current
    assert current.used == pytest.approx(time.time(), abs=60)
    assert releases.all()[0].version == "v1"
