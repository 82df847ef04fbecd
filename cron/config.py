"""Settings of the clock."""

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from socorro.config import ServerConfig


class CronConfig(ServerConfig):
    """What the clock may be told, by environment or the table [cron]."""

    table = "cron"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_CRON_")

    port: int = Field(8888, description="Port of health and metrics")
    jobs: str = Field(
        "default",
        description="Table of jobs: default, or the place of your own "
        "(package.module.NAME), with jobs of yours among ours",
    )
    tick_seconds: float = Field(2, gt=0, description="Between looks at what is due")
    at_once: int = Field(
        2, ge=1, description="Hourly, daily and weekly jobs that run at the same time"
    )
    release_tree: str = Field(
        "", description="Tree of releases, such as https://archive.mozilla.org/pub/"
    )
    release_feed: str = Field("", description="URL of a JSON list of builds (docs/cron.md)")
    release_versions: int = Field(
        20, ge=1, description="Newest versions of each product and channel that are looked for"
    )
    nightly_days: int = Field(
        30, ge=1, description="Days of nightlies that the first look at the tree takes in"
    )
    bugzilla: str = Field("", description="Bugzilla, such as https://bugzilla.mozilla.org")
    buglist: str = Field(
        "", description="URL of a buglist as CSV, with {since} for a date; instead of bugzilla"
    )
    bug_days: int = Field(30, ge=1, description="Days of changed bugs that the first look takes in")
    adi: str = Field(
        "", description="Active daily installs as CSV: a file or a URL, with {day} for 2026-11-23"
    )
    http_seconds: float = Field(30, gt=0, description="Longest silence of a source")
    http_total_seconds: float = Field(300, gt=0, description="Longest answer of a source")
    http_bytes: int = Field(100 * 2**20, ge=1, description="Largest answer of a source, bytes")
    patience_seconds: float = Field(
        120, gt=0, description="A clock that cannot look for so long makes the heartbeat fail"
    )
