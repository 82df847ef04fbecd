"""Settings of the REST interface."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from socorro.config import PostgresUserConfig


class MiddlewareConfig(PostgresUserConfig):
    """Settings of the REST interface, from the environment or socorro.toml."""

    table = "middleware"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_MIDDLEWARE_")

    port: int = Field(8883, description="Port to listen on")
    threads: int = Field(8, gt=0, description="Threads, one request each")
    https: bool = Field(
        False, description="Clients use https (through a proxy): tell browsers so (HSTS)"
    )
    requests_per_minute: int = Field(
        100,
        gt=0,
        description="Requests per minute and address; requests from this machine do not count",
    )
    token_requests_per_minute: int = Field(
        1000, gt=0, description="Requests per minute and user, with any of the user's tokens"
    )
