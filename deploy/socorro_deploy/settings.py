"""What deploy.toml says (docs/deploy.md has each setting)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from socorro_deploy.failure import DeployFailed

DEFAULT: Final = Path("/etc/socorro/deploy.toml")
MANAGERS: Final = ("systemd", "supervisor", "none")
TYPES: Final[Mapping[str, type]] = {
    "prefix": str, "keep": int, "manager": str, "supervisor": str, "user": str, "migrate": bool,
    "environment": dict, "preflight": list, "public_key": str, "service": list,
}  # fmt: skip
SERVICE_TYPES: Final[Mapping[str, type]] = {
    "name": str, "unit": str, "health": str, "seconds": float, "settle": float,
}  # fmt: skip


@dataclass(frozen=True)
class Service:
    """One process to restart, and how to see that it is healthy."""

    name: str
    unit: str  # systemd's unit, or supervisor's process as group:name
    health: str = ""  # URL that answers 200; none: the process keeps running
    seconds: float = 60  # longest time to stop, and then to become healthy
    settle: float = 0  # seconds to wait before the next one is restarted


@dataclass(frozen=True)
class Settings:
    """How this machine is deployed."""

    prefix: Path = Path("/opt/socorro")
    keep: int = 5
    manager: str = "systemd"
    supervisor: str = "/run/supervisor.sock"
    user: str = ""  # as whom commands of a release run, if we are root
    migrate: bool = True
    environment: Mapping[str, str] = field(default_factory=dict)
    preflight: tuple[str, ...] = ()
    public_key: str = ""
    services: tuple[Service, ...] = ()


def read(path: Path | None, prefix: Path | None = None) -> Settings:
    """Read deploy.toml; without one, only a *prefix* is deployed and nothing restarted.

    Raises DeployFailed with the name of what is wrong.
    """
    file = path or DEFAULT
    document: dict[str, Any] = {}
    try:
        if path or file.exists() or prefix is None:
            document = tomllib.loads(file.read_text())
        else:
            document = {"manager": "none", "migrate": False}
    except OSError as error:
        text = f"{file}: {error.strerror}; name the settings with --config (docs/deploy.md)"
        raise DeployFailed(text) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise DeployFailed(f"{file}: {error}") from None
    if prefix:
        document["prefix"] = str(prefix)
    return parse(document, str(file))


def parse(document: dict[str, Any], file: str = "deploy.toml") -> Settings:
    """Return the settings in a parsed deploy.toml. Raises DeployFailed."""
    values = _typed(document, TYPES, file)
    services = []
    for table in values.pop("service", []):
        one = _typed(table, SERVICE_TYPES, f"{file}: [[service]]")
        if missing := {"name", "unit"} - set(one):
            raise DeployFailed(f"{file}: a [[service]] has no {' and no '.join(sorted(missing))}")
        services.append(Service(**one))
    if values.get("manager", "systemd") not in MANAGERS:
        raise DeployFailed(f"{file}: manager is one of {', '.join(MANAGERS)}")
    if values.get("keep", 2) < 2:
        raise DeployFailed(f"{file}: keep is 2 at least: the current release and the one before")
    prefix = Path(values.pop("prefix", "/opt/socorro"))
    if not prefix.is_absolute():
        raise DeployFailed(f"{file}: prefix is an absolute path, not {prefix}")
    values["preflight"] = tuple(values.get("preflight", ()))
    return Settings(prefix=prefix, services=tuple(services), **values)


def _typed(table: object, types: Mapping[str, type], where: str) -> dict[str, Any]:
    if not isinstance(table, dict):
        raise DeployFailed(f"{where}: expected a table")
    for name, value in table.items():
        if name not in types:
            raise DeployFailed(f"{where}: {name} is no setting (has: {', '.join(types)})")
        accepted = (int, float) if types[name] is float else types[name]
        if not isinstance(value, accepted) or (isinstance(value, bool) and accepted is not bool):
            raise DeployFailed(f"{where}: {name} = {value!r} should be {types[name].__name__}")
    return dict(table)
