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
        ("inf", NOW, "CrashTime is not a number of seconds"),
        ("1e400", NOW, "CrashTime is not a number of seconds"),
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
    # Defect 18 of earlier systems: thread 0 was taken, and nobody told.
    dump = {"crash_info": {"crashing_thread": None}, "threads": [{"frames": []}]}

    found, notes = ran(crash.crashing_thread, given={"json_dump": dump})

    assert found["crashing_thread"] is None
    assert notes == ["no crashing thread identified"]


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
    # Defect 1 of earlier systems: one frame more was lost than the marker said.
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
    assert not {"safe_mode", "total_physical_memory", "vendor"} & set(found)
    assert sorted(notes) == [
        "Notes cut to 10000 characters",
        "SafeMode is not of type boolean",
        "TotalPhysicalMemory is not of type integer",
    ]


def test_the_version_of_a_beta_is_the_one_its_users_see() -> None:
    sent = {"Version": "140.0", "ReleaseChannel": "beta"}

    seen, silent = ran(
        product.version,
        TelemetryEnvironment=json.dumps({"build": {"displayVersion": "140.0b3"}}),
        **sent,
    )
    plain, noted = ran(product.version, **sent)

    assert (seen["version"], silent) == ("140.0b3", [])
    assert (plain["version"], noted) == ("140.0", ["the version does not tell which beta it is"])


@pytest.mark.parametrize(
    "environment",
    ["", "{", "[]", '{"build": 7}', '{"build": {"displayVersion": "141.0b3"}}',
     '{"build": {"displayVersion": "140.0b3 secret"}}', '{"build": {"displayVersion": ["1"]}}'],
)  # fmt: skip
def test_no_other_text_of_the_environment_gets_into_the_version(environment: str) -> None:
    found, _ = ran(
        product.version, Version="140.0", ReleaseChannel="beta", TelemetryEnvironment=environment
    )

    assert found["version"] == "140.0"


@pytest.mark.parametrize(
    ("version", "major"),
    [("140.0b3", 140), ("10", 10), ("0.0a1", 0), ("", None), ("x1", None), ("٣.0", None),
     ("9" * 50, None)],
)  # fmt: skip
def test_the_major_version_is_a_number(version: str, major: int | None) -> None:
    found, _ = ran(product.version, product.major_version, Version=version)

    assert found["major_version"] == major


@pytest.mark.parametrize(
    ("told", "environment", "expected"),
    [
        ("mint", "", "mint"),
        ("", '{"partner": {"distributionId": "canonical"}}', "canonical"),
        ("", '{"partner": {"distributionId": null, "x": 1}}', "mozilla"),
        ("", '{"partner": {"distributionId": 7}}', None),
        ("", '{"partner": {}}', None),
        ("", "", None),
    ],
)
def test_the_distribution_is_told_by_either_annotation(
    told: str, environment: str, expected: str | None
) -> None:
    found, _ = ran(product.distribution_id, DistributionID=told, TelemetryEnvironment=environment)

    assert found["distribution_id"] == expected


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({}, "crash"),
        ({"HangID": "h"}, "hang"),
        ({"Hang": "1"}, "hang"),
        ({"ipc_channel_error": "ShutDownKill"}, "hang"),
        ({"AsyncShutdownTimeout": "{}"}, "hang"),
        ({"MozCrashReason": "Shutdown hanging at step AppShutdown"}, "hang"),
        ({"MozCrashReason": "MOZ_CRASH()"}, "crash"),
    ],
)
def test_a_report_is_of_a_crash_or_of_a_hang(told: dict[str, str], expected: str) -> None:
    found, _ = ran(plugins.hang, annotations.annotations, plugins.report_type, **told)

    assert found["report_type"] == expected


def test_flash_is_known_by_its_debug_id_when_nothing_else_tells(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = plugins.read_debug_ids("# comment\nab12 11.1.102.55 # a build\n\nno version at all\n")
    monkeypatch.setattr(plugins, "FLASH_DEBUG_IDS", known)
    dump = {"modules": [{"filename": "libflashplayer.so", "version": None, "debug_id": "AB12"}]}

    found, _ = ran(plugins.flash_version, given={"json_dump": dump})

    assert found["flash_version"] == "11.1.102.55"


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"OOMAllocationSize": "262144"}, "small"),
        ({"OOMAllocationSize": "262145"}, "large"),
        ({"OOMAllocationSize": "0"}, "small"),
        ({"OOMAllocationSize": "-1"}, None),
        ({"OOMAllocationSize": "lots"}, None),
        ({"JSOutOfMemory": "Reported"}, "javascript"),
        ({"JSLargeAllocationFailure": "Recovered"}, None),
        ({}, None),
    ],
)
def test_the_kind_of_allocation_that_failed_is_told(
    told: dict[str, str], expected: str | None
) -> None:
    found, _ = ran(memory.out_of_memory, **told)

    assert found["oom"] == expected


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
def test_the_best_explanation_by_a_wrong_bit_is_told_in_per_cent(
    flips: object, expected: int | None
) -> None:
    dump = {"crash_info": {"possible_bit_flips": flips}}

    found, _ = ran(hardware.possible_bit_flips, given={"json_dump": dump})

    assert found["possible_bit_flips_max_confidence"] == expected


@pytest.mark.parametrize(
    ("accesses", "expected"),
    [
        ([{"address": "0x1"}, {"is_likely_guard_page": True}], True),
        ([{"is_likely_guard_page": "true"}], False),
        ([], None),
        (7, None),
    ],
)
def test_use_of_a_guard_page_is_told(accesses: object, expected: bool | None) -> None:
    dump = {"crash_info": {"memory_accesses": accesses, "crash_inconsistencies": ["a", 7]}}

    found, _ = ran(
        hardware.guard_page_access, hardware.crash_inconsistencies, given={"json_dump": dump}
    )

    assert found["has_guard_page_access"] is expected
    assert found["crash_inconsistencies"] == ["a"]


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
    found, notes = ran(java.java_stack_trace, JavaStackTrace=STACK)

    assert found["java_stack_trace"] == (
        "java.lang.IllegalStateException\n"
        "\tat org.mozilla.gecko.App.run(App.java:12)\n"
        "\tat a.b.C.<init>(Unknown Source)\n"
        "Caused by: java.io.IOException\n"
        "\tat a.b.C.lambda$run$0(C.kt)\n"
        "\t... 3 more"
    )
    assert notes == []


@pytest.mark.parametrize(
    "told",
    ["private", "private.name", "private text\n\tat a.b.C(D.java)", "x" * 10**6, "\n" * 10**6],
)
def test_what_is_no_java_stack_is_not_shown(told: str) -> None:
    found, notes = ran(java.java_stack_trace, JavaStackTrace=told)

    assert found["java_stack_trace"] is None
    assert notes == (["JavaStackTrace is not in the expected form"] if told.strip() else [])


def test_java_exceptions_are_shown_without_their_messages() -> None:
    frame = {"module": "a.b.C", "function": "d", "lineno": 5, "in_app": True, "vars": "private"}
    value = {
        "type": "E", "module": "a", "value": "private", "stacktrace": {"frames": [frame, 7]},
    }  # fmt: skip

    found, notes = ran(
        java.java_exception, JavaException=json.dumps({"exception": {"values": [value, "x"]}})
    )

    assert "private" not in str(found)
    assert found["java_exception"]["exception"]["values"] == [
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


@pytest.mark.parametrize("told", ["{", "[]", '{"exception": []}', '{"exception": {"values": {}}}'])
def test_a_java_exception_in_no_known_form_is_a_note(told: str) -> None:
    found, notes = ran(java.java_exception, JavaException=told)

    assert found["java_exception"] is None
    assert notes == ["JavaException is not in the expected form"]


@pytest.mark.parametrize(
    ("told", "public"),
    [
        ("MOZ_RELEASE_ASSERT(mHead)", "MOZ_RELEASE_ASSERT(mHead)"),
        ('Failed to load module "resource://private"', "Failed to load module"),
        ("byte index 3 is out of bounds of `private`", "byte index"),
        ("", None),
        ("x" * 5000, "x" * 1000),
    ],
)
def test_a_crash_reason_is_shown_without_what_it_quotes(told: str, public: str | None) -> None:
    found, _ = ran(notices.moz_crash_reason, MozCrashReason=told)

    assert found["moz_crash_reason"] == public


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ('[{"message": "a"}]', [{"message": "a"}]),
        ('{"values": [{"message": "a"}]}', [{"message": "a"}]),
        ("[1]", None),
        ("7", None),
        ("{", None),
    ],
)
def test_breadcrumbs_are_a_list_of_steps(told: str, expected: object) -> None:
    found, notes = ran(notices.breadcrumbs, Breadcrumbs=told)

    assert found["breadcrumbs"] == expected
    assert notes == ([] if expected else ["Breadcrumbs is not in the expected form"])


def test_what_macos_and_the_client_noted_is_kept_and_bounded() -> None:
    dump = {
        "mac_crash_info": {"num_records": 1, "records": [{"message": "m" * 20_000}]},
        "mac_boot_args": "-x",
        "soft_errors": [{"a": "b"}] * 1000,
    }

    found, notes = ran(notices.mac_notices, notices.soft_errors, given={"json_dump": dump})

    assert len(found["mac_crash_info"]) == notices.LONGEST_CRASH_INFO
    assert found["mac_boot_args"] == "-x"
    assert len(found["soft_errors"]) == notices.LONGEST_ERRORS
    assert notes == [
        "mac_crash_info cut to 16384 characters",
        "the client noted 1000 errors in the dump",
        "soft_errors cut to 4096 characters",
    ]


def test_modules_are_told_by_stack_symbols_and_signer() -> None:
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

    found, _ = ran(
        stacks.thread_count,
        stacks.modules_in_stack,
        stacks.missing_symbols,
        stacks.module_certificates,
        given={"json_dump": dump},
        ModuleSignatureInfo='{"Them": ["x.dll"]}',
    )

    assert found == {
        "thread_count": 2,
        "modules_in_stack": "b.dll/B1;a.dll/A1;?/",
        "missing_symbols": "a.dll/1/A1/C;c.dll",
        "module_certificates": [{"subject": "Us", "modules": ["b.dll", "c.dll"]}],
    }


def test_without_signers_in_the_walk_the_clients_are_told() -> None:
    found, _ = ran(
        stacks.module_certificates,
        ModuleSignatureInfo='{"B": ["x.dll", 7], "A": ["y.dll"], "C": 1}',
    )

    assert found["module_certificates"] == [
        {"subject": "A", "modules": ["y.dll"]},
        {"subject": "B", "modules": ["x.dll"]},
    ]


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"OS": "WINNT", "OSVersion": "10.0.22631"}, ("Windows NT", "10.0.22631", "Windows 11")),
        ({"OS": "Darwin", "OSVersion": "15.1"}, ("Mac OS X", "15.1", "macOS 15")),
        ({"OS": "Linux"}, ("Linux", None, "Linux")),
        ({"Android_Version": "30 (REL)"}, ("Android", "30 (REL)", "Android")),
        ({}, (None, None, None)),
    ],
)
def test_without_a_dump_the_clients_word_for_the_system_counts(
    told: dict[str, str], expected: tuple[str | None, ...]
) -> None:
    found, _ = ran(system.system, system.os_pretty_version, **told)

    assert (found["os_name"], found["os_version"], found["os_pretty_version"]) == expected


def test_without_a_dump_the_clients_word_for_the_processor_counts() -> None:
    found, _ = ran(
        system.processor,
        CPUArchitecture="arm64", CPUInfo="family 8", NumberOfProcessors="4",
    )  # fmt: skip

    assert found == {"cpu_arch": "arm64", "cpu_info": "family 8 | 4", "cpu_count": 4}


@pytest.mark.parametrize(
    ("told", "expected"),
    [
        ({"SubmittedFrom": "Client", "SubmittedFromInfobar": "1"}, "Client"),
        ({"SubmittedFromInfobar": "1"}, "Infobar"),
        ({"SubmittedFromInfobar": "0"}, None),
        ({}, None),
    ],
)
def test_where_a_crash_was_submitted_is_told(told: dict[str, str], expected: str | None) -> None:
    found, _ = ran(collector.submitted_from, **told)

    assert found["submitted_from"] == expected
