"""Facts that a bug report wants besides the key facts. Reads public fields only."""

import re
from collections.abc import Iterator
from typing import Final

from webapp.crashstats.fact import Fact
from webapp.crashstats.reading import Document, number, text, texts

NEAR_NULL: Final = 64 * 1024  # bytes; nothing is ever mapped there
LARGE_SPACE: Final = 2**40  # bytes; a larger address space never runs out
POISON: Final = "e5e5e5e5"  # what Mozilla's allocator writes over freed memory
_ACCESSES: Final = ("ACCESS_VIOLATION", "IN_PAGE_ERROR", "SIGSEGV", "SIGBUS", "EXC_BAD_ACCESS")
_VERBS: Final = {"WRITE": "wrote to", "READ": "read from", "EXEC": "executed"}
_VENDORS: Final = {
    "0x1002": "AMD", "0x10de": "NVIDIA", "0x13b5": "Arm", "0x1414": "Microsoft", "0x15ad": "VMware",
    "0x5143": "Qualcomm", "0x8086": "Intel", "0x80ee": "VirtualBox",
}  # fmt: skip


def access(processed: Document) -> Fact:
    """Return `wrote to 0x45, near null`, or the address where nothing accessed memory."""
    reason, address = text(processed, "reason"), text(processed, "address")
    if not address or not any(word in reason for word in _ACCESSES):
        return Fact("Address", address, mono=True, field="address")
    verb = next((verb for word, verb in _VERBS.items() if word in reason), "accessed")
    short = f"0x{address.removeprefix('0x').lstrip('0') or '0'}"
    kind = _kind(processed, address)
    return Fact("Access", f"{verb} {short}" + (f", {kind}" if kind else ""), field="address")


def _kind(processed: Document, address: str) -> str:
    kind = text(processed, "crash_address_kind")
    digits = address.removeprefix("0x").lower()
    value = int(digits, 16) if re.fullmatch("[0-9a-f]{1,16}", digits) else None
    if kind == "null-pointer" or (value is not None and value < NEAR_NULL):
        return "null" if value == 0 else "near null"
    if digits.startswith(POISON):
        return "freed memory"
    if processed.get("has_guard_page_access") is True:
        return "a guard page"
    return "not a valid address" if kind == "non-canonical" else kind


def size(count: int) -> str:
    """Return `262 bytes`, `256 KiB`, `3.2 GiB`."""
    for unit, name in ((2**40, "TiB"), (2**30, "GiB"), (2**20, "MiB"), (2**10, "KiB")):
        if count >= unit:
            amount = f"{count / unit:,.1f}".removesuffix(".0")
            return f"{amount} {name}"
    return f"{count:,} byte{'s' * (count != 1)}"


def facts(processed: Document) -> Iterator[Fact]:
    """Yield the facts; those that the client did not send are empty."""
    yield _allocation(processed)
    yield Fact("Memory", ", ".join(_memory(processed)), note="; ".join(_limits(processed)))
    yield _graphics(processed)
    yield Fact("Device", _device(processed))
    yield Fact("Locale", text(processed, "useragent_locale"), field="useragent_locale")
    yield Fact("Mode", ", ".join(_modes(processed)))
    yield Fact("Shutdown", text(processed, "shutdown_progress"), field="shutdown_progress")


def _allocation(processed: Document) -> Fact:
    bytes_wanted, kind = number(processed, "oom_allocation_size"), text(processed, "oom")
    if bytes_wanted is None or bytes_wanted < 0:
        return Fact("Out of memory", "in JavaScript" if kind == "javascript" else "")
    exact = f"{bytes_wanted:,} bytes" if bytes_wanted >= 1024 else ""
    return Fact(
        "Allocation", f"{size(bytes_wanted)} failed", note=" · ".join(filter(None, (kind, exact)))
    )


def _memory(processed: Document) -> Iterator[str]:
    total = number(processed, "total_physical_memory")
    free = number(processed, "available_physical_memory")
    used = number(processed, "system_memory_use_percentage")
    if total and total > 0:
        yield size(total)
    if free is not None and free >= 0:
        yield f"{size(free)} free"
    if used is not None:
        yield f"{used} % in use"


def _limits(processed: Document) -> Iterator[str]:
    commit = number(processed, "available_page_file")
    space, left = (number(processed, f"{kind}_virtual_memory") for kind in ("total", "available"))
    if commit is not None and commit >= 0:
        yield f"{size(commit)} left to commit"
    if left is not None and left >= 0 and space and 0 < space < LARGE_SPACE:
        yield f"address space {size(space)}, {size(left)} free"


def _graphics(processed: Document) -> Fact:
    vendor, device = text(processed, "adapter_vendor_id"), text(processed, "adapter_device_id")
    driver = text(processed, "adapter_driver_version")
    name = _VENDORS.get(vendor.lower(), vendor)
    return Fact(
        "Graphics", " ".join(filter(None, (name, device))), note=driver and f"driver {driver}"
    )


def _device(processed: Document) -> str:
    maker, model = text(processed, "android_manufacturer"), text(processed, "android_model")
    version = text(processed, "android_version")
    return " ".join(filter(None, (maker, model, version and f"(Android {version})")))


def _modes(processed: Document) -> Iterator[str]:
    modes = {"safe_mode": "safe mode", "startup_crash": "crashed at startup",
             "headless_mode": "headless", "is_wayland": "Wayland"}  # fmt: skip
    return (word for name, word in modes.items() if processed.get(name) is True)


def hardware(processed: Document) -> list[str]:
    """Return what in the crash itself makes the hardware suspect, in sentences."""
    confidence = number(processed, "possible_bit_flips_max_confidence")
    contradictions = texts(processed, "crash_inconsistencies")
    reasons = []
    if confidence:
        reasons.append(f"One flipped bit explains the address ({confidence} % confidence).")
    if contradictions:
        reasons.append(f"The dump contradicts itself: {', '.join(contradictions)}.")
    return reasons
