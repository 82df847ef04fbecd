"""Settings of the webapp."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from socorro.config import PostgresUserConfig

SHORTEST_KEY = 32  # characters


class WebappConfig(PostgresUserConfig):
    """Settings of the webapp, from the environment or socorro.toml."""

    table = "webapp"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_WEBAPP_")

    port: int = Field(8884, description="Port to listen on")
    threads: int = Field(8, gt=0, description="Threads, one page each")
    secret_key_file: Path = Field(
        description="File, mode 0600, with the key that signs cookies; at least 32 characters"
    )
    allowed_hosts: list[str] = Field(
        ["localhost", "127.0.0.1"], description="Host names that the pages are served under"
    )
    collector_url: str = Field(
        "http://127.0.0.1:8882", description="Where clients post crashes; shown on the home page"
    )
    middleware_url: str = Field(
        "http://127.0.0.1:8883",
        description="Address of the REST interface, to which the pages pass on /api/",
    )
    source_hosts: list[str] = Field(
        ["hg.mozilla.org", "github.com"], description="Source code hosts that frames may link to"
    )
    asks_per_minute: int = Field(
        30,
        gt=0,
        description="Crashes per minute that visitors from one address may move to the front",
    )
    https: bool = Field(
        False,
        description="Visitors use https (through a proxy): send cookies over https only, and tell"
        " browsers to use nothing else (HSTS)",
    )
    session_hours: int = Field(168, gt=0, description="Hours until a visitor is signed out")
    sign_ins_per_address: int = Field(
        30, gt=0, description="Sign-in attempts in ten minutes from one address"
    )
    sign_ins_per_name: int = Field(
        10, gt=0, description="Sign-in attempts in ten minutes for one user from one address"
    )
    sign_ins_per_name_from_all: int = Field(
        200, gt=0, description="Sign-in attempts in ten minutes for one user from all addresses"
    )


def secret_key(path: Path) -> str:
    """Read the key. Ends the process when it is missing or too short."""
    try:
        key = path.read_text().strip()
    except OSError as error:
        raise SystemExit(f"SOCORRO_WEBAPP_SECRET_KEY_FILE {path}: {error.strerror}") from None
    if len(key) < SHORTEST_KEY:
        text = f"the key is too short (expected at least {SHORTEST_KEY} characters)"
        raise SystemExit(f"SOCORRO_WEBAPP_SECRET_KEY_FILE {path}: {text}")
    return key
