"""Fields of the application and the system in another form than clients send them."""

from typing import Any

import pytest

from processor.process import process
from processor.rules import annotations, application, plugins, system
from processor.stackwalk import OK, Walk
from processor.stackwalk_json import normalize
from socorro.crash import MAIN_DUMP
from tests.builders import make_crash
from tests.processor.test_rules import run

DUMP: dict[str, Any] = {
    "system_info": {"os": "Linux", "cpu_arch": "amd64", "cpu_microcode_version": "0x2b"},
    "lsb_release": {"description": "Ubuntu 24.04 LTS"},
}


def processed(dump: dict[str, Any] | None = None, **sent: str) -> dict[str, Any]:
    walks = {} if dump is None else {MAIN_DUMP: Walk(OK, normalize({**dump}))}
    return process(make_crash(**sent), walks)


@pytest.mark.parametrize("end", ["\r\n", "\n", " ", "\t \r\n"])
def test_blanks_and_line_ends_around_values_are_no_part_of_them(end: str) -> None:
    sent = {
        "Version": "140.0", "Android_Model": "Pixel 9", "Android_Version": "33 (REL)",
        "IPCMessageName": "PBrowser::Msg", "JSLargeAllocationFailure": "Reporting",
        "ipc_channel_error": "ShutDownKill", "Comments": "two\nlines", "UptimeTS": "12.5",
        "StartupCrash": "1", "Notes": "a note",
    }  # fmt: skip

    clean, padded = (
        processed(**{name: f"{around}{text}{around}" for name, text in sent.items()})
        for around in ("", end)
    )

    own = {"crash_id", "uuid"}
    assert {k: v for k, v in padded.items() if k not in own} == {
        k: v for k, v in clean.items() if k not in own
    }
    assert (clean["version"], clean["android_model"]) == ("140.0", "Pixel 9")


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("33 (REL)", ("33", "33", "Android 33")),
        ("30 (REL)", ("30", "30", "Android 30")),
        ("33", ("33", "33", "Android 33")),
        ("9.1 (REL)", ("9.1", "9.1", "Android 9.1")),
        ("34 (UpsideDownCake)", ("34", "34", "Android 34")),
        ("REL", ("REL", "REL", "Android REL")),
        ("9" * 9, ("9" * 9, "9" * 9, f"Android {'9' * 9}")),
        ("9" * 10 + " (REL)", (f"{'9' * 10} (REL)",) * 2 + (f"Android {'9' * 10} (REL)",)),
    ],
)
def test_android_is_called_by_its_api_level(sent: str, expected: tuple[str, str, str]) -> None:
    crash = processed(Android_Version=sent)

    assert (
        crash["android_version"], crash["os_version"], crash["os_pretty_version"],
    ) == expected  # fmt: skip
    assert crash["os_name"] == "Android"


@pytest.mark.parametrize(
    ("abi", "arch"),
    [
        ("arm64-v8a", "arm64"), ("ARM64-V8A", "arm64"), ("armeabi-v7a", "arm"),
        ("armeabi", "arm"), ("x86", "x86"), ("x86_64", "amd64"), ("riscv64", "riscv64"),
        ("loongarch64", "loongarch64"), ("", None),
    ],
)  # fmt: skip
def test_the_processor_of_android_is_named_as_in_dumps(abi: str, arch: str | None) -> None:
    assert processed(Android_CPU_ABI=abi)["cpu_arch"] == arch


def test_the_dump_and_cpu_architecture_come_before_the_abi() -> None:
    assert processed(Android_CPU_ABI="x86", CPUArchitecture="arm64-v8a")["cpu_arch"] == "arm64"
    assert processed(DUMP, Android_CPU_ABI="x86")["cpu_arch"] == "amd64"


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("audio-decoder-generic,js-oracle", ["audio-decoder-generic", "js-oracle"]),
        (" a , b ,", ["a", "b"]),
        ("a", ["a"]),
        ("", []),
        (",".join("a" * 100), ["a"] * 100),
        (",".join("a" * 101), ["a"] * 100),
        ("b" * 100, ["b" * 100]),
        ("b" * 101, ["b" * 100]),
    ],
)
def test_the_actors_of_the_utility_process_are_a_list(sent: str, expected: list[str]) -> None:
    written, notes = run(application.utility_actors, UtilityActorsName=sent)

    assert written["utility_actors_name"] == expected
    assert bool(notes) == (len(sent.split(",")) > 100)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [("Active", True), ("active\n", True), ("1", True), ("true", True), ("Inactive", False),
     ("0", False), ("false", False)],
)  # fmt: skip
def test_accessibility_is_true_or_false(sent: str, expected: bool) -> None:
    assert processed(Accessibility=sent)["accessibility"] is expected


def test_other_words_for_accessibility_are_noted() -> None:
    assert run(application.accessibility, Accessibility="private") == (
        {}, ["Accessibility is not Active or Inactive"],
    )  # fmt: skip
    assert run(application.accessibility, Accessibility=" ") == ({}, [])


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ("139827235205120", "0x7f2c10af3000"),
        ("0x7F2C10AF3000", "0x7f2c10af3000"),
        ("0", "0x0"),
        (str(2**64 - 1), "0xffffffffffffffff"),
        (str(2**64), None),
        ("0x10000000000000000", None),
        ("1" * 21, None),
        ("-1", None),
        ("0x-1", None),
        ("0xprivate", None),
        ("private", None),
        ("٣", None),
    ],
)
def test_the_address_of_the_heap_checker_is_hexadecimal(sent: str, expected: str | None) -> None:
    written, notes = run(application.phc_base_address, PHCBaseAddress=sent)

    assert written.get("phc_base_address") == expected
    assert notes == ([] if expected else ["PHCBaseAddress is not an address"])


def test_the_dump_knows_microcode_and_distribution_better_than_the_client() -> None:
    sent = {"CPUMicrocodeVersion": "0x1", "LinuxLSBDescription": "Debian GNU/Linux 12"}
    without = {"system_info": {"os": "Linux"}}

    walked, sent_only = processed(DUMP, **sent), processed(without, **sent)

    assert walked["cpu_microcode_version"] == "0x2b"
    assert walked["os_pretty_version"] == "Ubuntu 24.04 LTS"
    assert sent_only["cpu_microcode_version"] == "0x1"
    assert sent_only["os_pretty_version"] == "Debian GNU/Linux 12"
    assert "cpu_microcode_version" not in processed(without)


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"PluginHang": "1"}, ("https://plugin.example", "it hung")),
        ({"HangID": "h", "ProcessType": "plugin"}, ("https://plugin.example", "it hung")),
        ({}, ("https://page.example", "a comment")),
        ({"Hang": "1"}, ("https://page.example", "a comment")),
        ({"PluginHang": "0"}, ("https://page.example", "a comment")),
        ({"PluginHang": "1", "PluginContentURL": "", "PluginUserComment": " "},
         ("https://page.example", "a comment")),
    ],
)  # fmt: skip
def test_page_and_comment_of_a_plugin_hang_have_annotations_of_their_own(
    more: dict[str, str], expected: tuple[str, str]
) -> None:
    sent = {
        "URL": "https://page.example", "Comments": "a comment",
        "PluginContentURL": "https://plugin.example", "PluginUserComment": "it hung", **more,
    }  # fmt: skip

    written, _ = run(annotations.annotations, plugins.hang, plugins.plugin_hang_texts,
                     inputs={"id": "i"}, **sent)  # fmt: skip

    assert (written["url"], written["user_comments"]) == expected


@pytest.mark.parametrize("more", [0, 1])
def test_a_comment_of_a_plugin_hang_is_as_long_as_others(more: int) -> None:
    written, _ = run(plugins.plugin_hang_texts, inputs={"hang_type": -1},
                     PluginUserComment="c" * (10_000 + more))  # fmt: skip

    assert written == {"user_comments": "c" * 10_000}


@pytest.mark.parametrize(
    ("file", "version", "debug_id", "expected"),
    [
        ("FlashPlayerPlugin_2_3_4.exe", None, None, "2.3.4"),
        ("FlashPlayerPlugin_11_2_202_235.exe", "", None, "11.2.202.235"),
        ("flashplayerplugin.exe", "11.3.300.257", None, "11.3.300.257"),
        ("FlashPlayerPlugin_2_3_4.exe", "0.0.0.0", None, "2.3.4"),
        ("Flash Player-", None, "83CF4DC03621B778E931FC713889E8F10", "9.0.16.0"),
        ("Flash Player-", "0.0.0.0", "83cf4dc03621b778e931fc713889e8f10", "9.0.16.0"),
        ("libflashplayer.so", None, "7224164B5918E29AF52365AF3EAF7A500", "10.1.51.66"),
        ("other.exe", None, "7224164B5918E29AF52365AF3EAF7A500", None),
    ],
)
def test_flash_players_are_known_by_file_and_debug_id(
    file: str, version: str | None, debug_id: str | None, expected: str | None
) -> None:
    module = {"filename": file, "version": version, "debug_id": debug_id}

    written, _ = run(plugins.flash_version, inputs={"json_dump": {"modules": [module]}})

    assert written["flash_version"] == expected


@pytest.mark.parametrize("length", [100, 101])
def test_versions_of_microcode_and_android_have_100_characters(length: int) -> None:
    sent = {"CPUMicrocodeVersion": "0" * length, "Android_Version": "x" * length}

    written, _ = run(system.system, system.microcode, **sent)

    assert written["cpu_microcode_version"] == "0" * 100
    assert written["android_version"] == "x" * 100
