"""Settings that all web services share: collector, REST and pages."""

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from socorro.config import Settings
from socorro.serving.proxies import INSIDE, Proxies, check_networks


class ServingConfig(Settings):
    """Settings of the web services together, from the environment or socorro.toml."""

    model_config = SettingsConfigDict(env_prefix="SOCORRO_")

    trusted_proxies: list[str] = Field(
        default_factory=list,
        description="Addresses or networks of the proxies in front of collector, REST and pages, "
        'whose X-Forwarded-For is believed: ["127.0.0.1", "10.0.0.0/24"]',
    )

    health_networks: list[str] = Field(
        list(INSIDE),
        description="Networks that may read /metrics, /__heartbeat__ and /__version__ of collector,"
        " REST and pages; others get 404",
    )

    _are_networks = field_validator("trusted_proxies", "health_networks")(check_networks)

    def proxies(self, service: str) -> Proxies:
        """Return the proxies in front of a service, and the networks that are ours."""
        return Proxies(service, self.trusted_proxies, self.health_networks)
