"""What becomes of a crash, from what was sent and nothing else."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from collector.decision import Chance, Judgement, judge
from collector.payload import Payload
from collector.throttle import Rule, Verdict
from socorro import crash_id as ids
from tests.builders import NOON

SECRET = b"secret of the tests"
HALF = (Rule("half", lambda _: True, rate=0.5),)
DUMPS = {"upload_file_minidump": "00" * 32}
NO_CHANCE = Chance(b"\0" * 32, None)


def judged(
    annotations: dict[str, str] | None = None,
    dumps: dict[str, str] = DUMPS,
    submitted: datetime = NOON,
    chance: Chance = NO_CHANCE,
) -> Judgement:
    payload = Payload(annotations or {}, dumps, ["a note"], "json", True, 1234)
    return judge(payload, "tests", submitted, secret=SECRET, rules=HALF, chance=chance)


def test_the_same_crash_gets_the_same_judgement() -> None:
    for number in range(20):
        annotations = {"N": str(number)}

        assert judged(annotations) == judged(annotations, chance=Chance(b"\1" * 32, None))


@pytest.mark.parametrize(
    ("draw", "verdict"), [(0.0, Verdict.ACCEPT), (0.499, Verdict.ACCEPT), (0.5, Verdict.DEFER)]
)
def test_a_draw_by_chance_decides_at_the_rate(draw: float, verdict: Verdict) -> None:
    judgement = judged({"HangID": "1"}, chance=Chance(b"\0" * 32, draw))

    assert judgement.verdict is verdict
    assert ids.is_deferred(judgement.crash_id) == (verdict is Verdict.DEFER)
    assert judgement.crash_id[:-7] == judged({"HangID": "1"}).crash_id[:-7]


def test_only_a_crash_that_nothing_distinguishes_gets_its_id_by_chance() -> None:
    first, second = Chance(b"\1" * 32, None), Chance(b"\2" * 32, None)

    for annotations, dumps in (({}, DUMPS), ({"CrashEventID": "1"}, {})):
        assert judged(annotations, dumps, chance=first) == judged(annotations, dumps, chance=second)
    crash_ids = {judged({"N": "1"}, {}, chance=chance).crash_id for chance in (first, second)}
    assert {crash_id[:8] for crash_id in crash_ids} == {"01010101", "02020202"}


def test_the_day_in_the_id_is_that_of_utc() -> None:
    east = NOON.replace(hour=1).astimezone(timezone(timedelta(hours=2))) - timedelta(hours=2)

    assert judged(submitted=east).crash_id[-6:] == "261122"
    assert east.astimezone(UTC).day == 22


def test_metadata_says_how_the_crash_was_received_and_decided() -> None:
    assert judged().metadata == {
        "payload": "json",
        "payload_compressed": "1",
        "payload_size": 1234,
        "collector_notes": ["a note"],
        "dump_checksums": DUMPS,
        "user_agent": "tests",
        "throttle_rule": "half",
        "throttle_rate": 0.5,
    }
