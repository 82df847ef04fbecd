"""What single rules make of what clients send and walkers find."""

from datetime import timedelta
from typing import Any

import pytest

from processor.pipeline import Rule, run_rules
from processor.rules import (
    addons,
    annotations,
    collector,
    crash,
    plugins,
    product,
    stacks,
    system,
    times,
)
from tests.builders import NOON

NOW = int(NOON.timestamp())


def ran(
    *rules: Rule, given: dict[str, Any] | None = None, **told: str
) -> tuple[dict[str, Any], list[str]]:
    """Run rules over annotations; return what they wrote and noted. Fails when one fails."""
    spelled = {name.replace("__", "-"): value for name, value in told.items()}
    outcome = run_rules(rules, spelled, {"submitted": NOON, "id": "the-id", **(given or {})})
    assert outcome.failed == []
    return outcome.processed, outcome.notes


@pytest.mark.parametrize(
    ("told", "version", "channel"),
    [
        ({"Version": "115.2", "ReleaseChannel": "esr"}, "115.2esr", "esr"),
        ({"Version": "115.2esr", "ReleaseChannel": "ESR"}, "115.2esr", "esr"),
        ({"Version": "115.2", "ReleaseChannel": "release"}, "115.2", "release"),
        ({"Version": " 115.2 "}, "115.2", "unknown"),
        ({"ReleaseChannel": "esr"}, "", "esr"),
    ],
)
def test_an_esr_says_so_in_its_version(told: dict[str, str], version: str, channel: str) -> None:
    found, _ = ran(product.version, **told)

    assert (found["version"], found["release_channel"]) == (version, channel)


def test_a_crash_without_product_and_version_is_kept_with_notes() -> None:
    found, notes = ran(product.product, product.version)

    assert (found["product"], found["version"]) == ("", "")
    assert notes == ["ProductName is missing", "Version is missing"]


@pytest.mark.parametrize(
    ("told", "expected"),
    [("", "parent"), ("main", "parent"), ("default", "parent"), ("Content", "content")],
)
def test_the_first_process_is_the_parent(told: str, expected: str) -> None:
    found, _ = ran(product.process_type, ProcessType=told)

    assert found["process_type"] == expected


@pytest.mark.parametrize(
    ("told", "crashed", "note"),
    [
        (str(NOW - 60), NOW - 60, None),
        (f"{NOW - 60}.75", NOW - 60, None),
        ("", NOW, "no client crash date: time of submission taken"),
        ("soon", NOW, "CrashTime is not a number of seconds"),
        ("-11644473600", NOW, "CrashTime is not a number of seconds"),  # 1601
        ("0", NOW, "CrashTime is absurd: 0"),
        ("253402300799", NOW, "CrashTime is absurd: 253402300799"),  # 9999
        (str(NOW + 86400), NOW + 86400, None),
        (str(NOW + 3 * 86400), NOW, f"CrashTime is absurd: {NOW + 3 * 86400}"),
        ("9" * 5000, NOW, f"CrashTime is absurd: {'9' * 18}"),
        ("²", NOW, "CrashTime is not a number of seconds"),
    ],
)
def test_a_crash_time_that_no_clock_shows_is_replaced_and_said(
    told: str, crashed: int, note: str | None
) -> None:
    found, notes = ran(times.crash_time, CrashTime=told)

    assert found["crash_time"] == crashed
    assert (note is None) == (notes == [])
    assert note is None or note in notes


def test_older_clients_tell_the_time_as_timestamp() -> None:
    found, notes = ran(times.crash_time, timestamp=f"{NOW - 5}.3")

    assert found["client_crash_date"] == (NOON - timedelta(seconds=5)).isoformat()
    assert notes == []


@pytest.mark.parametrize(
    ("told", "expected", "notes"),
    [
        ({"StartupTime": str(NOW - 90)}, (NOW - 90, 90, None), []),
        ({"InstallTime": str(NOW - 90)}, (None, None, 90), []),
        ({"UptimeTS": "12.9", "StartupTime": str(NOW - 90)}, (NOW - 90, 12, None), []),
        ({"UptimeTS": "-1"}, (None, None, None), ["UptimeTS is negative: -1"]),
        ({"UptimeTS": "9" * 12}, (None, None, None), [f"UptimeTS is absurd: {'9' * 12}"]),
        (
            {"StartupTime": str(NOW + 90)},
            (NOW + 90, 0, None),
            ["StartupTime is 90 seconds after the crash: taken as 0"],
        ),
        ({"InstallTime": "1"}, (None, None, None), ["InstallTime is absurd: 1"]),
    ],
)
def test_ages_are_counted_from_plausible_times(
    told: dict[str, str], expected: tuple[Any, ...], notes: list[str]
) -> None:
    found, noted = ran(times.crash_time, times.ages, CrashTime=str(NOW), **told)

    assert (found["startup_time"], found["uptime"], found["install_age"]) == expected
    assert noted == notes


@pytest.mark.parametrize(
    ("told", "expected"),
    [("30", 30), ("2147483647", 2**31 - 1), ("2147483648", None), ("-", None), ("x", None)],
)
def test_seconds_since_the_last_crash_fit_their_column(told: str, expected: int | None) -> None:
    found, notes = ran(times.last_crash, SecondsSinceLastCrash=told)

    assert found["last_crash"] == expected
    assert (expected is None) == bool(notes)


def test_addons_are_decoded_and_their_last_colon_parts_the_version() -> None:
    found, notes = ran(
        addons.addons, **{"Add-ons": "a%40b.org:1.2,urn%3Ax:y:3, ,plain,%00%ed%a0%80:1"}
    )

    assert found["addons"][:3] == ["a@b.org:1.2", "urn:x:y:3", "plain:NO_VERSION"]
    assert "\x00" not in found["addons"][3]
    assert notes == ["1 add-ons without a version"]


def test_addons_are_bounded() -> None:
    found, notes = ran(addons.addons, **{"Add-ons": ",".join(["a:1"] * 5000)})

    assert len(found["addons"]) == addons.MOST
    assert notes == ["more than 1000 add-ons: the rest dropped"]


@pytest.mark.parametrize(
    ("told", "hang_id", "hang_type"),
    [
        ({}, None, 0),
        ({"HangID": "h"}, "h", -1),
        ({"Hang": "1"}, None, 1),
        ({"Hang": "1", "HangID": "h"}, "h", 1),
        ({"PluginHang": "1"}, "fake-the-id", -1),
        ({"Hang": "0", "PluginHang": "0"}, None, 0),
    ],
)
def test_hangs_are_told_from_crashes(
    told: dict[str, str], hang_id: str | None, hang_type: int
) -> None:
    found, _ = ran(plugins.hang, **told)

    assert (found["hang_id"], found["hang_type"]) == (hang_id, hang_type)


@pytest.mark.parametrize(
    ("filename", "version", "expected"),
    [
        ("NPSWF32.dll", "11.1.102.55", "11.1.102.55"),
        ("NPSWF32_11_5_502_110.dll", None, "11.5.502.110"),
        ("libflashplayer.so", None, None),
        ("Flash Player-10.6", None, "10.6"),
        ("xul.dll", "15.0", None),
        (None, "15.0", None),
    ],
)
def test_the_flash_players_version_is_found(
    filename: str | None, version: str | None, expected: str | None
) -> None:
    dump = {"modules": [{"filename": filename, "version": version}]}

    found, _ = ran(plugins.flash_version, given={"json_dump": dump})

    assert found["flash_version"] == expected


@pytest.mark.parametrize(
    ("info", "address", "kind"),
    [
        ({"address": "0x10"}, "0x10", None),
        (
            {
                "address": "0xffff",
                "adjusted_address": {"kind": "non-canonical", "address": "0xe5e5"},
            },
            "0xe5e5",
            "non-canonical",
        ),
        (
            {"address": "0x8", "adjusted_address": {"kind": "null-pointer", "offset": "0x8"}},
            "0x8",
            "null-pointer",
        ),
        ({"address": "0x8", "adjusted_address": {"kind": "new", "address": 7}}, "0x8", None),
        ({}, None, None),
    ],
)
def test_the_address_is_adjusted_when_the_walker_knows_better(
    info: dict[str, Any], address: str | None, kind: str | None
) -> None:
    found, _ = ran(crash.crash_info, given={"json_dump": {"crash_info": info}})

    assert (found["address"], found["crash_address_kind"]) == (address, kind)


def test_a_crash_without_a_crashing_thread_is_not_thread_0() -> None:
    dump = {"crash_info": {"crashing_thread": None}, "threads": [{"frames": []}]}

    found, notes = ran(crash.crashing_thread, given={"json_dump": dump})

    assert found["crashing_thread"] is None
    assert notes == ["no crashing thread identified"]


@pytest.mark.parametrize(
    ("name", "version", "pretty"),
    [
        ("Windows NT", "10.0.22631.3007", "Windows 11"),
        ("Windows NT", "10.0.3000", "Windows 10"),
        ("Windows NT", "6.1.7600", "Windows 7"),
        ("Windows NT", "", "Windows Unknown"),
        ("Windows NT", "77.7", "Windows Unknown"),
        ("Mac OS X", "10.9.5 13F34", "OS X 10.9"),
        ("Mac OS X", "14.2.1 23C71", "macOS 14"),
        ("Linux", "6.1.0", "Linux"),
        ("Android", "0.0.0", "Android"),
        (None, "", None),
    ],
)
def test_systems_have_the_names_their_users_know(
    name: str | None, version: str, pretty: str | None
) -> None:
    info = {"system_info": {"os": name, "os_ver": version}}

    found, _ = ran(system.system, system.os_pretty_version, given={"json_dump": info})

    assert found["os_pretty_version"] == pretty


def test_linux_is_called_by_its_distribution() -> None:
    info = {"system_info": {"os": "Linux"}}

    found, _ = ran(
        system.system,
        system.os_pretty_version,
        given={"json_dump": info},
        LinuxLSBDescription="Debian GNU/Linux 12 (bookworm)",
    )

    assert found["os_pretty_version"] == "Debian GNU/Linux 12 (bookworm)"


@pytest.mark.parametrize("frames", [0, 1, 499, 500, 501, 600, 10_000])
def test_the_middle_of_long_stacks_is_left_out_and_counted(frames: int) -> None:
    thread = {"frames": [{"frame": number} for number in range(frames)], "frame_count": frames}
    dump = {"threads": [thread], "crashing_thread": thread}

    found, _ = ran(stacks.truncated_stacks, given={"json_dump": dump})

    kept = found["json_dump"]["crashing_thread"]["frames"]
    marks = [frame["truncated"]["msg"] for frame in kept if "truncated" in frame]
    numbers = [frame["frame"] for frame in kept if "frame" in frame]
    assert found["truncated"] == (frames > 500)
    assert len(kept) == min(frames, 500)
    assert marks == ([f"{frames - len(numbers)} frames truncated"] if frames > 500 else [])
    if frames > 500:
        assert numbers == [*range(250), *range(frames - 249, frames)]
    assert found["json_dump"]["threads"][0]["frames"] == kept
    assert len(thread["frames"]) == frames  # what was given is not changed


def test_the_topmost_file_may_be_an_inlined_functions() -> None:
    frames = [{"file": None, "inlines": None}, {"file": "b.c", "inlines": [{"file": "a.h"}]}]

    found, _ = ran(
        stacks.topmost_filenames, given={"json_dump": {"crashing_thread": {"frames": frames}}}
    )

    assert found["topmost_filenames"] == "a.h"


@pytest.mark.parametrize(
    ("rate", "expected", "noted"),
    [(0.1, 0.1, False), (1, 1.0, False), (None, 1.0, False), (0, 1.0, True), (1.5, 1.0, True),
     ("0.1", 1.0, True), (True, 1.0, True), (float("nan"), 1.0, True)],
)  # fmt: skip
def test_a_throttle_rate_is_a_share(rate: object, expected: float, noted: bool) -> None:
    found, notes = ran(collector.throttle, given={"metadata": {"throttle_rate": rate}})

    assert found["throttle_rate"] == expected
    assert bool(notes) == noted


@pytest.mark.parametrize("notes", [None, "text", 7, {"a": 1}, ["a", 7, None]])
def test_what_the_collector_noted_is_a_list_of_texts(notes: object) -> None:
    found, _ = ran(collector.collector_notes, given={"metadata": {"collector_notes": notes}})

    assert found["collector_notes"] == (["a"] if isinstance(notes, list) else [])


def test_annotations_are_copied_in_the_type_their_field_declares() -> None:
    found, notes = ran(
        annotations.annotations,
        Notes="n" * 20_000,
        OOMAllocationSize="262144",
        StartupCrash="1",
        SafeMode="perhaps",
        TotalPhysicalMemory="lots",
        SystemMemoryUsePercentage="",
    )

    assert found["app_notes"] == "n" * 10_000
    assert (found["oom_allocation_size"], found["startup_crash"]) == (262144, True)
    assert (found["safe_mode"], found["total_physical_memory"]) == (None, None)
    assert found["vendor"] is None
    assert sorted(notes) == [
        "Notes cut to 10000 characters",
        "SafeMode is not of type boolean",
        "TotalPhysicalMemory is not of type integer",
    ]
