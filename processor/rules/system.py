"""The operating system and the CPU."""

import re

from processor.pipeline import Change, View, rule

# Windows by its two version numbers. Several releases are 10.0; the build number, compared as a
# number, tells them apart (as text, "3000" is more than "22000").
_WINDOWS = {
    (5, 0): "Windows 2000",
    (5, 1): "Windows XP",
    (5, 2): "Windows Server 2003",
    (6, 0): "Windows Vista",
    (6, 1): "Windows 7",
    (6, 2): "Windows 8",
    (6, 3): "Windows 8.1",
}
# Names of systems in annotations -> in dumps.
_SAME = {"WINNT": "Windows NT", "Darwin": "Mac OS X"}
_WINDOWS_11_BUILD = 22000
_NUMBERS = re.compile(r"(\d{1,6})\.(\d{1,6})(?:\.(\d{1,9}))?")


# Androids' names of processors -> names in dumps.
_ABIS = {
    "arm64-v8a": "arm64", "armeabi": "arm", "armeabi-v7a": "arm", "x86": "x86", "x86_64": "amd64",
    "mips": "mips", "mips64": "mips64", "riscv64": "riscv64",
}  # fmt: skip
_ANDROID = re.compile(r"(\d{1,9}(?:\.\d{1,9}){0,3})\s*(?:\([^()]*\))?", re.ASCII)


@rule(
    reads=("json_dump", "OS", "OSVersion", "Android_Version"),
    writes=("os_name", "os_version", "android_version"),
)
def system(crash: View) -> Change:
    """Name the operating system and its version: from the walk, else from the client.

    On Android the dump has the kernel's version, which no user knows. The client sends the API
    level and a word on the kind of release: 33 (REL).
    """
    info = crash.mapping("json_dump").get("system_info", {})
    name_sent = crash.word("OS")
    name = info.get("os") or _SAME.get(name_sent or "", name_sent)
    version = info.get("os_ver") or crash.word("OSVersion")
    android = crash.word("Android_Version", 100)
    if android and (numbered := _ANDROID.fullmatch(android)):
        android = numbered[1]
    if android and name in (None, "Linux", "Android"):
        name, version = "Android", android
    sent = {"android_version": android} if android else {}
    return {"os_name": name, "os_version": version, **sent}


@rule(
    reads=("json_dump", "CPUArchitecture", "CPUInfo", "NumberOfProcessors", "Android_CPU_ABI"),
    writes=("cpu_arch", "cpu_info", "cpu_count"),
)
def processor(crash: View) -> Change:
    """Name the CPU; `cpu_info` ends in the number of cores: `… stepping 8 | 4`."""
    info = crash.mapping("json_dump").get("system_info", {})
    cpu_info = info.get("cpu_info") or crash.word("CPUInfo")
    abi = crash.word("Android_CPU_ABI")
    sent = crash.word("CPUArchitecture") or abi
    arch = info.get("cpu_arch") or _ABIS.get((sent or "").lower(), sent)
    count = info.get("cpu_count")
    if count is None:
        count = crash.integer("NumberOfProcessors")
    if cpu_info is not None and count is not None:
        cpu_info = f"{cpu_info} | {count}"
    return {"cpu_arch": arch, "cpu_info": cpu_info, "cpu_count": count}


@rule(reads=("json_dump", "CPUMicrocodeVersion"), writes=("cpu_microcode_version",))
def microcode(crash: View) -> Change:
    """Give the version of the CPU's microcode: from the walk, else from the client."""
    walked = crash.mapping("json_dump").get("system_info", {}).get("cpu_microcode_version")
    version = walked or crash.word("CPUMicrocodeVersion", 100)
    return {"cpu_microcode_version": version} if version else {}


@rule(
    reads=("os_name", "os_version", "android_version", "json_dump", "LinuxLSBDescription"),
    writes=("os_pretty_version",),
)
def os_pretty_version(crash: View) -> Change:
    """Name the operating system as its users do: Windows 11, macOS 15, Debian GNU/Linux 12."""
    name, version = crash.text("os_name"), crash.text("os_version") or ""
    numbers = _NUMBERS.match(version)
    major, minor = (int(numbers[1]), int(numbers[2])) if numbers else (None, None)
    pretty = name
    if name == "Windows NT":
        build = int(numbers[3] or 0) if numbers else 0
        pretty = _windows(major, minor, build)
    elif name == "Mac OS X" and major is not None:
        pretty = _mac(major, minor or 0)
    elif name == "iOS" and major is not None:
        pretty = f"iOS {major}"
    elif name == "Android":
        pretty = f"Android {crash.text('android_version') or ''}".strip()
    elif name == "Linux":
        lsb = crash.mapping("json_dump").get("lsb_release")
        described = lsb.get("description") if isinstance(lsb, dict) else None
        is_text = isinstance(described, str) and described.strip()
        pretty = is_text or crash.word("LinuxLSBDescription") or name
    return {"os_pretty_version": pretty[:200] if pretty else None}


def _mac(major: int, minor: int) -> str:
    if (major, minor) == (10, 16):  # macOS 11 reports this to programs that are older than it
        return "macOS 11"
    if major > 10:
        return f"macOS {major}"
    return f"macOS 10.{minor}" if minor >= 12 else f"OS X {major}.{minor}"


def _windows(major: int | None, minor: int | None, build: int) -> str:
    if (major, minor) == (10, 0):
        return "Windows 11" if build >= _WINDOWS_11_BUILD else "Windows 10"
    if major is None or minor is None:
        return "Windows Unknown"
    return _WINDOWS.get((major, minor), "Windows Unknown")
