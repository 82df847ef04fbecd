"""Settings: which pages are too rare to be named."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from socorro.config import Settings


class UrlsConfig(Settings):
    """Which pages are named in counts, from the environment or the table [urls]."""

    table = "urls"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_URLS_")

    fewest_installs: int = Field(
        5,
        ge=1,
        description="A page is named when this many installs of a version crashed on it in a day",
    )
    most_a_day: int = Field(
        500, ge=1, description="Most pages, and most domains, that are named for a version and day"
    )
