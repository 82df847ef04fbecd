"""Faults of spool and crash store: away, another one, in memory, full."""

import json
from pathlib import Path

import pytest

from socorro.crashstore.filesystem import FilesystemStore
from socorro.health.facts import Level
from socorro.spool.spool import Spool
from tests.doctor.conftest import Look


def test_a_spool_and_a_store_that_were_never_created_are_warnings(look: Look) -> None:
    for name, command in (
        ("spool marker", "socorro spool create"),
        ("crash store", "socorro store create"),
    ):
        [finding] = look(name)
        assert finding.level == Level.WARNING
        assert command in finding.fix


@pytest.mark.parametrize("name", ["spool marker", "crash store"])
def test_a_marker_that_is_gone_is_a_problem_and_another_one_too(
    look: Look, home: Path, name: str
) -> None:
    Spool(home / "spool", durable=False, home=home).create()
    FilesystemStore(home / "crashstore", home=home).create()
    folder = home / ("spool" if "spool" in name else "crashstore")
    assert [one.level for one in look(name)] == [Level.OK]
    marker = json.loads((folder / "marker").read_text())
    (folder / "marker").write_text(json.dumps(marker | {"id": "f" * 32}))
    remembered = {path: path.read_bytes() for path in home.glob("*-id")}

    [other] = look(name)
    (folder / "marker").unlink()
    [away] = look(name)

    assert (other.level, away.level) == (Level.CRITICAL, Level.CRITICAL)
    assert f"{'f' * 32}, not {marker['id']}" in other.text
    assert "no marker in" in away.text
    assert remembered == {path: path.read_bytes() for path in home.glob("*-id")}
    assert len(remembered) == 2


def test_a_spool_in_memory_is_a_problem(look: Look) -> None:
    [finding] = look("durable spool", COLLECTOR_SPOOL="/dev/shm/no-such-spool")

    assert finding.level == Level.CRITICAL
    assert "in memory (tmpfs)" in finding.text
    assert [one.level for one in look("durable spool", COLLECTOR_SPOOL="/usr")] == [Level.OK]


@pytest.mark.parametrize(
    ("warning", "critical", "level"),
    [(0, 0, Level.OK), (100, 0, Level.WARNING), (100, 100, Level.CRITICAL)],
)
def test_disks_are_judged_by_the_limits_of_health(
    look: Look, warning: int, critical: int, level: Level
) -> None:
    findings = look(
        "free space",
        HEALTH_DISK_WARNING_PERCENT=warning,
        HEALTH_DISK_CRITICAL_PERCENT=critical,
        COLLECTOR_RESERVE=0,
    )

    assert [one.level for one in findings] == [level] * 3


def test_the_reserve_of_the_spool_is_not_free(look: Look) -> None:
    [spool, *others] = look("free space", COLLECTOR_RESERVE=2**60, HEALTH_DISK_WARNING_PERCENT=0.1,
                            HEALTH_DISK_CRITICAL_PERCENT=0.1)  # fmt: skip

    assert spool.level == Level.CRITICAL
    assert [one.level for one in others] == [Level.OK] * 2


@pytest.mark.parametrize(
    ("address", "text"),
    [("hbase://127.0.0.1:{}", "does not answer"), ("s3://bucket", "expected file:///folder or")],
)
def test_a_store_that_does_not_answer_is_a_problem(
    look: Look, closed_port: int, address: str, text: str
) -> None:
    [finding] = look("crash store", STORE=address.format(closed_port))

    assert finding.level == Level.CRITICAL
    assert text in finding.text
