#!/usr/bin/env python3
"""A stack walker that misbehaves as the dump says: `FAULT:kind` at its end. Else the real one.

The battery copies it beside a line's home, with REAL in its environment's place: `real` there is
a link to the true walker.
"""

import contextlib
import json
import os
import resource
import signal
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
MARK = b"FAULT:"
SLEEP = 3600
KILLED = "killed"  # the battery puts this file beside us when it has killed us once
FRAME = {"frame": 0, "function": "f", "module": "m", "offset": "0x1", "trust": "context"}


def real() -> None:
    """Become the true walker."""
    program = str(HERE / "real")
    os.execv(program, [program, *sys.argv[1:]])


def document(**changed: object) -> dict[str, object]:
    """Return a small document as a walker prints it."""
    thread = {"frames": [FRAME], "frame_count": 1}
    return {
        "status": "OK", "crash_info": {"type": "SIGSEGV", "address": "0x0", "crashing_thread": 0},
        "system_info": {"os": "Linux", "cpu_arch": "amd64"}, "threads": [thread],
        "crashing_thread": {**thread, "threads_index": 0}, "modules": [], **changed,
    }  # fmt: skip


def say(text: str | bytes) -> None:
    """Write to stdout, which may take less at once."""
    data = text if isinstance(text, bytes) else text.encode()
    while data:
        data = data[os.write(1, data) :]


def gigabyte(descriptor: int) -> None:
    """Write a gigabyte."""
    for _ in range(1024):
        os.write(descriptor, b"x" * 2**20)


def fork_many() -> None:
    """Leave sixty children behind."""
    for _ in range(60):
        if os.fork() == 0:
            time.sleep(SLEEP)
    print(json.dumps(document()))


def leave_session() -> None:
    """Leave a child that is in no session of ours, and whose parent is gone."""
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            time.sleep(SLEEP)
        os._exit(0)
    time.sleep(0.2)
    print(json.dumps(document()))


def die(number: int) -> None:
    """End by a signal."""
    with contextlib.suppress(OSError, ValueError):
        signal.signal(number, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.kill(os.getpid(), number)
    time.sleep(0.5)
    sys.exit(7)  # signals that do not end a process


def killed_outside() -> None:
    """Wait to be killed the first time, as by the kernel for a neighbour's memory; then work."""
    if (HERE / KILLED).exists():
        real()
    time.sleep(SLEEP)


def eat_memory() -> None:
    """Take all the memory that one may have."""
    held = []
    while True:
        held.append(b"x" * 2**26)


def touch_parent() -> None:
    """Try to end whatever started us."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(OSError):
            os.kill(os.getppid(), number)
    print(json.dumps(document()))


def ignore_term() -> None:
    """Ignore every signal that can be ignored, and never end."""
    for number in range(1, signal.NSIG):
        with contextlib.suppress(OSError, ValueError):
            signal.signal(number, signal.SIG_IGN)
    time.sleep(SLEEP)


def close_all() -> None:
    """Close stdin, stdout and stderr, and go on for a second."""
    for descriptor in (0, 1, 2):
        os.close(descriptor)
    time.sleep(1)
    os._exit(0)


def write_to_input() -> None:
    """Write into what was given to read."""
    with contextlib.suppress(OSError):
        os.write(0, b"x" * 1000)
    with contextlib.suppress(OSError):
        os.ftruncate(0, 2**40)
    print(json.dumps(document()))


def spin() -> None:
    """Use all of a processor."""
    while True:
        pass


def print_slowly() -> None:
    """Print a byte ten times a second, for ever."""
    while True:
        say(b" ")
        time.sleep(0.1)


def open_many() -> None:
    """Take all descriptors."""
    with contextlib.suppress(OSError):
        while True:
            os.dup(0)
    print(json.dumps(document()))


def fill_folders() -> None:
    """Write where anybody may, and beside us: nothing may be left of it."""
    for folder in (Path("/tmp"), Path("/dev/shm"), Path("/var/tmp"), HERE):
        with contextlib.suppress(OSError):
            (folder / "socorro-fault-walker").write_bytes(b"x" * 2**20)
    print(json.dumps(document()))


def half_json() -> None:
    """Print the first half."""
    text = json.dumps(document())
    say(text[: len(text) // 2])


ODD = [None, True, -1, 1e300, "x", [], {}, [[]], [{}], {"frames": {}}]
KINDS = {
    "hang": lambda: time.sleep(SLEEP),
    "spin": spin,
    "ignore-term": ignore_term,
    "garbage": lambda: say(os.urandom(100_000)),
    "nothing": lambda: None,
    "gigabyte": lambda: gigabyte(1),
    "gigabyte-of-errors": lambda: gigabyte(2),
    "slowly": print_slowly,
    "fork": fork_many,
    "setsid": leave_session,
    "close-all": close_all,
    "half-json": half_json,
    "json-types": lambda: say(
        json.dumps({**dict.fromkeys(document(), 7), "threads": ODD, "modules": ODD})
    ),
    "json-frames": lambda: say(
        json.dumps(document(threads=[{"frames": [dict.fromkeys(FRAME, odd) for odd in ODD]}]))
    ),
    "json-deep": lambda: say(b'{"threads": ' + b"[" * 200_000 + b"]" * 200_000 + b"}"),
    "json-nan": lambda: say(json.dumps(document(uptime=float("nan"), pid=float("-inf")))),
    "json-huge-numbers": lambda: say(json.dumps(document(pid=10**400, main_module=2**70))),
    "json-float-index": lambda: say(json.dumps(document(main_module=1e308, thread_count=-1))),
    "json-surrogate": lambda: say(b'{"status": "OK", "a\\ud800": "\\udfff\\u0000", "threads": []}'),
    "json-utf8": lambda: say(b'{"status": "OK", "os": "\xff\xfe\xc0\x80", "threads": []}'),
    "json-many-frames": lambda: say(json.dumps(document(threads=[{"frames": [FRAME] * 300_000}]))),
    "json-many-keys": lambda: say(json.dumps({f"key{n}": n for n in range(500_000)})),
    "json-long-name": lambda: say(
        json.dumps(document(crashing_thread={"frames": [{**FRAME, "function": "f" * 20_000_000}]}))
    ),
    "write-to-input": write_to_input,
    "open-many": open_many,
    "eat-memory": eat_memory,
    "fill-folders": fill_folders,
    "kill-parent": touch_parent,
    "exit-255": lambda: sys.exit(255),
    "killed-outside": killed_outside,
    **{f"signal-{number}": lambda number=number: die(number) for number in range(1, 32)},
}


def main() -> None:
    """Do what the dump says."""
    if "--version" in sys.argv:
        real()
    with Path("/dev/fd/0").open("rb") as dump:
        dump.seek(0, os.SEEK_END)
        dump.seek(max(0, dump.tell() - 100))
        _, mark, kind = dump.read().rpartition(MARK)
    if not mark:
        real()
    KINDS[kind.decode().strip()]()


if __name__ == "__main__":
    main()
