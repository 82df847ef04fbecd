"""Settings of the extracts."""

from pathlib import Path

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from socorro.config import Settings, home


class ExtractsConfig(Settings):
    """How extracts are written and kept, by environment or the table [extracts]."""

    table = "extracts"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_EXTRACTS_")

    folder: Path = Field(
        default_factory=lambda: home() / "extracts", description="Folder of the extracts"
    )
    products: list[str] = Field(["Firefox"], description="Products with daily extracts")
    report_url: str = Field(
        "http://127.0.0.1:8884/report/index/",
        description="Start of the links to reports: where readers of the files reach the pages",
    )
    public_weeks: int = Field(26, ge=1, description="Weeks that public extracts are kept")
    private_weeks: int = Field(13, ge=1, description="Weeks that private extracts are kept")
    level: int = Field(
        3,
        ge=1,
        le=9,
        description="gzip level: 3 is as fast as 1; 6 takes twice as long and saves a sixth",
    )
