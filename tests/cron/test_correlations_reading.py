"""What is read of crashes to compare them: installs, attributes, samples, limits."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from cron import correlations
from cron.correlations import Reading
from socorro.search.segments import bulk
from socorro.search.segments.bulk import Bulk
from socorro.search.segments.limits import Limits
from tests.builders import NOON
from tests.search.segments.built import build

DAY = NOON.replace(hour=0)
SECOND = timedelta(seconds=1)


def row(number: int, **columns: Any) -> dict[str, Any]:
    """A crash of install *number*."""
    return {
        "crash_id": f"{number:08x}-0000-4000-8000-000000261123",
        "submitted_timestamp": NOON + number * SECOND,
        "product": "Firefox",
        "release_channel": "release",
        "signature": f"s{number % 5}",
        "install_time": 1000 + number,
        "modules_in_stack": "xul.dll/B2;hook.dll/A1",
        "os_version": "10.0",
        **columns,
    }


def read(root: Path, rows: list[dict[str, Any]]) -> list[Reading]:
    """Read every line of these crashes, which are written first."""
    return read_again(build(root, rows))


def read_again(root: Path) -> list[Reading]:
    """Read every line of the crashes in a folder."""

    def work(opened: Bulk) -> list[Reading]:
        lines = correlations.lines(opened, DAY)
        return [correlations.read_line(opened, line) for line in lines]

    end = DAY + timedelta(days=1)
    query = correlations.query(end - timedelta(days=7), end)
    return bulk.read(root, query, Limits(seconds=60), work)


def items(reading: Reading) -> dict[str, list[int]]:
    """The rows that have each attribute."""
    data = reading.data
    return {
        f"{item.attribute} = {item.value}": sorted(data.rows[data.columns == number].tolist())
        for number, item in enumerate(data.items)
    }


def test_a_crash_has_the_attributes_of_its_machine_and_program(tmp_path: Path) -> None:
    usual = {
        "modules_in_stack": "xul.dll/B2;hook.dll/A1;gone.dll/;bare.dll",
        "addons": ["a@b:1.0", "c:d@e:2.0"],
        "total_physical_memory": 8_500_000_000,
        "cpu_info": "family 6 | 8",
        "adapter_vendor_id": "0x1",
        "adapter_device_id": "0x2",
        "safe_mode": True,
        "process_type": "content",
        "reason": "SIGSEGV",
    }

    [reading] = read(tmp_path, [row(number, **usual) for number in range(50)])

    assert set(items(reading)) == {
        "module = xul.dll", "module_build = xul.dll B2", "debug_id = B2",
        "module = hook.dll", "module_build = hook.dll A1", "debug_id = A1", "module = gone.dll",
        "module = bare.dll",
        "addon = a@b", "addon_version = a@b:1.0", "addon = c:d@e", "addon_version = c:d@e:2.0",
        "memory = 8 GiB", "cpu_info = family 6", "graphics = 0x1 0x2", "adapter_vendor_id = 0x1",
        "safe_mode = true", "os_version = 10.0",
    }  # fmt: skip
    assert all(rows == list(range(50)) for rows in items(reading).values())
    assert set(reading.data.contexts) == set(correlations.CONTEXTS)


def test_nothing_protected_is_read() -> None:
    query = correlations.query(DAY, DAY + timedelta(days=1))

    assert not query.protected
    assert len(query.columns) == len(set(correlations.FIELDS))


def test_a_machine_that_crashes_thirty_times_is_one_install(tmp_path: Path) -> None:
    again = [row(number, signature="again", install_time=7) for number in range(100, 130)]
    others = [row(number, signature="again") for number in range(130, 134)]

    [reading] = read(tmp_path, [*map(row, range(60)), *again, *others])

    assert (reading.installs, reading.crashes) == (65, 94)
    last = reading.signatures[-1]
    assert (last.signature, last.installs, last.crashes) == ("again", 5, 34)


def test_without_install_times_each_crash_is_an_install(tmp_path: Path) -> None:
    [reading] = read(tmp_path, [row(number, install_time=None) for number in range(60)])

    assert (reading.installs, reading.without_time) == (60, 60)


def test_equal_install_times_are_told_apart_by_the_machine(tmp_path: Path) -> None:
    rows = [row(n, install_time=5, cpu_info=f"cpu {n % 10}", signature="s") for n in range(60)]

    [reading] = read(tmp_path, rows)

    assert (reading.installs, reading.same_time, reading.crashes) == (10, 10, 60)


def test_clocks_that_are_months_off_make_no_difference(tmp_path: Path) -> None:
    rows = [row(n, install_time=-(2**62) * (n % 2) + n, crash_time=2**60) for n in range(60)]

    [reading] = read(tmp_path, rows)

    assert reading.installs == 60


@pytest.mark.parametrize(("most", "share"), [(400, 1.0), (399, 1.0), (200, 0.5)])
def test_a_busy_line_is_sampled_by_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, share: float
) -> None:
    monkeypatch.setattr(correlations, "MOST_ROWS", most)
    twice = [row(n + 1000 * (n % 2), install_time=n // 2, signature="s") for n in range(400)]
    rows = [*map(row, range(400, 600)), *twice]

    [reading] = read(tmp_path, rows)

    assert reading.share == pytest.approx(share, rel=0.15)
    assert reading.installs == pytest.approx(400 * reading.share, rel=0.2)
    assert reading.installs <= most * 1.1
    counts = {one.signature: one.crashes / one.installs for one in reading.signatures}
    assert counts["s"] == 2


def test_a_day_with_enough_crashes_is_read_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [row(n, submitted_timestamp=NOON - timedelta(days=n % 2)) for n in range(120)]
    [both] = read(tmp_path, rows)
    monkeypatch.setattr(correlations, "MOST_ROWS", 50)

    [last] = read_again(tmp_path)

    assert (both.start, both.installs) == (DAY - timedelta(days=6), 120)
    assert last.start == DAY
    assert last.installs <= 55


@contextmanager
def limit(monkeypatch: pytest.MonkeyPatch, name: str, most: int) -> Iterator[None]:
    with monkeypatch.context() as patched:
        patched.setattr(correlations, name, most)
        yield


def test_sizes_have_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [row(number) for number in range(60)]
    rows += [row(number + 100, product="Other", release_channel="beta") for number in range(50)]
    rows += [row(number + 200, product="Rare") for number in range(49)]

    readings = read(tmp_path, rows)
    with limit(monkeypatch, "MOST_LINES", 1):
        [first] = read_again(tmp_path)
    with limit(monkeypatch, "MOST_SIGNATURES", 4):
        [fewer, _] = read_again(tmp_path)
    with limit(monkeypatch, "MOST_ITEMS", 6):
        [narrow, _] = read_again(tmp_path)
    with limit(monkeypatch, "LONGEST_NAME", 5):
        [other] = read_again(tmp_path)

    assert [reading.installs for reading in readings] == [60, 50]
    assert len(readings[0].signatures) == 5
    assert first.installs == 60
    assert [one.signature for one in fewer.signatures] == ["s0", "s1", "s2", "s3"]
    assert sorted(set(fewer.data.signatures.tolist())) == [-1, 0, 1, 2, 3]
    assert len(readings[0].data.items) == 7
    assert len(narrow.data.items) == 6
    assert other.installs == 50


def test_a_list_of_twenty_thousand_modules_ends_with_a_whole_one(tmp_path: Path) -> None:
    many = ";".join(f"module{number:05}.dll/{number:05}" for number in range(20_000))
    few = many[:15_999]

    [reading] = read(
        tmp_path,
        [row(n, modules_in_stack=many if n % 2 else few) for n in range(60)],
    )

    names = [item.value for item in reading.data.items if item.attribute == "module"]
    assert len(names) == correlations.MOST_ENTRIES
    assert all(name.endswith(".dll") for name in names)


@pytest.mark.parametrize(("length", "kept"), [(200, 200), (201, 200)])
def test_a_value_has_two_hundred_characters_at_most(tmp_path: Path, length: int, kept: int) -> None:
    [reading] = read(tmp_path, [row(number, theme="x" * length) for number in range(60)])

    assert f"theme = {'x' * kept}" in items(reading)
