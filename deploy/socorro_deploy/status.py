"""What is deployed on this machine, and whether it runs."""

import json
from typing import Any

from socorro_deploy.failure import DeployFailed
from socorro_deploy.lock import holder
from socorro_deploy.managers import Manager, answers_ok, manager
from socorro_deploy.releases import Releases
from socorro_deploy.restart import running_version
from socorro_deploy.settings import Service, Settings


def status(settings: Settings) -> dict[str, Any]:
    """Return releases, who deploys, and the state of each service."""
    releases = Releases(settings.prefix)
    current, previous, unfinished = (
        releases.current(), releases.previous(), releases.unfinished(),
    )  # fmt: skip
    starter = manager(settings) if settings.manager != "none" else None
    return {
        "current": current.version if current else None,
        "previous": previous.version if previous else None,
        "releases": [release.version for release in releases.all()],
        "deploying": holder(settings.prefix / "deploy.lock"),
        "unfinished": unfinished.version if unfinished else None,
        "services": [_service(service, starter) for service in settings.services if starter],
    }


def is_good(facts: dict[str, Any]) -> bool:
    """Return whether a release is deployed as a whole and its services are healthy."""
    healthy = all(service["healthy"] for service in facts["services"])
    return bool(facts["current"] and not facts["unfinished"] and healthy)


def show(facts: dict[str, Any], as_json: bool) -> None:
    """Print it."""
    if as_json:
        print(json.dumps(facts, indent=2))
        return
    print(f"current    {facts['current'] or 'none'}")
    print(f"previous   {facts['previous'] or 'none'}")
    print(f"releases   {', '.join(facts['releases']) or 'none'}")
    if facts["deploying"]:
        print(f"deploying  {facts['deploying']}")
    elif facts["unfinished"]:
        print(f"unfinished {facts['unfinished']}: deploy an artifact again, or roll back")
    for service in facts["services"]:
        state = "healthy" if service["healthy"] else "NOT HEALTHY"
        print(f"{state:<11} {service['name']} ({service['unit']}) {service['version']}")


def _service(service: Service, starter: Manager) -> dict[str, Any]:
    try:
        healthy = starter.pid(service.unit) is not None
    except DeployFailed:
        healthy = False
    if healthy and service.health:
        healthy = answers_ok(service.health)[0]
    version = running_version(service) if healthy else ""
    return {"name": service.name, "unit": service.unit, "healthy": healthy, "version": version}
