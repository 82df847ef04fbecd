"""Settings of the REST interface."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from socorro.config import ServerConfig


class MiddlewareConfig(ServerConfig):
    """What the middleware may be told, by environment or socorro.toml."""

    table = "middleware"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_MIDDLEWARE_")

    port: int = Field(8883, description="Port to listen on")
    threads: int = Field(8, gt=0, description="Requests answered at once")
    requests_per_minute: int = Field(
        100, gt=0, description="Requests per address and minute; this machine's own are not counted"
    )
    token_requests_per_minute: int = Field(
        1000, gt=0, description="Requests per user and minute that come with a token of theirs"
    )
    behind_proxy: bool = Field(
        False, description="Believe the last X-Forwarded-For entry: a proxy of ours writes it"
    )
