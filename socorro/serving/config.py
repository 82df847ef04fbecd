"""Settings that all web services share: collector, REST and pages."""

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from socorro.config import Settings
from socorro.serving.limits import Limits
from socorro.serving.proxies import INSIDE, Networks, Proxies, check_networks


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

    address_connections: int = Field(
        250,
        ge=0,
        description="Most connections of one address to one process; then the one that has waited "
        "longest for its client is closed for a new one. 0: no limit. Trusted proxies have none",
    )
    head_seconds: float = Field(
        20, gt=0, description="Longest time from the first byte of a request to the end of its head"
    )
    body_rate: int = Field(
        500,
        ge=0,
        description="Bytes a second that the body of a request brings on average, after its first "
        "30 seconds; slower clients are cut off",
    )

    _are_networks = field_validator("trusted_proxies", "health_networks")(check_networks)

    def proxies(self, service: str) -> Proxies:
        """Return the proxies in front of a service, and the networks that are ours."""
        return Proxies(service, self.trusted_proxies, self.health_networks)

    def limits(self, body: int, unidentified_body: int | None = None) -> Limits:
        """Return the limits of a server; bodies in bytes (`Limits`)."""
        return Limits(
            body,
            unidentified_body,
            proxies=Networks(self.trusted_proxies),
            address_connections=self.address_connections,
            head_seconds=self.head_seconds,
            body_rate=self.body_rate,
        )
