"""Settings of alerts are refused when they cannot be right, and no secret is in the refusal."""

from typing import Any

import pytest
from pydantic import ValidationError

from socorro.alerts.config import MOST_ADDRESSES, AlertsConfig


@pytest.mark.parametrize(
    "settings",
    [
        {"webhook": "ftp://x.example/hush"},
        {"webhook": "hush"},
        {"webhook": "http:///hush"},
        {"webhook": "http://x.example:0/hush"},
        {"webhook": "http://x.example:x/hush"},
        {"webhook": "http://x.example/hush hush"},
        {"webhook": "http://x.example/\r\nhush"},
        {"webhook": "http://ann:hush@x.example/"},
        {"site": "crashes.example"},
        {"smtp": "http://x.example"},
        {"email_from": "nobody"},
        {"email_to": ["a@x.example", "b"]},
        {"email_to": ["a@x.example\nBcc: b@x.example"]},
        {"email_to": ["a@x.example"] * (MOST_ADDRESSES + 1)},
        {"seconds": 0},
        {"seconds": 61},
        {"give_up_hours": 0},
        {"top_crasher_rank": 301},
    ],
)
def test_a_setting_that_cannot_be_right_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValidationError) as error:
        AlertsConfig(**settings)

    assert "hush" not in error.value.errors()[0]["msg"]


def test_usual_settings_are_taken() -> None:
    config = AlertsConfig(
        site="https://crashes.example/",
        webhook="https://hooks.slack.com/services/T0/B0/x",
        smtp="smtps://mail.x.example:465",
        email_from="socorro@x.example",
        email_to=["a@x.example"] * MOST_ADDRESSES,
    )

    assert config.site == "https://crashes.example"
