"""An outage ends soon after what was away is back; missing descriptors blame no crash."""

import errno
import os
import threading
import time
from collections.abc import Callable

import pytest

from processor.stackwalk import Walk
from processor.worker import Context, NoDescriptors, Worker
from socorro import jobs
from socorro.crash import RawCrash
from socorro.service import NO_DESCRIPTORS_SECONDS
from tests.crashmover.test_mover import CountedStop
from tests.processor.test_worker import every, one

Submit = Callable[..., RawCrash]
Work = Callable[..., list[jobs.Job]]
AWAY_SECONDS = 3.5  # in a growing wait of 4 seconds, which began half a second ago
BACK_WITHIN = 2.5


class Starved:
    """A walker for which there are no descriptors *times* times."""

    def __init__(self, walker: object, times: int) -> None:
        self._walker, self._left = walker, times

    def walk(self, *arguments: object) -> Walk:
        if self._left:
            self._left -= 1
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        walk: Walk = self._walker.walk(*arguments)  # type: ignore[attr-defined]
        return walk


def test_the_processor_goes_on_soon_after_the_store_is_back(
    context: Context, submit: Submit
) -> None:
    submit()
    folder = context.store._root  # type: ignore[attr-defined]
    folder.rename(folder.with_name("away"))
    worker = threading.Thread(target=Worker(context, "test").run)
    worker.start()
    try:
        time.sleep(AWAY_SECONDS)
        folder.with_name("away").rename(folder)
        began = time.monotonic()
        while time.monotonic() - began < BACK_WITHIN:
            if one(context.database, "SELECT count(*) FROM reports") == (1,):
                break
            time.sleep(0.05)
        assert one(context.database, "SELECT count(*) FROM reports") == (1,)
    finally:
        context.stop.set()
        worker.join(30)


def test_missing_descriptors_cost_no_attempt(context: Context, submit: Submit, work: Work) -> None:
    submit()
    submit()

    with pytest.raises(NoDescriptors):
        work(context._replace(walker=Starved(context.walker, 1)))

    assert every(context.database, "SELECT state, attempts FROM jobs") == [("waiting", 0)] * 2


def test_without_descriptors_a_worker_says_so_in_one_line_and_waits_a_second(
    context: Context, submit: Submit, capsys: pytest.CaptureFixture[str]
) -> None:
    submit()
    stop = CountedStop(5)
    starved = context._replace(walker=Starved(context.walker, 100), stop=stop)

    Worker(starved, "test").run()

    output = capsys.readouterr()
    text = output.out + output.err
    assert stop.waited == [NO_DESCRIPTORS_SECONDS] * 5
    assert text.count("no file descriptors left") == 5
    assert "Traceback" not in text
