"""Health is read once for many visitors, and is never older than half a minute."""

from threading import Event

from socorro.health.judge import Health, judge
from socorro.health.recent import RecentHealth
from tests.health.facts import LIMITS, facts


def test_a_visitor_gets_what_is_recent_and_another_reads_it_again() -> None:
    now, reads, was_read = [0.0], [0], Event()

    def read() -> Health:
        reads[0] += 1
        was_read.set()
        return judge(facts(), LIMITS)

    recent = RecentHealth(read, lambda: now[0])
    first = recent()
    now[0] = 4.0
    assert recent() is first
    was_read.clear()
    now[0] = 6.0

    assert recent() is first  # at once, and it is read meanwhile
    assert was_read.wait(10)
    assert reads[0] == 2
    now[0] = 100.0
    assert recent() is not first
    assert reads[0] == 3
