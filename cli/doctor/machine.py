"""The settings of a machine, as far as they can be read, and what is wrong with the others."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple, TypeVar

from pydantic import ValidationError

from cli import config_check
from cli.services import SERVICES
from socorro.alerts.config import AlertsConfig
from socorro.cache import CacheConfig
from socorro.config import OWN, RUNNING, Settings, SharedConfig, home
from socorro.health.config import HealthConfig
from socorro.search.config import SearchConfig
from socorro.serving.config import ServingConfig
from socorro.spool.config import SpoolConfig
from socorro.symbols.config import SymbolsConfig

ALL: Final[tuple[type[Settings], ...]] = (
    SharedConfig, ServingConfig, SymbolsConfig, SpoolConfig, AlertsConfig, CacheConfig,
    SearchConfig,
)  # fmt: skip
MISSING: Final = "missing"  # pydantic's type of an error: required, and not set

Config = TypeVar("Config", bound=Settings)


class Wrong(NamedTuple):
    """A setting that cannot be used; *is_missing*: it has no default and is not set."""

    table: str
    name: str
    error: str
    is_missing: bool = False


@dataclass(frozen=True)
class Machine:
    """What is known before anything is checked; *facts* is None while settings are wrong."""

    home: Path
    facts: config_check.Facts | None
    wrong: Sequence[Wrong] = ()

    @property
    def database(self) -> str:
        """Connection string of Postgres, for the commands of this machine; "" without settings."""
        return self.facts.shared.database if self.facts else ""

    def read(self, settings: type[Config]) -> Config:
        """Return settings; only for those of ALL, and while *facts* are known."""
        return settings()


def read_machine() -> Machine:
    """Read all settings. Raises nothing for those that are wrong."""
    for name in (RUNNING, OWN):
        path = home() / name
        try:
            if path.is_file():
                tomllib.loads(path.read_text())
        except (OSError, ValueError) as error:
            return Machine(home(), None, [Wrong("", str(path), _reason(error))])
    wrong = [error for settings in (*ALL, *SERVICES.values()) for error in _wrong(settings)]
    if any(not error.is_missing for error in wrong):
        return Machine(home(), None, wrong)
    wrong += _wrong(HealthConfig)  # its defaults are the ports of the services
    facts = None if any(not error.is_missing for error in wrong) else config_check.read_facts()[0]
    return Machine(home(), facts, wrong)


def _wrong(settings: type[Settings]) -> list[Wrong]:
    try:
        settings()
    except ValidationError as invalid:
        prefix = str(settings.model_config["env_prefix"])
        errors = invalid.errors(include_input=False, include_url=False)
        return [
            Wrong(
                settings.table,
                f"{prefix}{'_'.join(map(str, error['loc'][:1]))}".upper(),
                error["msg"],
                error["type"] == MISSING,
            )
            for error in errors
        ]
    except (OSError, ValueError) as error:
        return [Wrong(settings.table, settings.__name__, _reason(error))]
    return []


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
