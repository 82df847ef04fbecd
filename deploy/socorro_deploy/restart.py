"""Restarts services one after the other; each must be healthy before the next one stops."""

import json
import time
from collections.abc import Iterable
from typing import Final

from socorro_deploy.failure import DeployFailed, NotHealthy
from socorro_deploy.managers import Manager, answers_ok
from socorro_deploy.settings import Service
from socorro_deploy.steps import Steps

HEARTBEAT: Final = "/__heartbeat__"
_STEADY_SECONDS: Final = 1.0  # for which the same process must be healthy
_POLL_SECONDS: Final = 0.2


class Restarts:
    """Restarts services, and remembers which: a rollback restarts these."""

    def __init__(self, manager: Manager, steps: Steps) -> None:
        self.touched: list[Service] = []
        self._manager, self._steps = manager, steps
        self._hanging: list[Service] = []

    def restart_all(self, services: Iterable[Service], version: str) -> None:
        """Restart each and wait until it is healthy. Raises NotHealthy at the first that is not.

        *version* is what they must run; what answers with another one was not started from
        `current`.
        """
        for service in self._unhealthy_first(services):
            self.touched.append(service)
            with self._steps.step(f"restart {service.name} ({service.unit})"):
                self._restart(service)
                self._await_healthy(service, version)
            time.sleep(service.settle)

    def restart_back(self, version: str) -> list[str]:
        """Restart again what was restarted, now from an earlier release; return what is wrong.

        One that fails does not keep the others from their restart.
        """
        problems = []
        for service in self._unhealthy_first(dict.fromkeys(self.touched)):
            try:
                with self._steps.step(f"restart {service.name} ({service.unit}) again"):
                    self._restart_or_kill(service)
                    self._await_healthy(service, version)
            except NotHealthy as error:
                problems.append(str(error))
        return problems

    def stop_touched(self) -> list[str]:
        """Stop what was started by a first deploy that failed; return what is wrong."""
        problems = []
        for service in dict.fromkeys(self.touched):
            try:
                self._manager.stop(service.unit, service.seconds)
            except NotHealthy as error:
                self._manager.kill(service.unit)
                problems.append(str(error))
        return problems

    def _unhealthy_first(self, services: Iterable[Service]) -> list[Service]:
        """Return them in their order, but those that do no work before those that do.

        Of two collectors one may be down: a killed deploy had stopped it, or the new release has
        failed with it. To restart the other one first would leave nobody who takes posts.
        """
        return sorted(services, key=self._works)

    def _works(self, service: Service) -> bool:
        try:
            return _look(service, self._manager.pid(service.unit))[0]
        except DeployFailed:
            return False

    def _restart(self, service: Service) -> None:
        try:
            self._manager.restart(service.unit, service.seconds)
        except NotHealthy:
            self._hanging.append(service)
            raise

    def _restart_or_kill(self, service: Service) -> None:
        """Restart; by force only what does not stop: others finish the requests that they have."""
        if service in self._hanging:
            self._manager.kill(service.unit)
        try:
            self._manager.restart(service.unit, service.seconds)
        except NotHealthy as error:
            self._steps.say(f"{error}; killing it")
            self._manager.kill(service.unit)
            self._manager.restart(service.unit, service.seconds)

    def _await_healthy(self, service: Service, version: str) -> None:
        deadline = time.monotonic() + service.seconds
        first_pid, healthy_since, answer = None, None, "does not run"
        while True:
            pid = self._manager.pid(service.unit)
            first_pid = first_pid or pid
            if first_pid and pid != first_pid:
                raise NotHealthy(f"{service.name} ended by itself after its start: see its log")
            is_healthy, answer = _look(service, pid)
            now = time.monotonic()
            healthy_since = (healthy_since or now) if is_healthy else None
            if healthy_since and now - healthy_since >= _STEADY_SECONDS:
                break
            if now > deadline:
                text = f"{service.name} is not healthy after {service.seconds:.0f} s: {answer}"
                raise NotHealthy(text)
            time.sleep(_POLL_SECONDS)
        _require_version(service, version)


def _look(service: Service, pid: int | None) -> tuple[bool, str]:
    if pid is None:
        return False, "does not run"
    if not service.health:
        return True, "runs"
    is_ok, text = answers_ok(service.health)
    return is_ok, f"{service.health} says {' '.join(text.split())[:200]}"


def running_version(service: Service) -> str:
    """Return the version that a service says it runs, "" when it says none."""
    if not service.health.endswith(HEARTBEAT):
        return ""
    is_ok, text = answers_ok(service.health.removesuffix(HEARTBEAT) + "/__version__")
    try:
        return str(json.loads(text)["version"]) if is_ok else ""
    except (ValueError, KeyError, TypeError):
        return ""


def _require_version(service: Service, version: str) -> None:
    running = running_version(service)
    if running and running != version:
        raise NotHealthy(
            f"{service.name} runs {running} instead of {version}: does its unit start"
            " <prefix>/current/bin/socorro-service?"
        )
