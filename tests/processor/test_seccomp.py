"""The filter of system calls, run as the kernel would, also for machines of another kind."""

import struct

import pytest

from processor.confined.seccomp import REFUSED, program

ALLOWED, EPERM, ENOSYS = 0x7FFF0000, 0x00050001, 0x00050026
X86, ARM = 0xC000003E, 0xC00000B7
MACHINES = [("x86_64", X86, 0), ("aarch64", ARM, 1)]
THREAD = 0x3D0F00  # the flags of a thread
CLONE, CLONE3 = (56, 220), 435
# Numbers of calls that every program needs: read, write, openat, mmap, execve, exit_group, futex.
NEEDED = ((0, 1, 257, 9, 59, 231, 202), (63, 64, 56, 222, 221, 94, 98))


def verdict(machine: str, number: int, architecture: int, argument: int = 0) -> int:
    """What the filter returns for a call: as many instructions as it uses are understood."""
    steps = list(struct.iter_unpack("<HBBI", program(machine)))
    data = struct.pack("<IIQQ", number, architecture, 0, argument)
    place, loaded = 0, 0
    while True:
        code, if_so, if_not, value = steps[place]
        match code:
            case 0x20:
                [loaded] = struct.unpack_from("<I", data, value)
                place += 1
            case 0x06:
                return int(value)
            case _:
                holds = {0x15: loaded == value, 0x35: loaded >= value, 0x45: loaded & value}[code]
                place += 1 + (if_so if holds else if_not)


@pytest.mark.parametrize(("machine", "architecture", "column"), MACHINES)
def test_only_what_is_listed_is_refused(machine: str, architecture: int, column: int) -> None:
    refused = {numbers[column] for numbers in REFUSED.values()}

    verdicts = {number: verdict(machine, number, architecture) for number in range(500)}

    assert {number for number, value in verdicts.items() if value == EPERM} == refused
    assert {number for number, value in verdicts.items() if value == ENOSYS} == {CLONE3}
    assert all(verdicts[number] == ALLOWED for number in NEEDED[column])


@pytest.mark.parametrize(("machine", "architecture", "column"), MACHINES)
@pytest.mark.parametrize(
    ("flags", "expected"),
    [
        (17, ALLOWED),  # a process
        (THREAD, ALLOWED),
        (0x4100, ALLOWED),  # as posix_spawn
        *((flag | 17, EPERM) for flag in (0x20000, 1 << 25, 1 << 26, 1 << 27, 1 << 28)),
        *((flag | 17, EPERM) for flag in (1 << 29, 1 << 30)),
        (0x80, ALLOWED),  # part of a signal's number here
    ],
)
def test_clone_starts_threads_and_processes_but_no_namespaces(
    machine: str, architecture: int, column: int, flags: int, expected: int
) -> None:
    # The first argument is at 16; `verdict` packs it after the address of the instruction.
    assert verdict(machine, CLONE[column], architecture, flags) == expected


@pytest.mark.parametrize(("machine", "foreign"), [("x86_64", ARM), ("aarch64", X86), ("x86_64", 3)])
def test_calls_of_another_architecture_are_refused(machine: str, foreign: int) -> None:
    assert verdict(machine, 0, foreign) == EPERM


@pytest.mark.parametrize(("number", "expected"), [(0x3FFFFFFF, ALLOWED), (0x40000000, EPERM)])
def test_another_calling_convention_is_refused(number: int, expected: int) -> None:
    assert verdict("x86_64", number, X86) == expected


def test_another_machine_has_no_filter() -> None:
    with pytest.raises(KeyError):
        program("riscv64")
