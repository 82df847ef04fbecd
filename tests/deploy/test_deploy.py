"""The order of a deploy and of the way back, with a manager that only writes down.

What systemd, supervisor and services really do is in tests/ops/deploy.py.
"""

from pathlib import Path
from typing import Any

import pytest
from socorro_deploy import deploy as deploys
from socorro_deploy import restart
from socorro_deploy.deploy import Options
from socorro_deploy.failure import DeployFailed, NotHealthy
from socorro_deploy.releases import Release, Releases
from socorro_deploy.settings import Service, Settings
from socorro_deploy.steps import Steps

from tests.deploy.artifacts import manifest, write
from tests.deploy.test_releases import add

SERVICES = tuple(Service(name, name, seconds=0.2) for name in ("first", "second", "third"))


class Machine:
    """Units that run what `current` leads to when they start; some releases do not work."""

    def __init__(self, prefix: Path) -> None:
        self.prefix = prefix
        self.running: dict[str, str] = {}
        self.killed: list[str] = []
        self.restarted: list[str] = []
        self.broken: dict[tuple[str, str], str] = {}  # (unit, version) -> how

    def restart(self, unit: str, seconds: float) -> None:
        self.restarted.append(unit)
        self.stop(unit, seconds)
        self.running[unit] = (self.prefix / "current").readlink().name
        if self.how(unit) == "fails":
            raise NotHealthy(f"{unit} failed")

    def stop(self, unit: str, seconds: float) -> None:
        if self.how(unit) == "hangs" and unit not in self.killed:
            raise NotHealthy(f"{unit} did not stop within {seconds} s")
        self.running.pop(unit, None)

    def kill(self, unit: str) -> None:
        self.killed.append(unit)

    def pid(self, unit: str) -> int | None:
        if unit not in self.running:
            return None
        if self.how(unit) == "ends":
            raise NotHealthy(f"{unit} ended by itself")
        return None if self.how(unit) == "sick" else hash(unit)

    def how(self, unit: str) -> str:
        return self.broken.get((unit, self.running.get(unit, "")), "")


@pytest.fixture
def releases(tmp_path: Path) -> Releases:
    empty = Releases(tmp_path / "opt")
    empty.prepare()
    return empty


@pytest.fixture
def machine(releases: Releases, monkeypatch: pytest.MonkeyPatch) -> Machine:
    machine = Machine(releases.prefix)
    monkeypatch.setattr(deploys, "manager", lambda _settings: machine)
    monkeypatch.setattr(restart, "_STEADY_SECONDS", 0)
    monkeypatch.setattr(restart, "_POLL_SECONDS", 0.01)
    return machine


@pytest.fixture
def settings(releases: Releases) -> Settings:
    return Settings(prefix=releases.prefix, services=SERVICES, migrate=False)


def change(releases: Releases, release: Release, settings: Settings) -> None:
    origin = deploys.healthy_release(releases)
    deploys.change(releases, release, origin, settings, Steps(None), restart=True)


def test_services_are_restarted_in_order(
    releases: Releases, machine: Machine, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    change(releases, add(releases, "v1"), settings)

    said = capsys.readouterr().out
    assert machine.running == dict.fromkeys(("first", "second", "third"), "v1")
    assert said.index("first") < said.index("second") < said.index("third")
    assert releases.unfinished() is None


@pytest.mark.parametrize("how", ["fails", "ends", "sick"])
@pytest.mark.parametrize("unit", ["first", "second", "third"])
def test_a_release_that_is_not_healthy_is_rolled_back_everywhere(
    releases: Releases, machine: Machine, settings: Settings, unit: str, how: str
) -> None:
    change(releases, add(releases, "v1"), settings)
    machine.broken[unit, "v2"] = how

    with pytest.raises(DeployFailed, match=rf"{unit}.*; rolled back to v1$"):
        change(releases, add(releases, "v2"), settings)

    current = releases.current()
    assert current
    assert current.version == "v1"
    assert machine.running == dict.fromkeys(("first", "second", "third"), "v1")
    assert machine.killed == ([unit] if how == "fails" else [])  # others finish their requests
    assert releases.unfinished() is None


def test_who_is_down_is_started_before_anybody_who_works_is_stopped(
    releases: Releases, machine: Machine, settings: Settings
) -> None:
    change(releases, add(releases, "v1"), settings)
    machine.running.pop("second")
    machine.restarted.clear()

    change(releases, add(releases, "v2"), settings)

    assert machine.restarted == ["second", "first", "third"]


def test_on_the_way_back_who_failed_comes_first(
    releases: Releases, machine: Machine, settings: Settings
) -> None:
    change(releases, add(releases, "v1"), settings)
    machine.broken["second", "v2"] = "sick"
    machine.restarted.clear()

    with pytest.raises(DeployFailed, match="rolled back"):
        change(releases, add(releases, "v2"), settings)

    assert machine.restarted == ["first", "second", "second", "first"]


def test_after_the_way_back_both_links_lead_where_they_led(
    releases: Releases, machine: Machine, settings: Settings
) -> None:
    for version in ("v1", "v2"):
        change(releases, add(releases, version), settings)
    machine.broken["first", "v3"] = "ends"

    with pytest.raises(DeployFailed, match="rolled back to v2"):
        change(releases, add(releases, "v3"), settings)

    links = [(releases.prefix / name).readlink().name for name in ("current", "previous")]
    assert links == ["v2", "v1"]


def test_a_full_disk_between_two_services_is_rolled_back(
    releases: Releases, machine: Machine, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    change(releases, add(releases, "v1"), settings)
    start = machine.restart

    def full_once(unit: str, seconds: float) -> None:
        monkeypatch.setattr(machine, "restart", start)
        raise OSError(28, "No space left on device")

    second = add(releases, "v2")
    monkeypatch.setattr(machine, "restart", full_once)
    with pytest.raises(DeployFailed, match="No space left on device; rolled back to v1"):
        change(releases, second, settings)


def test_a_terminal_that_is_gone_and_a_full_disk_end_no_deploy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr("sys.stdout", full)
        Steps(Path("/dev/full")).say("restart collector")
        monkeypatch.undo()
        with pytest.raises(OSError):
            full.close()


def test_a_service_that_does_not_stop_is_killed(
    releases: Releases, machine: Machine, settings: Settings
) -> None:
    change(releases, add(releases, "v1"), settings)
    machine.broken["second", "v1"] = "hangs"

    with pytest.raises(DeployFailed, match=r"did not stop .*; rolled back to v1"):
        change(releases, add(releases, "v2"), settings)

    assert machine.killed == ["second"]
    assert machine.running == dict.fromkeys(("first", "second", "third"), "v1")


def test_when_the_old_release_is_sick_too_the_next_deploy_restarts_everything(
    releases: Releases, machine: Machine, settings: Settings
) -> None:
    first = add(releases, "v1")
    change(releases, first, settings)
    machine.broken |= {("second", "v2"): "sick", ("first", "v1"): "sick"}

    with pytest.raises(DeployFailed, match="rolled back to v1, but: first is not healthy"):
        change(releases, add(releases, "v2"), settings)
    assert releases.unfinished()
    machine.broken.clear()
    machine.running.clear()
    change(releases, first, settings)

    assert machine.running == dict.fromkeys(("first", "second", "third"), "v1")
    assert releases.unfinished() is None


def test_a_first_deploy_that_fails_leaves_nothing_running(
    releases: Releases, machine: Machine, settings: Settings
) -> None:
    machine.broken["second", "v1"] = "sick"

    with pytest.raises(DeployFailed, match="nothing is deployed"):
        change(releases, add(releases, "v1"), settings)

    assert machine.running == {}
    assert releases.current() is None


def test_a_deploy_that_was_killed_in_between_returns_to_what_was_healthy(
    releases: Releases, machine: Machine, settings: Settings
) -> None:
    first, second = add(releases, "v1"), add(releases, "v2")
    change(releases, first, settings)
    releases.begin(second, first)
    releases.switch(second, first)
    machine.running["third"] = "v2"  # it has restarted this one, and was killed
    machine.broken["first", "v2"] = "sick"

    with pytest.raises(DeployFailed, match="rolled back to v1"):
        change(releases, second, settings)

    assert machine.running == dict.fromkeys(("first", "second", "third"), "v1")


def test_an_unchanged_artifact_is_not_deployed_again(
    releases: Releases, tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    artifact = write(tmp_path)
    checksum = deploys.artifacts.checksum_of(artifact)
    release = add(releases, "0.1.0+v1")
    releases.complete("0.1.0+v1", checksum)
    releases.switch(release, None)

    deploys.deploy(settings, artifact, Options(), Steps(None))

    assert "0.1.0+v1 is deployed already: nothing to do" in capsys.readouterr().out


def test_a_version_in_use_is_not_replaced_by_other_content(
    releases: Releases, tmp_path: Path, settings: Settings
) -> None:
    releases.switch(add(releases, "0.1.0+v1"), None)

    with pytest.raises(DeployFailed, match="in use with other content"):
        deploys.deploy(settings, write(tmp_path), Options(), Steps(None))


OLD, NEW = {"0001_first": ""}, {"0001_first": "", "0002_drops": "nobody reads it"}


def test_a_contraction_needs_a_word(releases: Releases) -> None:
    origin = add(releases, "v1", migrations=OLD)
    contracting = deploys.artifacts.parse_manifest(manifest({}, migrations=NEW))

    with pytest.raises(DeployFailed, match=r"0002_drops contracts the schema .nobody reads it"):
        deploys.refuse_contraction(contracting, origin, allowed=False)
    deploys.refuse_contraction(contracting, origin, allowed=True)
    deploys.refuse_contraction(contracting, None, allowed=False)  # a first deploy
    expanding: dict[str, Any] = {"0001_first": "", "0002_adds": ""}
    other = deploys.artifacts.parse_manifest(manifest({}, migrations=expanding))
    deploys.refuse_contraction(other, origin, allowed=False)


def test_a_rollback_goes_no_further_back_than_the_schema_allows(
    releases: Releases, machine: Machine, settings: Settings
) -> None:
    for version, migrations in (("v1", OLD), ("v2", OLD), ("v3", NEW)):
        release = add(releases, version, migrations=migrations)
        releases.note_contractions(release.manifest(), releases.current())
        change(releases, release, settings)

    for _ in range(2):  # from v3, and from v2, which has no such migration itself
        with pytest.raises(
            DeployFailed, match=r"v1 cannot run any more.*the oldest that can is v2"
        ):
            deploys.rollback(settings, "v1", Options(), Steps(None))
        deploys.rollback(settings, "v2", Options(), Steps(None))
    deploys.rollback(settings, "v3", Options(), Steps(None))
    with pytest.raises(DeployFailed, match="no release v9; on this disk: v3, v2, v1"):
        deploys.rollback(settings, "v9", Options(), Steps(None))
    deploys.rollback(settings, None, Options(), Steps(None))

    assert set(machine.running.values()) == {"v2"}


def test_a_dry_run_changes_nothing(
    releases: Releases, tmp_path: Path, settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    before = sorted(releases.prefix.rglob("*"))

    deploys.deploy(settings, write(tmp_path), Options(dry_run=True), Steps(None))

    assert "would restart second" in capsys.readouterr().out
    assert sorted(releases.prefix.rglob("*")) == before
