"""Settings of frankeninstalls."""

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from socorro.config import Settings


class MixesConfig(Settings):
    """What is no mix of builds, from the environment or the table [mixes]."""

    table = "mixes"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_MIXES_")

    excused: list[str] = Field(
        default_factory=list,
        description="Modules of another build that a vendor packs on purpose, as file/debug id: "
        '["garnetglue.dll/5A9832E5287241C1838ED98914E9B7FF1"]',
    )

    @field_validator("excused")
    @classmethod
    def _are_modules(cls, modules: list[str]) -> list[str]:
        for module in modules:
            if not all(module.rpartition("/")):
                raise ValueError(f"{module!r} is not file/debug id")
        return modules
