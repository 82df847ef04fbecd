"""Settings of search: which engine, where it is, and what one question may cost."""

from pathlib import Path
from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from socorro.config import Settings, home

EngineName = Literal["segments", "elasticsearch"]


class SearchConfig(Settings):
    """How crashes are searched, from the environment or the table [search]."""

    table = "search"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_SEARCH_")

    engine: EngineName = Field(
        "segments",
        description="Search engine: segments (column files on this machine) or elasticsearch",
    )
    folder: Path = Field(
        default_factory=lambda: home() / "search" / "segments",
        description="Folder of the column files; the clock writes it, REST and pages read it",
    )
    elasticsearch: str = Field(
        "http://127.0.0.1:9200",
        description="URL of Elasticsearch; `https://` and a user name are allowed",
    )
    seconds: float = Field(
        4, gt=0, le=60, description="Time limit of one query, seconds; clients give up after 5"
    )
    memory_mb: int = Field(
        1500, ge=64, description="Memory limit of all queries of one process together, MB"
    )
    threads: int = Field(2, ge=1, description="Threads that one query may use")
    at_once: int = Field(
        4, ge=1, description="Queries of one process at the same time; more are asked to try again"
    )
    most_hits: int = Field(
        1000, ge=1, le=10_000, description="Most hits that one answer has; more come as pages"
    )
