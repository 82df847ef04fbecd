"""Posts alerts to the configured webhook.

The channels are jobs of their own: each in its own process, with its own time limit and its own
wait after a failure, so that one that hangs holds up neither the other nor what notes events.
"""

from functools import partial

from cron.config import CronConfig
from cron.job import Done, Job, JobFailed, Run
from cron.period import every
from socorro.alerts.config import AlertsConfig
from socorro.alerts.delivery import Channel, Delivery, Send, deliver, has_waiting
from socorro.alerts.receivers import ReceiverUnavailable, post
from socorro.config import load


def off(_config: CronConfig) -> str:
    """Return what has to be set for the job to run."""
    return "" if load(AlertsConfig).webhook else "set SOCORRO_ALERTS_WEBHOOK"


def send(run: Run, channel: Channel, send_to: Send) -> Done:
    """Deliver what waits for a channel; fail when its receiver is away."""
    config = load(AlertsConfig)
    try:
        delivery = deliver(run.database, channel, config, send_to)
    except ReceiverUnavailable as error:
        raise JobFailed(str(error)) from None
    return Done(delivery.sent, notes(delivery, config))


def notes(delivery: Delivery, config: AlertsConfig) -> list[str]:
    """Return what people should read about a run."""
    lines = [f"{error} to alert {alert.alert}" for alert, error in delivery.refused]
    if delivery.expired:
        alerts = "1 alert was" if delivery.expired == 1 else f"{delivery.expired:,} alerts were"
        lines.append(f"{alerts} older than {config.give_up_hours} h, and not sent")
    return lines


JOB = Job(
    name="alerts-webhook",
    does="Posts alerts to the webhook.",
    period=every(minutes=1),
    work=partial(send, channel="webhook", send_to=post),
    seconds=120,
    off=off,
    has_work=partial(has_waiting, channel="webhook"),
)
