"""What starts and stops services on a machine: systemd, or supervisor."""

import http.client
import socket
import subprocess
import time
import xmlrpc.client
from http import HTTPStatus
from typing import Any, Final, Protocol

from socorro_deploy.failure import DeployFailed, NotHealthy
from socorro_deploy.settings import Settings

_POLL_SECONDS: Final = 0.1
_RPC_SECONDS: Final = 10.0
_BAD_NAME, _NOT_RUNNING, _ALREADY_STARTED = 10, 70, 60  # faults of supervisor
_STOPPED, _BACKOFF, _EXITED, _FATAL = 0, 30, 100, 200  # states of supervisor
_ENDED: Final = (_STOPPED, _EXITED, _FATAL)
_ENDED_BY_ITSELF: Final = (_BACKOFF, _EXITED, _FATAL)


class Manager(Protocol):
    """Starts and stops units by name."""

    def restart(self, unit: str, seconds: float) -> None:
        """Stop it and start it again; start it if it does not run.

        Raises NotHealthy when that takes longer than *seconds* or fails.
        """

    def stop(self, unit: str, seconds: float) -> None:
        """Stop it. Raises NotHealthy when that takes longer than *seconds*."""

    def kill(self, unit: str) -> None:
        """End its processes with SIGKILL: they did not stop."""

    def pid(self, unit: str) -> int | None:
        """Return its process, None while it does not run.

        Raises NotHealthy when it ended by itself, or there is no such unit.
        """


def manager(settings: Settings) -> Manager:
    """Return what deploy.toml names."""
    if settings.manager == "supervisor":
        return Supervisor(settings.supervisor)
    return Systemd()


class Systemd:
    """systemd, by systemctl."""

    def restart(self, unit: str, seconds: float) -> None:
        """See Manager."""
        self._run("reset-failed", unit, seconds=seconds, must=False)  # forget its start limit
        self._run("restart", unit, seconds=seconds)

    def stop(self, unit: str, seconds: float) -> None:
        """See Manager."""
        self._run("stop", unit, seconds=seconds)

    def kill(self, unit: str) -> None:
        """See Manager."""
        self._run("kill", "--signal=SIGKILL", unit, seconds=_RPC_SECONDS, must=False)

    def pid(self, unit: str) -> int | None:
        """See Manager."""
        names = ("MainPID", "ActiveState", "SubState", "LoadState")
        options = [f"--property={name}" for name in names]
        text = self._run("show", *options, unit, seconds=_RPC_SECONDS)
        facts = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        if facts.get("LoadState") == "not-found":
            raise NotHealthy(f"systemd has no {unit}: see [[service]] in deploy.toml")
        if facts.get("ActiveState") == "failed" or facts.get("SubState") == "auto-restart":
            raise NotHealthy(f"{unit} ended by itself: see `journalctl -u {unit}`")
        return int(facts.get("MainPID") or 0) or None

    def _run(self, *arguments: str, seconds: float, must: bool = True) -> str:
        command = ["systemctl", *arguments]
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, timeout=seconds, check=False
            )
        except subprocess.TimeoutExpired:
            raise NotHealthy(f"`{' '.join(command)}` hangs, after {seconds:.0f} s") from None
        except OSError as error:
            raise DeployFailed(f"systemctl: {error.strerror}") from None
        if done.returncode and must:
            raise NotHealthy(f"`{' '.join(command)}` failed: {done.stderr.strip()}")
        return done.stdout


class Supervisor:
    """supervisord, by XML-RPC over its Unix socket."""

    def __init__(self, path: str) -> None:
        self._path = path

    def restart(self, unit: str, seconds: float) -> None:
        """See Manager."""
        self.stop(unit, seconds)
        self._call("startProcess", unit, False, but=_ALREADY_STARTED)

    def stop(self, unit: str, seconds: float) -> None:
        """See Manager."""
        deadline = time.monotonic() + seconds
        self._call("stopProcess", unit, False, but=_NOT_RUNNING)
        while self._info(unit)["state"] not in _ENDED:
            if time.monotonic() > deadline:
                raise NotHealthy(f"{unit} did not stop within {seconds:.0f} s")
            time.sleep(_POLL_SECONDS)

    def kill(self, unit: str) -> None:
        """See Manager."""
        self._call("signalProcess", unit, "KILL", but=_NOT_RUNNING)

    def pid(self, unit: str) -> int | None:
        """See Manager."""
        info = self._info(unit)
        if info["state"] in _ENDED_BY_ITSELF:
            raise NotHealthy(f"{unit} ended by itself: see the log that supervisor writes of it")
        return info["pid"] or None

    def _info(self, unit: str) -> dict[str, Any]:
        return dict(self._call("getProcessInfo", unit))

    def _call(self, method: str, *arguments: object, but: int = 0) -> Any:
        """Call supervisor; the fault *but* is none."""
        proxy = xmlrpc.client.ServerProxy("http://localhost", transport=_Transport(self._path))
        try:
            with proxy:
                return getattr(proxy.supervisor, method)(*arguments)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode == but:
                return None
            if fault.faultCode == _BAD_NAME:
                text = f"supervisor has no {arguments[0]}: see [[service]] in deploy.toml"
                raise NotHealthy(text) from None
            raise NotHealthy(f"supervisor: {method} {arguments[0]}: {fault.faultString}") from None
        except (OSError, http.client.HTTPException, xmlrpc.client.Error) as error:
            raise DeployFailed(f"supervisor at {self._path} does not answer: {error}") from None


class _Transport(xmlrpc.client.Transport):
    """XML-RPC over a Unix socket."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self._path = path

    def make_connection(self, host: object) -> http.client.HTTPConnection:  # noqa: ARG002
        return _UnixConnection(self._path)


class _UnixConnection(http.client.HTTPConnection):
    def __init__(self, path: str) -> None:
        super().__init__("localhost", timeout=_RPC_SECONDS)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(_RPC_SECONDS)
        self.sock.connect(self._path)


def answers_ok(url: str, seconds: float = 5.0) -> tuple[bool, str]:
    """Request a URL of this machine; return whether it says 200, and the text of its answer."""
    address, _, path = url.partition("://")[2].partition("/")
    connection = http.client.HTTPConnection(address, timeout=seconds)
    try:
        connection.request("GET", f"/{path}")
        answer = connection.getresponse()
        return answer.status == HTTPStatus.OK, answer.read(2**20).decode(errors="replace")
    except (OSError, http.client.HTTPException) as error:
        return False, f"{type(error).__name__}: {error}"
    finally:
        connection.close()
