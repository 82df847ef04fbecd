"""Mails alerts to the configured addresses."""

from functools import partial

from cron.config import CronConfig
from cron.job import Job
from cron.jobs.alerts_webhook import send
from cron.period import every
from socorro.alerts.config import AlertsConfig
from socorro.alerts.delivery import has_waiting
from socorro.alerts.receivers import send_mail
from socorro.config import load


def off(_config: CronConfig) -> str:
    """Return what has to be set for the job to run."""
    return "" if load(AlertsConfig).email_to else "set SOCORRO_ALERTS_EMAIL_TO"


JOB = Job(
    name="alerts-email",
    does="Mails alerts.",
    period=every(minutes=1),
    work=partial(send, channel="email", send_to=send_mail),
    seconds=120,
    off=off,
    has_work=partial(has_waiting, channel="email"),
)
