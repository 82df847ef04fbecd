"""How long crashes are kept."""

from datetime import date, timedelta

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from socorro.config import Settings
from socorro.crash_id import CrashId, day_of, is_deferred


class RetentionConfig(Settings):
    """How long crashes are kept, from the environment or the table [retention]."""

    table = "retention"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_RETENTION_")

    deferred_weeks: int = Field(
        4, ge=1, description="Weeks to keep deferred crashes that were not processed"
    )
    personal_weeks: int = Field(
        13,
        ge=1,
        description="Weeks to keep URL, e-mail and comments in Postgres; raw crashes keep theirs",
    )
    crash_weeks: int = Field(
        26, ge=1, description="Weeks to keep raw and processed crashes and reports"
    )
    accepted_weeks: int = Field(
        8,
        ge=1,
        description="Weeks after which the spool's log of a day's accepted crashes is reduced to"
        " counts, once the day is proven even",
    )
    step_days: int = Field(
        3,
        ge=1,
        description="Most days that a run goes beyond the last one, wherever the clock is",
    )
    largest_percent: int = Field(
        30,
        ge=1,
        le=100,
        description="Largest share of the days or weeks kept that one run removes; else it refuses",
    )

    def is_over(self, crash_id: CrashId, today: date) -> bool:
        """Return whether the crash may have been removed by now: its last day has come."""
        weeks = self.deferred_weeks if is_deferred(crash_id) else self.crash_weeks
        return today - day_of(crash_id) >= timedelta(weeks=weeks)
