"""A filter of system calls: what no stack walker needs, and what attacks on a kernel begin with.

The refused calls fail with EPERM. Memory that limits do not count (memfd_create, System V) is
among them, as are sockets, tracing, and new namespaces.
"""

import ctypes
import struct

from processor.confined.linux import MACHINE, system_call

# Numbers of a call on x86-64 and on 64-bit ARM.
REFUSED = {
    "socket": (41, 198),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_getfd": (438, 438),
    "memfd_create": (319, 279),
    "memfd_secret": (447, 447),
    "shmget": (29, 194),
    "msgget": (68, 186),
    "semget": (64, 190),
    "mq_open": (240, 180),
    "unshare": (272, 97),
    "setns": (308, 268),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "mount_setattr": (442, 442),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "open_by_handle_at": (304, 265),
}
# clone() may start threads and processes, not namespaces. A filter cannot see the flags of
# clone3(), so it is said not to exist, and libc uses clone().
_CLONE, _CLONE3 = (56, 220), 435
_NEW_NAMESPACES = 0x7E020000

_MACHINES = {"x86_64": (0xC000003E, 0), "aarch64": (0xC00000B7, 1)}  # audit number, column
_X32 = 0x40000000  # numbers of another calling convention of x86-64 begin here
_ALLOW, _ERRNO = 0x7FFF0000, 0x00050000
_EPERM, _ENOSYS = 1, 38
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_LOAD, _EQUAL, _GREATER, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06

_SECCOMP = {"x86_64": 317, "aarch64": 277}
_SET_FILTER, _KEEP_SPECULATION = 1, 4


def program(machine: str) -> bytes:
    """Return the filter as a BPF program. Raises KeyError for an unsupported machine."""
    architecture, column = _MACHINES[machine]
    refuse = _statement(_RETURN, _ERRNO | _EPERM)
    steps = [
        _statement(_LOAD, _ARCHITECTURE_AT),
        _jump(_EQUAL, architecture, if_so=1),
        refuse,
        _statement(_LOAD, _NUMBER_AT),
    ]
    steps += [_jump(_GREATER, _X32, if_not=1), refuse]
    for numbers in REFUSED.values():
        steps += [_jump(_EQUAL, numbers[column], if_not=1), refuse]
    steps += [_jump(_EQUAL, _CLONE3, if_not=1), _statement(_RETURN, _ERRNO | _ENOSYS)]
    steps += [
        _jump(_EQUAL, _CLONE[column], if_not=3),
        _statement(_LOAD, _FIRST_ARGUMENT_AT),
        _jump(_ANY_BIT, _NEW_NAMESPACES, if_not=1),
        refuse,
        _statement(_RETURN, _ALLOW),
    ]
    return b"".join(steps)


def refuse_calls() -> None:
    """Filter the calls of this process, for good, and those of all its children.

    Needs no_new_privs. Raises OSError.
    """
    if MACHINE not in _MACHINES:
        raise OSError(38, f"no numbers of system calls for {MACHINE}")
    code = program(MACHINE)
    buffer = ctypes.create_string_buffer(code, len(code))
    described = struct.pack("HxxxxxxQ", len(code) // 8, ctypes.addressof(buffer))
    system_call(_SECCOMP[MACHINE], _SET_FILTER, _KEEP_SPECULATION, described)


def _statement(code: int, value: int) -> bytes:
    return struct.pack("<HBBI", code, 0, 0, value)


def _jump(code: int, value: int, if_so: int = 0, if_not: int = 0) -> bytes:
    """Skip some of the next steps, depending on a comparison with what was loaded."""
    return struct.pack("<HBBI", code, if_so, if_not, value)
