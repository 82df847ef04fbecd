"""The job that looks for broken machines: planted ones, hostile values, and runs again."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cli.fakedata.rows import REPORT_COLUMNS, DayRows
from cli.fakedata.truth import truth_of
from cli.fakedata.world import World
from cron import hardware
from cron.job import JobFailed
from cron.jobs import hardware_suspects
from socorro.postgres import Database
from socorro.search.interface import TooSlow
from socorro.search.segments import bulk, layout
from socorro.search.segments.limits import Limits
from tests.builders import NOON
from tests.cron.asking import ask
from tests.cron.conftest import MakeRun

DAY = NOON.date()
ONE_DAY = timedelta(days=1)
RUN = NOON + ONE_DAY  # the slot is that of DAY
COPIED = ("crash_id", "os_name", "os_version", "cpu_info", "app_notes", "signature", "address")
Row = dict[str, Any]


def rows_of(world: World) -> Iterator[Row]:
    """The reports of a generated history as rows of search, all at noon of their day."""
    for day in world.days:
        day_rows = DayRows(world, day)
        for line in (line for hour in range(24) for line in day_rows.hour(hour)):
            cells = dict(zip(REPORT_COLUMNS, line[:-1].split("\t"), strict=True))
            fields = json.loads(cells["fields"].replace("\\\\", "\\"))
            yield {
                **{name: cells[name] for name in COPIED},
                "submitted_timestamp": NOON + (day - DAY),
                "cpu_microcode_version": fields["cpu_microcode_version"],
                "total_physical_memory": fields["total_physical_memory"],
            }


def write(root: Path, rows: list[Row]) -> Path:
    for at in sorted({row["submitted_timestamp"] for row in rows}):
        of_day = [row for row in rows if row["submitted_timestamp"] == at]
        layout.write(layout.hour_file(root, "public", at), of_day, "public")
    return root


def crash(number: int, **more: Any) -> Row:
    """A crash of one machine at a one-bit address."""
    return {
        "crash_id": f"{number:08}-0000-4000-8000-000000261123", "submitted_timestamp": NOON,
        "os_name": "Linux", "os_version": "6.1", "cpu_info": "x | 8",
        "cpu_microcode_version": "0x1", "total_physical_memory": 2**33, "app_notes": "",
        "address": "0x0000000000040000", "signature": f"s{number}", **more,
    }  # fmt: skip


def read(root: Path, limits: Limits = hardware_suspects.LIMITS) -> hardware.Reading:
    query = hardware.query(NOON - ONE_DAY, NOON + ONE_DAY)
    return bulk.read(root, query, limits, hardware.read)


def test_planted_machines_are_named_and_no_other_and_again_the_same(
    tmp_path: Path, make_run: MakeRun, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World(1, DAY - 6 * ONE_DAY, DAY, 200)
    monkeypatch.setenv("SOCORRO_SEARCH_FOLDER", str(write(tmp_path / "week", [*rows_of(world)])))
    statement = (
        "SELECT cpu_microcode_version, crashes, flipped, signatures FROM hardware_suspects"
        " WHERE day = %s ORDER BY place"
    )

    done = hardware_suspects.work(make_run(hardware_suspects.JOB, RUN))
    first = ask(database, statement, DAY)
    hardware_suspects.work(make_run(hardware_suspects.JOB, RUN))

    flaky = {machine["cpu_microcode_version"] for machine in truth_of(world)["flaky_hardware"]}
    assert done.rows == len(flaky) == 5
    assert {row[0] for row in first} == flaky
    assert all(row[2] >= 20 and row[3] >= 10 for row in first)
    assert ask(database, statement, DAY) == first
    [scan] = ask(database, "SELECT first_day, machines, base_share > 0.002 FROM hardware_scans")
    assert scan[0] == DAY - 6 * ONE_DAY
    assert scan[1] > 500


ONE_BIT = ("0x0000000000001000", "0x1000", "0x8000000000000000", "0x40000", "0X40000")
OTHERS = (
    "0x0000000000000800", "0x0", "0x3000", "0x1001", "", "4096", "0x10000000000000000000",
    "0x1000 ", "x" * 10_000,
)  # fmt: skip


def test_one_bit_beyond_the_first_page_counts(tmp_path: Path) -> None:
    rows = [
        crash(number, address=address, cpu_microcode_version=f"0x{number}", signature=address)
        for number, address in enumerate((*ONE_BIT, *OTHERS))
    ]

    reading = read(write(tmp_path, rows))

    assert {machine.signature for machine in reading.counted} == set(ONE_BIT)
    assert (reading.flipped, reading.crashes) == (len(ONE_BIT), len(rows))


def test_crashes_that_name_no_machine_are_left_out(tmp_path: Path) -> None:
    nameless = ("os_version", "cpu_info", "cpu_microcode_version", "total_physical_memory")
    rows = [crash(number, **{name: None}) for number, name in enumerate(nameless)]
    reading = read(write(tmp_path, [*rows, crash(9), crash(10, total_physical_memory=-1)]))

    assert (reading.crashes, reading.machines, len(reading.counted)) == (1, 1, 1)


def test_graphics_come_from_the_notes_of_older_clients_and_long_values_are_cut(
    tmp_path: Path,
) -> None:
    notes = "AdapterVendorID: 0x8086, AdapterDeviceID: 0x1234, x"
    fields = {"adapter_vendor_id": "0x8086", "adapter_device_id": "0x1234"}
    long = "x" * (hardware.LONGEST + 1)
    rows = [crash(1, app_notes=notes), crash(2, **fields), crash(3, cpu_info=long)]
    [same, other] = read(write(tmp_path, rows)).counted

    assert (same.graphics, same.crashes) == ("0x8086 0x1234", 2)
    assert (other.graphics, other.cpu_info) == ("", long[:-1])


def test_only_so_many_machines_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hardware, "MOST_MACHINES", 2)
    rows = [crash(number, cpu_microcode_version=f"0x{number}") for number in range(3)]

    reading = read(write(tmp_path, rows))

    assert (len(reading.counted), reading.flipped) == (2, 3)


def test_too_little_time_and_nothing_to_read_are_said(
    tmp_path: Path, make_run: MakeRun, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = make_run(hardware_suspects.JOB, RUN)
    monkeypatch.setenv("SOCORRO_SEARCH_FOLDER", str(tmp_path / "none"))
    with database.transaction() as db:
        assert not hardware_suspects.has_work(db)
    with pytest.raises(JobFailed, match="no data"):
        hardware_suspects.work(run)
    monkeypatch.setenv("SOCORRO_SEARCH_FOLDER", str(write(tmp_path / "one", [crash(1)])))
    monkeypatch.setattr(hardware_suspects, "LIMITS", Limits(seconds=0))
    with database.transaction() as db:
        assert hardware_suspects.has_work(db)
    with pytest.raises(JobFailed, match="too long"):
        hardware_suspects.work(run)
    with pytest.raises(TooSlow):
        read(tmp_path / "one", Limits(seconds=0))
