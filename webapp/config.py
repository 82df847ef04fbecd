"""Settings of the webapp."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from socorro.config import ServerConfig

SHORTEST_KEY = 32  # characters


class WebappConfig(ServerConfig):
    """What the webapp may be told, by environment or socorro.toml."""

    table = "webapp"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_WEBAPP_")

    port: int = Field(8884, description="Port to listen on")
    threads: int = Field(8, gt=0, description="Pages made at once")
    secret_key_file: Path = Field(
        description="File, mode 0600, with the key that signs cookies; 32 characters or more"
    )
    allowed_hosts: list[str] = Field(
        ["localhost", "127.0.0.1"], description="Host names under which the pages are asked for"
    )
    collector_url: str = Field(
        "http://127.0.0.1:8882", description="Where clients post crashes; shown on the home page"
    )
    middleware_url: str = Field(
        "http://127.0.0.1:8883", description="Where readers reach REST; linked from reports"
    )
    source_hosts: list[str] = Field(
        ["hg.mozilla.org", "github.com"], description="Hosts of source code that frames may link to"
    )
    asks_per_minute: int = Field(
        30, gt=0, description="Crashes that one address may have processed first, per minute"
    )
    https: bool = Field(
        False, description="Visitors come by https (a proxy of ours): cookies go by nothing else"
    )
    session_hours: int = Field(
        168, gt=0, description="How long somebody stays signed in, from signing in on"
    )
    sign_ins_per_address: int = Field(
        30, gt=0, description="Tries to sign in, in ten minutes, from one address"
    )
    sign_ins_per_name: int = Field(
        10, gt=0, description="Tries to sign in, in ten minutes, as one user from one address"
    )
    sign_ins_per_name_from_all: int = Field(
        200, gt=0, description="Tries to sign in, in ten minutes, as one user from all addresses"
    )
    behind_proxy: bool = Field(
        False, description="Believe the last X-Forwarded-For entry: a proxy of ours writes it"
    )


def secret_key(path: Path) -> str:
    """Read the key. Ends the process when it is missing or too short to be one."""
    try:
        key = path.read_text().strip()
    except OSError as why:
        raise SystemExit(f"SOCORRO_WEBAPP_SECRET_KEY_FILE {path}: {why.strerror}") from None
    if len(key) < SHORTEST_KEY:
        raise SystemExit(f"SOCORRO_WEBAPP_SECRET_KEY_FILE {path}: under {SHORTEST_KEY} characters")
    return key
