"""Settings of the clock."""

from pydantic import Field, field_validator
from pydantic_settings import SettingsConfigDict

from socorro.config import PostgresUserConfig
from socorro.redirects import check_listed


class CronConfig(PostgresUserConfig):
    """Settings of the clock, from the environment or the table [cron]."""

    table = "cron"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_CRON_")

    port: int = Field(8888, description="Port of health and metrics")
    jobs: str = Field(
        "default",
        description="Table of jobs: default, or the name of your own (package.module.NAME)",
    )
    tick_seconds: float = Field(2, gt=0, description="Seconds between checks of what is due")
    at_once: int = Field(
        2, ge=1, description="Hourly, daily and weekly jobs that may run at the same time"
    )
    release_tree: str = Field(
        "", description="URL of the release tree, such as https://archive.mozilla.org/pub/"
    )
    release_feed: str = Field("", description="URL of a JSON list of builds (docs/cron.md)")
    release_versions: int = Field(
        20, ge=1, description="Number of newest versions read of each product and channel"
    )
    nightly_days: int = Field(
        30, ge=1, description="Days of nightlies that the first run reads from the tree"
    )
    bugzilla: str = Field("", description="URL of Bugzilla, such as https://bugzilla.mozilla.org")
    buglist: str = Field(
        "", description="URL of a bug list as CSV, with {since} for a date; instead of bugzilla"
    )
    bug_days: int = Field(30, ge=1, description="Days of changed bugs that the first run reads")
    adi: str = Field(
        "",
        description="Active daily installs as CSV: a file or URL, with {day} for e.g. 2026-11-23",
    )
    http_seconds: float = Field(
        30, gt=0, description="Longest wait for a source to send anything, seconds"
    )
    http_total_seconds: float = Field(
        300, gt=0, description="Longest time that one download may take, seconds"
    )
    http_bytes: int = Field(
        100 * 2**20, ge=1, description="Largest download, as sent and as inflated, bytes"
    )
    redirect_hosts: list[str] = Field(
        default_factory=list,
        description="Hosts that sources may redirect to, besides one another: host, host:port, or "
        "a network that is not public",
    )
    patience_seconds: float = Field(
        120,
        gt=0,
        description="The heartbeat fails when the clock was stuck for so many seconds",
    )

    _are_hosts = field_validator("redirect_hosts")(check_listed)

    @property
    def sources(self) -> tuple[str, ...]:
        """The URLs that jobs read."""
        return (self.release_tree, self.release_feed, self.bugzilla, self.buglist, self.adi)
