"""Machines that crash: system, processor, add-ons, and what was injected into the program."""

import json
from dataclasses import dataclass, replace
from hashlib import sha256
from random import Random
from typing import Final

from cli.fakedata import words
from cli.fakedata.copy_text import cell

VERSIONS: Final = {
    "Windows NT": (("10.0.19045", 38), ("10.0.26100", 40), ("10.0.22631", 14), ("6.1.7601", 8)),
    "Mac OS X": (("15.5.0 24F74", 50), ("14.7.1 23H222", 35), ("10.15.7 19H15", 15)),
    "Linux": (("6.8.0-60-generic", 50), ("6.1.0-37-amd64", 30), ("5.15.0-139-generic", 20)),
    "Android": (("15", 40), ("14", 35), ("13", 25)),
}
PROCESSORS: Final = {
    "Windows NT": (
        ("amd64", "family 6 model 142 stepping 10"),
        ("amd64", "family 25 model 80 stepping 0"),
        ("amd64", "family 6 model 58 stepping 9"),
        ("x86", "family 6 model 23 stepping 10"),
    ),
    "Mac OS X": (
        ("arm64", "Cinder M2"),
        ("arm64", "Cinder M3"),
        ("amd64", "family 6 model 158 stepping 10"),
    ),
    "Linux": (
        ("amd64", "family 23 model 113 stepping 0"),
        ("amd64", "family 6 model 94 stepping 3"),
    ),
    "Android": (("arm64", "Basalt 8"), ("arm64", "Basalt 6"), ("arm", "Pebble 4")),
}
CORES: Final = (2, 4, 4, 8, 8, 12, 16)
HOOK: Final = "inkwellhook.dll"  # known good, and on some Windows machines everywhere
OLD_SYSTEM: Final = "10.0.19045"  # the Windows version of the Simpson's paradox
OLD_MODULE: Final = "oldprintspool.dll"  # comes with that version, and with no crash


@dataclass(frozen=True, slots=True)
class Machine:
    """One machine, with the parts of its rows that never change."""

    os_name: str
    os_version: str
    head: str  # for COPY: os_name, os_version, cpu_arch, cpu_info, app_notes, addons_checked
    json: str  # for COPY: its part of `fields`
    injected: str  # modules on its stacks: ";file/debug id"
    flash: str  # its version, or NULL

    def injecting(self, modules: str) -> "Machine":
        """Return this machine with these modules on its stacks."""
        return replace(self, injected=modules)


def debug_id(*words: object) -> str:
    """Return the debug id of a module: the same parts, the same id."""
    return sha256("/".join(map(str, words)).encode()).hexdigest()[:32].upper() + "1"


def module(name: str, *words: object) -> str:
    """Return a module as stacks list it: file/debug id."""
    return f"{name}/{debug_id(name, *words)}"


def pool(seed: int, product: str, os_name: str, count: int) -> list[Machine]:
    """Return machines on which a product runs."""
    rng = Random(f"{seed}/machines/{product}/{os_name}")  # noqa: S311
    addons = [
        (f"{words.word(rng)}-{words.word(rng)}@addons.example", rng.randrange(9)) for _ in range(60)
    ]
    return [make(rng, os_name, addons) for _ in range(count)]


def make(
    rng: Random,
    os_name: str,
    addons: list[tuple[str, int]],
    version: str | None = None,
    microcode: str | None = None,
) -> Machine:
    """Make one machine."""
    names, shares = zip(*VERSIONS[os_name], strict=True)
    version = version or rng.choices(names, shares)[0]
    arch, info = rng.choice(PROCESSORS[os_name])
    cores = rng.choice(CORES)
    vendor, device = (
        rng.choice(("0x8086", "0x10de", "0x1002")),
        f"0x{rng.randrange(4096, 65536):04x}",
    )
    notes = f"AdapterVendorID: {vendor}, AdapterDeviceID: {device}"
    head = [os_name, version, arch, f"{info} | {cores}", notes, rng.choice(("t", "t", "f", None))]
    weights = [1 / (n + 2) for n in range(len(addons))]
    installed = rng.choices(addons, weights, k=rng.choice((0, 0, 1, 2, 4))) if addons else []
    fields = {
        "addons": sorted({f"{name}:{number}.{len(name)}" for name, number in installed}),
        "cpu_microcode_version": microcode or f"0x{rng.randrange(16, 250):x}",
        "total_physical_memory": rng.choice((4, 8, 8, 16, 16, 32)) * 2**30,
    }
    if not installed:
        del fields["addons"]
    flash = rng.choice(("11.1.102.55", "11.1.102.63", "10.3.183.15", "32.0.0.465"))
    return Machine(
        os_name,
        version,
        "\t".join(map(cell, head)),
        json.dumps(fields)[1:-1].replace("\\", "\\\\"),
        _injected(rng, os_name, version),
        flash if os_name != "Android" and rng.random() < 0.15 else "\\N",
    )


def _injected(rng: Random, os_name: str, version: str) -> str:
    modules = []
    if os_name == "Windows NT":
        if rng.random() < 0.04:
            modules.append(module(HOOK, 1))
        if rng.random() < (0.6 if version == OLD_SYSTEM else 0.05):
            modules.append(module(OLD_MODULE, 1))
    return "".join(f";{name}" for name in modules)
