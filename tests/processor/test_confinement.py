"""What a walker cannot do, tried by walkers that do it, with namespaces and without.

A machine may forbid a measure. Then the test holds the report to it: `measures` says so, and why.
"""

import os
import resource
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from processor.child import Limits, RunResult, run
from processor.confined import namespaces
from processor.confinement import PURPOSES, Confinement, Measure, measures
from processor.memory_limit import memory_limit
from processor.walk_host import HostEnded, WalkHost
from tests.processor.conftest import running, sleeper, wait_until

FORBIDDEN = "namespaces are forbidden"
MODES = pytest.mark.parametrize("without", ["", FORBIDDEN], ids=["namespaces", "without"])
PYTHON = Path(sys.base_prefix) / "bin/python3"
SHELL = ["/bin/sh", "-c"]

TRY = """
import ctypes, mmap, os, signal, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def attempt(what, *words):
    try:
        value = what(*words)
    except OSError as error:
        print("refused:", type(error).__name__)
    else:
        if isinstance(value, int) and value < 0:
            print("refused: errno", ctypes.get_errno())
        else:
            print("done:", value)
"""


def walker(code: str, without: str = "", *reads: Path, writes: tuple[Path, ...] = ()) -> list[str]:
    """Run Python code as a walker; return what it printed."""
    confinement = Confinement([Path(sys.base_prefix), *reads], writes, without)
    command = [str(PYTHON), "-I", "-S", "-c", TRY + code]
    result = run(command, Limits(seconds=60), confinement=confinement)
    assert result.return_code == 0, result.stderr
    return result.stdout.decode().splitlines()


def shell(script: str, without: str = "", seconds: float = 60) -> RunResult:
    return run([*SHELL, script], Limits(seconds=seconds), confinement=Confinement(without=without))


def in_force(name: str, without: str) -> bool:
    """Whether this machine allows a measure; if it does not, there is a reason."""
    [measure] = [one for one in Confinement(without=without).measures() if one.name == name]
    assert measure.in_force == (not measure.reason)
    return measure.in_force


def refused(lines: list[str]) -> bool:
    return bool(lines) and all(line.startswith("refused: ") for line in lines)


@pytest.fixture
def victim() -> Iterator[int]:
    """A process of the same user, outside, with a secret in its environment."""
    process = subprocess.Popen(["sleep", "600"], env={"SECRET": "value"})
    yield process.pid
    process.kill()
    process.wait()


def test_every_measure_is_reported_with_its_purpose() -> None:
    reported = measures()

    assert {one.name: one.purpose for one in reported} == PURPOSES
    assert all(one.in_force or one.reason for one in reported)


def test_without_namespaces_the_report_says_what_is_missing_and_the_rest_holds() -> None:
    reported = {one.name: one for one in Confinement(without=FORBIDDEN).measures()}

    assert reported["namespaces"].reason == FORBIDDEN
    for name in ("files", "processes", "tasks"):
        assert reported[name].reason == "needs namespaces"
    ours = {one.name: one for one in measures()}
    for name in ("privileges", "landlock", "seccomp"):
        assert reported[name] == ours[name]


def test_a_measure_reads_as_a_sentence() -> None:
    assert str(Measure("files", True, "only symbols")) == "files: only symbols"
    assert str(Measure("files", False, "only symbols", "no Landlock")) == (
        "files: not in force (no Landlock): only symbols"
    )


def test_a_machine_on_which_no_host_starts_has_no_measure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/such/python")

    assert {(one.in_force, one.reason) for one in measures()} == {
        (False, "No such file or directory")
    }


@MODES
def test_a_walker_reaches_no_network(without: str) -> None:
    lines = walker(
        "for family in (socket.AF_INET, socket.AF_INET6, socket.AF_UNIX, socket.AF_NETLINK):\n"
        "    attempt(socket.socket, family, socket.SOCK_STREAM)\n"
        "print(open('/proc/self/net/dev').read())",
        without,
    )

    assert refused(lines[:4]) == in_force("seccomp", without)
    devices = {
        line.split(":")[0].strip() for line in lines if ":" in line and "refused" not in line
    }
    if in_force("namespaces", without):
        assert devices == {"lo"}


@MODES
def test_a_walker_reads_nothing_of_another_process(without: str, victim: int) -> None:
    files = ("environ", "mem", "maps", "root/etc/passwd")

    lines = walker(
        f"for name in {files}:\n    attempt(open, f'/proc/{victim}/{{name}}', 'rb')", without
    )

    assert refused(lines) == (in_force("namespaces", without) or in_force("landlock", without))


@MODES
def test_a_walker_traces_nobody(without: str, victim: int) -> None:
    lines = walker(
        f"for pid in ({victim}, os.getppid()):\n    attempt(libc.ptrace, 16, pid, 0, 0)\n"
        f"attempt(libc.process_vm_readv, os.getppid(), 0, 0, 0, 0, 0)",
        without,
    )

    assert refused(lines) == in_force("seccomp", without)


@MODES
def test_a_walker_reads_its_program_and_symbols_and_no_other_file(
    without: str, tmp_path: Path
) -> None:
    symbols, secret = tmp_path / "symbols", tmp_path / "secret"
    symbols.mkdir()
    (symbols / "a.sym").write_text("MODULE")
    (symbols / "link.sym").symlink_to(secret)
    secret.write_text("secret")

    paths = (str(secret), str(symbols / "link.sym"), "/etc/passwd")

    lines = walker(
        f"attempt(open, {str(symbols / 'a.sym')!r})\n"
        f"for path in {paths}:\n"
        "    attempt(open, path)\n"
        f"attempt(os.listdir, {str(Path.home())!r})",
        without,
        symbols,
    )

    assert lines[0].startswith("done: ")
    assert refused(lines[1:]) == (in_force("files", without) or in_force("landlock", without))


@MODES
def test_a_walker_fills_no_folder_and_no_memory_that_is_not_counted(
    without: str, tmp_path: Path
) -> None:
    symbols = tmp_path / "symbols"
    symbols.mkdir()
    folders = ("/tmp", "/var/tmp", "/dev/shm", "/dev", "/", "/usr", str(tmp_path), str(symbols))

    files = walker(
        f"for folder in {folders}:\n    attempt(open, folder + '/socorro-litter', 'wb')\n"
        f"attempt(os.mkdir, {str(symbols / 'folder')!r})",
        without,
        symbols,
    )
    memory = walker(
        "attempt(os.memfd_create, 'x')\nattempt(libc.shmget, 0, 4096, 0o1600)\n"
        "attempt(libc.msgget, 0, 0o1600)\nattempt(libc.semget, 0, 1, 0o1600)",
        without,
    )

    assert refused(files) == (in_force("files", without) or in_force("landlock", without))
    assert refused(memory) == in_force("seccomp", without)


def test_what_a_walker_may_not_read_is_not_even_there(tmp_path: Path) -> None:
    """Landlock lets a program look whether a file exists; the root of a host does not have it."""
    secret, symbols = tmp_path / "secret", tmp_path / "symbols"
    secret.write_text("secret")
    symbols.mkdir()

    lines = walker(
        f"attempt(os.stat, {str(symbols)!r})\n"
        f"for path in ({str(secret)!r}, '/etc/passwd', '/run', '/sys', '/.old-root'):\n"
        "    attempt(os.stat, path)",
        "",
        symbols,
    )

    assert lines[0].startswith("done: ")
    assert (set(lines[1:]) == {"refused: FileNotFoundError"}) == in_force("files", "")


def test_every_mount_that_a_walker_sees_is_read_only_but_the_one_it_may_write(
    tmp_path: Path,
) -> None:
    indexes = tmp_path / "indexes"
    indexes.mkdir()

    lines = walker("print(open('/proc/self/mountinfo').read())", writes=(indexes,))

    if not in_force("files", ""):
        return
    mounts = [line.split()[4:6] for line in lines if line]
    writable = [place for place, options in mounts if "ro" not in options.split(",")]
    assert writable == [str(indexes)]
    assert all("nosuid" in options.split(",") for _, options in mounts)


LANDLOCK_ALONE = """
import socket, sys
from processor.confined import landlock, linux
linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
print(landlock.restrict(["/"], []))
socket.create_connection(("127.0.0.1", int(sys.argv[1])))
"""


def test_landlock_alone_refuses_tcp() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        done = subprocess.run(
            [sys.executable, "-c", LANDLOCK_ALONE, str(server.getsockname()[1])],
            cwd=Path(__file__).parents[2], capture_output=True, text=True, check=False,
        )  # fmt: skip

    version = int(done.stdout or 0)
    assert ("create_connection" in done.stderr) == (version >= 4)
    assert ("PermissionError" in done.stderr) == (version >= 4)


@MODES
def test_a_walker_writes_only_where_it_may(without: str, tmp_path: Path) -> None:
    indexes = tmp_path / "indexes"
    indexes.mkdir()

    lines = walker(
        f"folder = {str(indexes)!r}\n"
        "attempt(open, folder + '/a', 'wb')\n"
        "attempt(os.rename, folder + '/a', folder + '/b')\n"
        f"attempt(open, {str(tmp_path / 'c')!r}, 'wb')",
        without,
        writes=(indexes,),
    )

    assert [line.split(":")[0] for line in lines] == ["done", "done", "refused"]
    assert [path.name for path in indexes.iterdir()] == ["b"]


@MODES
def test_a_walker_ends_no_other_process(without: str, victim: int) -> None:
    lines = walker(
        f"attempt(os.kill, {victim}, signal.SIGTERM)\nattempt(os.kill, {os.getpid()}, 0)", without
    )

    assert refused(lines) == (in_force("namespaces", without) or in_force("landlock", without))


def test_a_walker_cannot_end_its_host() -> None:
    result = shell("kill -KILL $PPID; kill -STOP $PPID; sleep 0.1; echo alive")

    assert (result.stdout, result.return_code) == (b"alive\n", 0)


@MODES
def test_a_walker_has_no_privilege_and_gains_none(without: str) -> None:
    lines = walker(
        "print(*[line for line in open('/proc/self/status').read().splitlines()\n"
        "        if line.startswith(('Cap', 'NoNewPrivs'))], sep='\\n')\n"
        "attempt(libc.mount, b'tmpfs', b'/usr', b'tmpfs', 0, 0)\nattempt(os.setgroups, [0, 1])\n"
        "attempt(os.chroot, '/')\nattempt(libc.unshare, 0x10000000)\n"
        "attempt(libc.setuid, 12345)",
        without,
    )

    status = dict(line.split(":\t") for line in lines[:6])
    assert status.pop("NoNewPrivs") == "1"
    assert len(status) == 5
    assert {int(status[name], 16) for name in ("CapPrm", "CapEff", "CapInh", "CapAmb")} == {0}
    assert refused(lines[6:])


@MODES
def test_a_setuid_program_is_an_ordinary_one(without: str) -> None:
    """`su` and `mount` are what every Debian has; as an ordinary user, `id` would tell as well."""
    result = shell("cat /proc/self/status | grep CapEff; mount -t tmpfs x /usr; echo $?", without)

    assert result.stdout.split()[1].strip(b"0") == b""
    assert result.stdout.split()[-1] != b"0"


@MODES
def test_when_memory_is_short_a_walker_is_killed_before_others(without: str) -> None:
    assert shell("cat /proc/self/oom_score_adj", without).stdout == b"500\n"


@pytest.mark.parametrize(
    ("groups", "files", "limit"),
    [
        ("0::/a/b", {}, None),
        ("0::/a/b", {"a/b/memory.max": "max\n"}, None),
        ("0::/a/b", {"a/b/memory.max": "max\n", "a/memory.max": "1000\n"}, 1000),
        ("0::/a/b", {"a/b/memory.max": "2000\n", "a/memory.max": "1000\n"}, 1000),
        ("0::/", {"memory.max": "1000\n"}, 1000),
        ("5:cpu,memory:/a\n0::/", {"memory/a/memory.limit_in_bytes": "1000\n"}, 1000),
        ("5:memory:/a", {"memory/a/memory.limit_in_bytes": "9223372036854771712\n"}, None),
        ("5:memory:/a", {"memory/a/memory.limit_in_bytes": str(2**60)}, None),
        ("5:memory:/a", {"memory/a/memory.limit_in_bytes": str(2**60 - 1)}, 2**60 - 1),
        ("5:cpu:/a", {"memory/a/memory.limit_in_bytes": "1000\n"}, None),
        ("", {}, None),
    ],
)
def test_the_least_limit_on_memory_counts(
    groups: str, files: dict[str, str], limit: int | None, tmp_path: Path
) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)

    assert memory_limit(groups, tmp_path) == limit


def test_a_walk_has_a_bounded_number_of_processes() -> None:
    code = """
count = 0
try:
    for count in range(2000):
        if os.fork() == 0:
            signal.pause()
except OSError:
    pass
print(count)
"""
    if not in_force("tasks", ""):
        return

    count = int(walker(code)[0])

    assert 100 < count < 600
    assert int(walker(code)[0]) > 100  # the next walk has as many again


def test_root_is_not_said_to_be_bound_where_only_the_limit_of_a_user_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RLIMIT_NPROC does not hold root, and before Linux 6.14 process numbers are not our own."""
    pid_max = tmp_path / "pid_max"
    monkeypatch.setattr(namespaces, "_PID_MAX", pid_max)
    monkeypatch.setattr(resource, "setrlimit", lambda *_: None)

    def bound(user: int, highest: int) -> None:
        monkeypatch.setattr(os, "getuid", lambda: user)
        pid_max.write_text(str(highest))
        namespaces.bound_tasks()

    bound(1000, 4_194_304)
    bound(0, 556)
    with pytest.raises(OSError, match="run the processor as a user of its own"):
        bound(0, 4_194_304)


IN_A_CONTAINER = """
import os
from pathlib import Path
from processor.child import Limits, run
from processor.confined import linux
from processor.confinement import Confinement

user, group = os.getuid(), os.getgid()
linux.unshare(linux.NEW_USER | linux.NEW_MOUNT)
Path("/proc/self/setgroups").write_text("deny")
Path("/proc/self/uid_map").write_text(f"{user} {user} 1")
Path("/proc/self/gid_map").write_text(f"{group} {group} 1")
linux.mount("", "/", flags=linux.MS_REC | linux.MS_SLAVE)
linux.mount("tmpfs", "/proc/sys", "tmpfs")
confinement = Confinement()
print(*[one.name for one in confinement.measures() if one.in_force])
result = run(["/bin/sh", "-c", "cat /dev/fd/0 /proc/1/environ"], Limits(), b"a dump",
    confinement=confinement)
print(result.stdout.decode(), result.stderr)
"""


def test_in_a_container_that_hides_some_of_proc_walkers_are_confined_as_well() -> None:
    """There the kernel lets nobody mount a /proc: the container's own is used."""
    if not in_force("namespaces", ""):
        return

    done = subprocess.run(
        [sys.executable, "-c", IN_A_CONTAINER],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True,
    )  # fmt: skip

    names, dump, error = done.stdout.splitlines()[0], *done.stdout.splitlines()[1].split("cat:")
    assert set(names.split()) | {"tasks"} == set(PURPOSES)
    assert dump.strip() == "a dump"
    assert "/proc/1/environ" in error


WITHOUT_MOUNT = """
from processor.child import Limits, run
from processor.confined import linux, seccomp
from processor.confinement import Confinement

seccomp.REFUSED = {"mount": seccomp.REFUSED["mount"]}
linux.prctl(linux.PR_SET_NO_NEW_PRIVS, 1)
seccomp.refuse_calls()
confinement = Confinement()
print(*[f"{one.name}: {one.reason}" for one in confinement.measures() if not one.in_force], sep="|")
print(run(["/bin/sh", "-c", "echo walked"], Limits(), confinement=confinement).stdout.decode())
"""


def test_where_mounting_is_forbidden_walkers_walk_without_namespaces() -> None:
    """As an AppArmor profile may have it; half of a root would be none."""
    if not in_force("namespaces", ""):
        return

    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_MOUNT],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True,
    )  # fmt: skip

    missing, walked = done.stdout.split("\n")[:2]
    assert missing.split("|") == [
        "namespaces: cannot mount: Operation not permitted", "files: needs namespaces",
        "processes: needs namespaces", "tasks: needs namespaces",
    ]  # fmt: skip
    assert walked == "walked"


LIMITED = """
import resource
from processor.child import Limits, run
from processor.confined import linux

linux.drop_capabilities()  # root may raise hard limits
for number, most in (
    (resource.RLIMIT_NPROC, 100), (resource.RLIMIT_NOFILE, 200), (resource.RLIMIT_FSIZE, 10**6),
    (resource.RLIMIT_CPU, 20), (resource.RLIMIT_AS, 2**31),
):
    resource.setrlimit(number, (most, most))
print(run(["/bin/sh", "-c", "ulimit -n; ulimit -t; ulimit -v; ulimit -f"], Limits()).stdout)
"""


def test_limits_of_the_service_that_are_lower_hold() -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, check=True,
    )  # fmt: skip

    assert done.stdout.strip() == str(f"200\n20\n{2**21}\n{10**6 // 512}\n".encode())


@MODES
def test_whatever_a_walk_started_ends_with_it(without: str) -> None:
    one, other = sleeper(), sleeper()

    result = shell(f"setsid {one} & (setsid {other} &) & sleep 0.2; echo done", without)

    assert result.stdout == b"done\n"
    assert running(one) + running(other) == []


@MODES
def test_whatever_a_walk_started_ends_when_its_time_is_over(without: str) -> None:
    one, other = sleeper(), sleeper()

    result = shell(f"setsid {one} & {other}", without, seconds=1)

    assert result.killed == "time"
    assert running(one) + running(other) == []


@MODES
def test_whatever_a_walk_started_ends_with_a_killed_processor(without: str) -> None:
    one, other = sleeper(), sleeper()
    code = (
        "from processor.child import Limits, run\n"
        "from processor.confinement import Confinement\n"
        f"run({[*SHELL, f'setsid {one} & {other}']}, Limits(),\n"
        f"    confinement=Confinement(without={without!r}))"
    )
    processor = subprocess.Popen([sys.executable, "-c", code], cwd=Path(__file__).parents[2])
    wait_until(lambda: running(one) and running(other))

    processor.send_signal(signal.SIGKILL)
    processor.wait()

    wait_until(lambda: not running(one) and not running(other), 10)


@MODES
def test_a_walk_sees_the_files_that_are_there_when_it_starts(without: str, tmp_path: Path) -> None:
    symbols = tmp_path / "symbols"
    confinement = Confinement([symbols], without=without)
    read = [*SHELL, f"cat {symbols}/a.sym"]

    before = run(read, Limits(), confinement=confinement)
    symbols.mkdir()
    (symbols / "a.sym").write_text("first")
    first = run(read, Limits(), confinement=confinement)
    symbols.rename(tmp_path / "old")
    symbols.mkdir()
    (symbols / "a.sym").write_text("second")
    second = run(read, Limits(), confinement=confinement)

    assert before.return_code != 0
    assert (first.stdout, second.stdout) == (b"first", b"second")


@MODES
def test_paths_may_lead_through_links(without: str, tmp_path: Path) -> None:
    real, link = tmp_path / "real/symbols", tmp_path / "link"
    real.mkdir(parents=True)
    (real / "a.sym").write_text("MODULE")
    link.symlink_to(tmp_path / "real")
    (tmp_path / "sh").symlink_to("/bin/sh")
    reads = [link / "symbols", tmp_path / "sh"]

    result = run(
        [str(tmp_path / "sh"), "-c", f"cat {link}/symbols/a.sym"],
        Limits(),
        confinement=Confinement(reads, without=without),
    )

    assert result.stdout == b"MODULE"


def test_a_host_serves_one_walk_after_another() -> None:
    confinement = Confinement()
    hosts = []
    for _ in range(2):
        with confinement.host() as host:
            hosts.append(host)
            host.start(["/bin/true"], [], [0, 1, 2, 2])
            assert host.return_code() == 0

    assert hosts[0] is hosts[1]


def test_two_walks_at_the_same_time_have_a_host_each() -> None:
    confinement = Confinement()

    with confinement.host() as one, confinement.host() as other:
        assert one is not other


def test_a_host_that_is_killed_takes_its_walker_along() -> None:
    command = sleeper()
    host = WalkHost([], [], "")
    host.start(command.replace("sleep", "/bin/sleep").split(), [], [0, 1, 2, 2])
    wait_until(lambda: running("/bin/" + command))
    [walker_process] = running("/bin/" + command)

    walker_process.parent().kill()

    with pytest.raises(HostEnded):
        host.return_code()
    host.close()
    assert running("/bin/" + command) == []


def test_a_host_that_was_killed_between_two_walks_is_replaced() -> None:
    confinement = Confinement()
    with confinement.host() as host:
        host._process.kill()
        wait_until(lambda: not host.is_current())

    with confinement.host() as other:
        assert other is not host
        other.start(["/bin/true"], [], [0, 1, 2, 2])
        assert other.return_code() == 0


def test_hosts_end_with_their_confinement() -> None:
    confinement = Confinement()
    with confinement.host() as host:
        process = host._process

    del confinement, host

    assert process.poll() is not None
