"""What single rules make of what clients send and walkers find."""

import json
from datetime import timedelta
from typing import Any

import pytest

from processor.pipeline import Rule, run_rules
from processor.rules import (
    addons,
    annotations,
    collector,
    crash,
    hardware,
    java,
    memory,
    notices,
    plugins,
    product,
    stacks,
    system,
    times,
)
from tests.builders import NOON

NOW = int(NOON.timestamp())


def run(
    *rules: Rule, inputs: dict[str, Any] | None = None, **sent: str
) -> tuple[dict[str, Any], list[str]]:
    """Run rules over annotations; return what they wrote and noted. Fails when one fails."""
    spelled = {name.replace("__", "-"): value for name, value in sent.items()}
    outcome = run_rules(rules, spelled, {"submitted": NOON, "id": "the-id", **(inputs or {})})
    assert outcome.failed == []
    return outcome.processed, outcome.notes


@pytest.mark.parametrize(
    ("sent", "version", "channel"),
    [
        ({"Version": "115.2", "ReleaseChannel": "esr"}, "115.2esr", "esr"),
        ({"Version": "115.2esr", "ReleaseChannel": "ESR"}, "115.2esr", "esr"),
        ({"Version": "115.2", "ReleaseChannel": "release"}, "115.2", "release"),
        ({"Version": " 115.2 "}, "115.2", "unknown"),
        ({"ReleaseChannel": "esr"}, "", "esr"),
    ],
)
def test_an_esr_says_so_in_its_version(sent: dict[str, str], version: str, channel: str) -> None:
    fields, _ = run(product.version, **sent)

    assert (fields["version"], fields["release_channel"]) == (version, channel)


def test_a_crash_without_product_and_version_is_kept_with_notes() -> None:
    written, notes = run(product.product, product.version)

    assert (written["product"], written["version"]) == ("", "")
    assert notes == ["ProductName is missing", "Version is missing"]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [("", "parent"), ("main", "parent"), ("default", "parent"), ("Content", "content")],
)
def test_the_first_process_is_the_parent(sent: str, expected: str) -> None:
    written, _ = run(product.process_type, ProcessType=sent)

    assert written["process_type"] == expected


@pytest.mark.parametrize(
    ("sent", "crashed", "note"),
    [
        (str(NOW - 60), NOW - 60, None),
        (f"{NOW - 60}.75", NOW - 60, None),
        ("", NOW, "No crash time from the client; using submission time"),
        ("soon", NOW, "CrashTime is not a number of seconds"),
        ("-11644473600", NOW, "CrashTime is not a number of seconds"),  # 1601
        ("0", NOW, "CrashTime out of range: 0"),
        ("253402300799", NOW, "CrashTime out of range: 253402300799"),  # 9999
        (str(NOW + 86400), NOW + 86400, None),
        (str(NOW + 3 * 86400), NOW, f"CrashTime out of range: {NOW + 3 * 86400}"),
        ("9" * 5000, NOW, f"CrashTime out of range: {'9' * 18}"),
        ("inf", NOW, "CrashTime is not a number of seconds"),
        ("1e400", NOW, "CrashTime is not a number of seconds"),
        ("²", NOW, "CrashTime is not a number of seconds"),
    ],
)
def test_a_crash_time_out_of_range_is_replaced_with_a_note(
    sent: str, crashed: int, note: str | None
) -> None:
    written, notes = run(times.crash_time, CrashTime=sent)

    assert written["crash_time"] == crashed
    assert (note is None) == (notes == [])
    assert note is None or note in notes


def test_older_clients_send_the_time_as_timestamp() -> None:
    written, notes = run(times.crash_time, timestamp=f"{NOW - 5}.3")

    assert written["client_crash_date"] == (NOON - timedelta(seconds=5)).isoformat()
    assert notes == []


@pytest.mark.parametrize(
    ("sent", "expected", "notes"),
    [
        ({"StartupTime": str(NOW - 90)}, (NOW - 90, 90, None), []),
        ({"InstallTime": str(NOW - 90)}, (None, None, 90), []),
        ({"UptimeTS": "12.9", "StartupTime": str(NOW - 90)}, (NOW - 90, 12, None), []),
        ({"UptimeTS": "-1"}, (None, None, None), ["UptimeTS out of range: -1"]),
        ({"UptimeTS": "9" * 12}, (None, None, None), [f"UptimeTS out of range: {'9' * 12}"]),
        (
            {"StartupTime": str(NOW + 90)},
            (NOW + 90, 0, None),
            ["StartupTime is 90 seconds after the crash; using 0"],
        ),
        ({"InstallTime": "1"}, (None, None, None), ["InstallTime out of range: 1"]),
    ],
)
def test_ages_are_counted_from_plausible_times(
    sent: dict[str, str], expected: tuple[Any, ...], notes: list[str]
) -> None:
    written, noted = run(times.crash_time, times.ages, CrashTime=str(NOW), **sent)

    assert (written["startup_time"], written["uptime"], written["install_age"]) == expected
    assert noted == notes


def test_the_time_of_installation_tells_installations_apart() -> None:
    written, _ = run(times.crash_time, times.ages, CrashTime=str(NOW), InstallTime=str(NOW - 90))

    assert written["install_time"] == NOW - 90


@pytest.mark.parametrize(
    ("sent", "expected"),
    [("30", 30), ("2147483647", 2**31 - 1), ("2147483648", None), ("-", None), ("x", None)],
)
def test_seconds_since_the_last_crash_fit_their_column(sent: str, expected: int | None) -> None:
    written, notes = run(times.last_crash, SecondsSinceLastCrash=sent)

    assert written["last_crash"] == expected
    assert (expected is None) == bool(notes)


def test_addons_are_decoded_and_their_last_colon_precedes_the_version() -> None:
    written, notes = run(
        addons.addons, **{"Add-ons": "a%40b.org:1.2,urn%3Ax:y:3, ,plain,%00%ed%a0%80:1"}
    )

    assert written["addons"][:3] == ["a@b.org:1.2", "urn:x:y:3", "plain:NO_VERSION"]
    assert "\x00" not in written["addons"][3]
    assert notes == ["1 add-on without a version"]


def test_addons_are_bounded() -> None:
    written, notes = run(addons.addons, **{"Add-ons": ",".join(["a:1"] * 5000)})

    assert len(written["addons"]) == addons.MOST
    assert notes == ["More than 1000 add-ons; the rest were dropped"]


@pytest.mark.parametrize(
    ("sent", "hang_id", "hang_type"),
    [
        ({}, None, 0),
        ({"HangID": "h"}, "h", -1),
        ({"Hang": "1"}, None, 1),
        ({"Hang": "1", "HangID": "h"}, "h", 1),
        ({"Hang": "ui"}, None, 1),
        ({"Hang": "ui", "PluginHang": "1", "HangID": "h"}, "h", 1),
        ({"PluginHang": "1"}, "fake-the-id", -1),
        ({"Hang": "0", "PluginHang": "0"}, None, 0),
    ],
)
def test_hangs_are_distinguished_from_crashes(
    sent: dict[str, str], hang_id: str | None, hang_type: int
) -> None:
    written, _ = run(plugins.hang, **sent)

    assert (written["hang_id"], written["hang_type"]) == (hang_id, hang_type)


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

    written, _ = run(plugins.flash_version, inputs={"json_dump": dump})

    assert written["flash_version"] == expected


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
    written, _ = run(crash.crash_info, inputs={"json_dump": {"crash_info": info}})

    assert (written["address"], written["crash_address_kind"]) == (address, kind)


def test_a_crash_without_a_crashing_thread_is_not_thread_0() -> None:
    # Defect 18 of earlier systems: thread 0 was used, without a note.
    dump = {"crash_info": {"crashing_thread": None}, "threads": [{"frames": []}]}

    written, notes = run(crash.crashing_thread, inputs={"json_dump": dump})

    assert written["crashing_thread"] is None
    assert notes == ["No crashing thread identified"]


@pytest.mark.parametrize(
    ("name", "version", "pretty"),
    [
        ("Windows NT", "10.0.22631.3007", "Windows 11"),
        ("Windows NT", "10.0.22000", "Windows 11"),
        ("Windows NT", "10.0.21999", "Windows 10"),
        ("Windows NT", "10.0.3000", "Windows 10"),
        ("Windows NT", "6.1.7600", "Windows 7"),
        ("Windows NT", "", "Windows Unknown"),
        ("Windows NT", "77.7", "Windows Unknown"),
        ("Mac OS X", "10.9.5 13F34", "OS X 10.9"),
        ("Mac OS X", "10.12.6 16G29", "macOS 10.12"),
        ("Mac OS X", "10.16.0", "macOS 11"),
        ("Mac OS X", "14.2.1 23C71", "macOS 14"),
        ("iOS", "16.2.0 22C65", "iOS 16"),
        ("Linux", "6.1.0", "Linux"),
        ("Android", "0.0.0", "Android"),
        (None, "", None),
    ],
)
def test_systems_have_the_names_their_users_know(
    name: str | None, version: str, pretty: str | None
) -> None:
    # Defect 12 of earlier systems: builds were compared as text, and 10.0.3000 was Windows 11.
    info = {"system_info": {"os": name, "os_ver": version}}

    written, _ = run(system.system, system.os_pretty_version, inputs={"json_dump": info})

    assert written["os_pretty_version"] == pretty


def test_linux_is_called_by_its_distribution() -> None:
    info = {"system_info": {"os": "Linux"}}

    written, _ = run(
        system.system,
        system.os_pretty_version,
        inputs={"json_dump": info},
        LinuxLSBDescription="Debian GNU/Linux 12 (bookworm)",
    )

    assert written["os_pretty_version"] == "Debian GNU/Linux 12 (bookworm)"


@pytest.mark.parametrize("frames", [0, 1, 499, 500, 501, 600, 10_000])
def test_the_middle_of_long_stacks_is_left_out_and_counted(frames: int) -> None:
    # Defect 1 of earlier systems: one frame more was lost than the marker said.
    thread = {"frames": [{"frame": number} for number in range(frames)], "frame_count": frames}
    dump = {"threads": [thread], "crashing_thread": thread}

    written, _ = run(stacks.truncated_stacks, inputs={"json_dump": dump})

    kept = written["json_dump"]["crashing_thread"]["frames"]
    marks = [frame["truncated"]["msg"] for frame in kept if "truncated" in frame]
    numbers = [frame["frame"] for frame in kept if "frame" in frame]
    assert written["truncated"] == (frames > 500)
    assert len(kept) == min(frames, 500)
    assert marks == ([f"{frames - len(numbers)} frames truncated"] if frames > 500 else [])
    if frames > 500:
        assert numbers == [*range(250), *range(frames - 249, frames)]
    assert written["json_dump"]["threads"][0]["frames"] == kept
    assert len(thread["frames"]) == frames  # what was given is not changed


def test_the_topmost_file_may_be_an_inlined_functions() -> None:
    frames = [{"file": None, "inlines": None}, {"file": "b.c", "inlines": [{"file": "a.h"}]}]

    written, _ = run(
        stacks.topmost_filenames, inputs={"json_dump": {"crashing_thread": {"frames": frames}}}
    )

    assert written["topmost_filenames"] == "a.h"


@pytest.mark.parametrize(
    ("rate", "expected", "noted"),
    [(0.1, 0.1, False), (1, 1.0, False), (None, 1.0, False), (0, 1.0, True), (1.5, 1.0, True),
     ("0.1", 1.0, True), (True, 1.0, True), (float("nan"), 1.0, True)],
)  # fmt: skip
def test_a_throttle_rate_is_a_share(rate: object, expected: float, noted: bool) -> None:
    written, notes = run(collector.throttle, inputs={"metadata": {"throttle_rate": rate}})

    assert written["throttle_rate"] == expected
    assert bool(notes) == noted


@pytest.mark.parametrize("notes", [None, "text", 7, {"a": 1}, ["a", 7, None]])
def test_what_the_collector_noted_is_a_list_of_texts(notes: object) -> None:
    written, _ = run(collector.collector_notes, inputs={"metadata": {"collector_notes": notes}})

    assert written["collector_notes"] == (["a"] if isinstance(notes, list) else [])


def test_annotations_are_copied_in_the_type_their_field_declares() -> None:
    written, notes = run(
        annotations.annotations,
        Notes="n" * 20_000,
        OOMAllocationSize="262144",
        StartupCrash="1",
        SafeMode="perhaps",
        TotalPhysicalMemory="lots",
        SystemMemoryUsePercentage="",
    )

    assert written["app_notes"] == "n" * 10_000
    assert (written["oom_allocation_size"], written["startup_crash"]) == (262144, True)
    assert not {"safe_mode", "total_physical_memory", "vendor"} & set(written)
    assert sorted(notes) == [
        "Notes cut to 10000 characters",
        "SafeMode is not of type boolean",
        "TotalPhysicalMemory is not of type integer",
    ]


def test_the_version_of_a_beta_is_the_one_its_users_see() -> None:
    sent = {"Version": "140.0", "ReleaseChannel": "beta"}

    seen, silent = run(
        product.version,
        TelemetryEnvironment=json.dumps({"build": {"displayVersion": "140.0b3"}}),
        **sent,
    )
    plain, noted = run(product.version, **sent)

    assert (seen["version"], silent) == ("140.0b3", [])
    assert (plain["version"], noted) == ("140.0", ["The version has no beta number"])


@pytest.mark.parametrize(
    "environment",
    ["", "{", "[]", '{"build": 7}', '{"build": {"displayVersion": "141.0b3"}}',
     '{"build": {"displayVersion": "140.0b3 secret"}}', '{"build": {"displayVersion": ["1"]}}'],
)  # fmt: skip
def test_no_other_text_of_the_environment_gets_into_the_version(environment: str) -> None:
    written, _ = run(
        product.version, Version="140.0", ReleaseChannel="beta", TelemetryEnvironment=environment
    )

    assert written["version"] == "140.0"


@pytest.mark.parametrize(
    ("version", "major"),
    [("140.0b3", 140), ("10", 10), ("0.0a1", 0), ("", None), ("x1", None), ("٣.0", None),
     ("v1.2.3", 1),
     ("9" * 50, None)],
)  # fmt: skip
def test_the_major_version_is_a_number(version: str, major: int | None) -> None:
    written, _ = run(product.version, product.major_version, Version=version)

    assert written["major_version"] == major


@pytest.mark.parametrize(
    ("sent", "environment", "expected"),
    [
        ("mint", "", "mint"),
        ("", '{"partner": {"distributionId": "canonical"}}', "canonical"),
        ("", '{"partner": {"distributionId": null, "x": 1}}', "mozilla"),
        ("", '{"partner": {"distributionId": 7}}', None),
        ("", '{"partner": {"distributionId": ["mint"]}}', None),
        ("", '{"partner": {"distributionId": "private"}}', None),
        ("", '{"partner": {}}', None),
        ("", "", None),
    ],
)
def test_the_distribution_is_in_either_annotation(
    sent: str, environment: str, expected: str | None
) -> None:
    written, _ = run(product.distribution_id, DistributionID=sent, TelemetryEnvironment=environment)

    assert written["distribution_id"] == expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({}, "crash"),
        ({"HangID": "h"}, "hang"),
        ({"Hang": "1"}, "hang"),
        ({"Hang": "ui"}, "hang"),
        ({"ipc_channel_error": "ShutDownKill"}, "hang"),
        ({"AsyncShutdownTimeout": "{}"}, "hang"),
        ({"MozCrashReason": "Shutdown hanging at step AppShutdown"}, "hang"),
        ({"MozCrashReason": "MOZ_CRASH()"}, "crash"),
    ],
)
def test_a_report_is_of_a_crash_or_of_a_hang(sent: dict[str, str], expected: str) -> None:
    written, _ = run(plugins.hang, annotations.annotations, plugins.report_type, **sent)

    assert written["report_type"] == expected


def test_flash_is_known_by_its_debug_id_when_nothing_else_tells(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    by_debug_id = plugins.read_debug_ids(
        "# comment\nab12 11.1.102.55 # a build\n\nno version at all\n"
    )
    monkeypatch.setattr(plugins, "FLASH_DEBUG_IDS", by_debug_id)
    dump = {"modules": [{"filename": "libflashplayer.so", "version": None, "debug_id": "AB12"}]}

    written, _ = run(plugins.flash_version, inputs={"json_dump": dump})

    assert written["flash_version"] == "11.1.102.55"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"OOMAllocationSize": "262144"}, "small"),
        ({"OOMAllocationSize": "262145"}, "large"),
        ({"OOMAllocationSize": "0"}, "small"),
        ({"OOMAllocationSize": "18446744073709551615"}, "large"),
        ({"OOMAllocationSize": "18446744073709551616"}, None),
        ({"OOMAllocationSize": "-1"}, None),
        ({"OOMAllocationSize": "lots"}, None),
        ({"JSOutOfMemory": "Reported"}, "javascript"),
        ({"JSLargeAllocationFailure": "Recovered"}, None),
        ({}, None),
    ],
)
def test_the_kind_of_failed_allocation_is_stored(
    sent: dict[str, str], expected: str | None
) -> None:
    written, _ = run(memory.out_of_memory, **sent)

    assert written["oom"] == expected


@pytest.mark.parametrize(
    ("flips", "expected"),
    [
        ([{"confidence": 0.25}, {"confidence": 0.66}], 66),
        ([{"confidence": 7}], 100),
        ([{"confidence": -1}], 0),
        ([{"confidence": "0.5"}, {"confidence": True}, 7], None),
        ([{"confidence": float("nan")}], None),
        ([], None),
        ("x", None),
        (None, None),
    ],
)
def test_the_confidence_in_a_flipped_bit_is_a_percentage(
    flips: object, expected: int | None
) -> None:
    dump = {"crash_info": {"possible_bit_flips": flips}}

    written, _ = run(hardware.possible_bit_flips, inputs={"json_dump": dump})

    assert written["possible_bit_flips_max_confidence"] == expected


@pytest.mark.parametrize(
    ("accesses", "expected"),
    [
        ([{"address": "0x1"}, {"is_likely_guard_page": True}], True),
        ([{"is_likely_guard_page": "true"}], False),
        ([], None),
        (7, None),
    ],
)
def test_access_to_a_guard_page_is_stored(accesses: object, expected: bool | None) -> None:
    dump = {"crash_info": {"memory_accesses": accesses, "crash_inconsistencies": ["a", 7]}}

    written, _ = run(
        hardware.guard_page_access, hardware.crash_inconsistencies, inputs={"json_dump": dump}
    )

    assert written["has_guard_page_access"] is expected
    assert written["crash_inconsistencies"] == ["a"]


STACK = """java.lang.IllegalStateException: http://private.example/
private second line of the message
\tat org.mozilla.gecko.App.run(App.java:12)
\tat a.b.C.<init>(Unknown Source)
\tat private text (here)
Caused by: java.io.IOException: private.txt not found
\tat a.b.C.lambda$run$0(C.kt)
\t... 3 more
"""


def test_a_java_stack_is_shown_without_any_message() -> None:
    written, notes = run(java.java_stack_trace, JavaStackTrace=STACK)

    assert written["java_stack_trace"] == (
        "java.lang.IllegalStateException\n"
        "\tat org.mozilla.gecko.App.run(App.java:12)\n"
        "\tat a.b.C.<init>(Unknown Source)\n"
        "Caused by: java.io.IOException\n"
        "\tat a.b.C.lambda$run$0(C.kt)\n"
        "\t... 3 more"
    )
    assert notes == []


@pytest.mark.parametrize(
    "text",
    ["private", "private.name", "private text\n\tat a.b.C(D.java)", "x" * 10**6, "\n" * 10**6],
)
def test_what_is_no_java_stack_is_not_shown(text: str) -> None:
    written, notes = run(java.java_stack_trace, JavaStackTrace=text)

    assert written["java_stack_trace"] is None
    assert notes == (["JavaStackTrace is not in the expected format"] if text.strip() else [])


def test_java_exceptions_are_shown_without_their_messages() -> None:
    frame = {"module": "a.b.C", "function": "d", "lineno": 5, "in_app": True, "vars": "private"}
    value = {
        "type": "E", "module": "a", "value": "private", "stacktrace": {"frames": [frame, 7]},
    }  # fmt: skip

    written, notes = run(
        java.java_exception, JavaException=json.dumps({"exception": {"values": [value, "x"]}})
    )

    assert "private" not in str(written)
    assert written["java_exception"]["exception"]["values"] == [
        {
            "type": "E",
            "module": "a",
            "stacktrace": {
                "frames": [
                    {
                        "module": "a.b.C",
                        "function": "d",
                        "filename": None,
                        "lineno": 5,
                        "in_app": True,
                    }
                ]
            },
        }
    ]
    assert notes == []


@pytest.mark.parametrize("text", ["{", "[]", '{"exception": []}', '{"exception": {"values": {}}}'])
def test_a_java_exception_in_no_known_form_is_a_note(text: str) -> None:
    written, notes = run(java.java_exception, JavaException=text)

    assert written["java_exception"] is None
    assert notes == ["JavaException is not in the expected format"]


@pytest.mark.parametrize(
    ("reason", "public"),
    [
        ("MOZ_RELEASE_ASSERT(mHead)", "MOZ_RELEASE_ASSERT(mHead)"),
        ("MOZ_CRASH()", "MOZ_CRASH()"),
        ("MOZ_RELEASE_ASSERT(a / b > c) (more)", "MOZ_RELEASE_ASSERT(a / b > c) (more)"),
        ('MOZ_CRASH(cannot open "private one")', "MOZ_CRASH(cannot open …)"),
        ("MOZ_CRASH(can't open 'private one)", "MOZ_CRASH(can't open …"),
        ("MOZ_CRASH(no https://private.example/a b)", "MOZ_CRASH(no …)"),
        ("MOZ_CRASH(no C:\\Users\\private\\a b.dll)", "MOZ_CRASH(no …)"),
        ("MOZ_CRASH(no /home/private/a b)", "MOZ_CRASH(no …)"),
        ("MOZ_CRASH(of private@example.org)", "MOZ_CRASH(of …)"),
        ("MOZ_CRASH(first)\nprivate line", "MOZ_CRASH(first)"),
        ('Failed to load module "resource://private"', "Failed to load module"),
        ("byte index 3 is out of bounds of `private`", "byte index"),
        (
            "called `Result::unwrap()` on an `Err` value: private",
            "called `Result::unwrap()` on an `Err` value",
        ),
        (
            "called `Option::unwrap()` on a `None` value",
            "called `Option::unwrap()` on a `None` value",
        ),
        (
            "index out of bounds: the len is 3 but the index is 5",
            "index out of bounds: the len is 3 but the index is 5",
        ),
        ("assertion failed: self.len() == 3", "assertion failed: self.len() == 3"),
        (
            "assertion failed: `(left == right)` (left: `private`)",
            "assertion failed: `(left == right)`",
        ),
        ("assertion `left == right` failed: private", "assertion `left == right` failed"),
        ("panicked at a/b.rs:1:2:\nno entry found for key private", "no entry found for key"),
        ("thread 'private' panicked at 'explicit panic', a.rs:1:2", "explicit panic"),
        ("panicked at a/b.rs:1:2:\nprivate", None),
        ("panic: runtime error: index out of range [5]", "runtime error: index out of range"),
        ("Shutdown hanging at step AppShutdown", "Shutdown hanging at step AppShutdown"),
        ("private words", None),
        ("", None),
    ],
)
def test_a_crash_reason_is_shown_without_what_it_quotes(reason: str, public: str | None) -> None:
    written, _ = run(notices.moz_crash_reason, MozCrashReason=reason)

    assert written["moz_crash_reason"] == public


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[{"message": "a"}]', [{"message": "a"}]),
        ('{"values": [{"message": "a"}]}', [{"message": "a"}]),
        ("[1]", None),
        ("7", None),
        ("{", None),
    ],
)
def test_breadcrumbs_are_a_list_of_steps(text: str, expected: object) -> None:
    written, notes = run(notices.breadcrumbs, Breadcrumbs=text)

    assert written["breadcrumbs"] == expected
    assert notes == ([] if expected else ["Breadcrumbs is not in the expected format"])


def test_what_macos_and_the_client_noted_is_kept_and_bounded() -> None:
    dump = {
        "mac_crash_info": {"num_records": 1, "records": [{"message": "m" * 20_000}]},
        "mac_boot_args": "-x",
        "soft_errors": [{"a": "b"}] * 1000,
    }

    written, notes = run(notices.mac_notices, notices.soft_errors, inputs={"json_dump": dump})

    assert len(written["mac_crash_info"]) == notices.LONGEST_CRASH_INFO
    assert written["mac_boot_args"] == "-x"
    assert len(written["soft_errors"]) == notices.LONGEST_ERRORS
    assert notes == [
        "mac_crash_info cut to 16384 characters",
        "The client reported 1000 errors in the dump",
        "soft_errors cut to 4096 characters",
    ]


def test_modules_are_listed_by_stack_symbols_and_signer() -> None:
    dump = {
        "thread_count": 2,
        "crashing_thread": {
            "frames": [{"module": name} for name in ("b.dll", "a.dll", "b.dll", None, "?")]
        },
        "modules": [
            {"filename": "a.dll", "debug_id": "A1", "version": "1", "code_id": "C",
             "missing_symbols": True},
            {"filename": "b.dll", "debug_id": "B1", "cert_subject": "Us"},
            {"filename": "c.dll", "debug_id": None, "missing_symbols": True, "cert_subject": "Us"},
        ],
    }  # fmt: skip

    written, _ = run(
        stacks.thread_count,
        stacks.modules_in_stack,
        stacks.missing_symbols,
        stacks.module_certificates,
        inputs={"json_dump": dump},
        ModuleSignatureInfo='{"Them": ["x.dll"]}',
    )

    assert written == {
        "thread_count": 2,
        "modules_in_stack": "b.dll/B1;a.dll/A1;?/",
        "missing_symbols": "a.dll/1/A1/C;c.dll",
        "module_certificates": [{"subject": "Us", "modules": ["b.dll", "c.dll"]}],
    }


def test_without_signers_in_the_walk_the_clients_list_is_used() -> None:
    written, _ = run(
        stacks.module_certificates,
        ModuleSignatureInfo='{"B": ["x.dll", 7], "A": ["y.dll"], "C": 1}',
    )

    assert written["module_certificates"] == [
        {"subject": "A", "modules": ["y.dll"]},
        {"subject": "B", "modules": ["x.dll"]},
    ]


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"OS": "WINNT", "OSVersion": "10.0.22631"}, ("Windows NT", "10.0.22631", "Windows 11")),
        ({"OS": "Darwin", "OSVersion": "15.1"}, ("Mac OS X", "15.1", "macOS 15")),
        ({"OS": "Linux"}, ("Linux", None, "Linux")),
        ({"Android_Version": "33 (REL)"}, ("Android", "33", "Android 33")),
        ({"Android_Version": "34 (UpsideDownCake)\r\n"}, ("Android", "34", "Android 34")),
        ({"Android_Version": "9.1"}, ("Android", "9.1", "Android 9.1")),
        ({"Android_Version": "new (REL)"}, ("Android", "new (REL)", "Android new (REL)")),
        ({}, (None, None, None)),
    ],
)
def test_without_a_dump_the_clients_word_for_the_system_counts(
    sent: dict[str, str], expected: tuple[str | None, ...]
) -> None:
    written, _ = run(system.system, system.os_pretty_version, **sent)

    assert (written["os_name"], written["os_version"], written["os_pretty_version"]) == expected


def test_without_a_dump_the_clients_word_for_the_processor_counts() -> None:
    written, _ = run(
        system.processor,
        CPUArchitecture="arm64", CPUInfo="family 8", NumberOfProcessors="4",
    )  # fmt: skip

    assert written == {"cpu_arch": "arm64", "cpu_info": "family 8 | 4", "cpu_count": 4}


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"SubmittedFrom": "Client", "SubmittedFromInfobar": "1"}, "Client"),
        ({"SubmittedFromInfobar": "1"}, "Infobar"),
        ({"SubmittedFromInfobar": "0"}, None),
        ({}, None),
    ],
)
def test_where_a_crash_was_submitted_is_stored(sent: dict[str, str], expected: str | None) -> None:
    written, _ = run(collector.submitted_from, **sent)

    assert written["submitted_from"] == expected
