"""The assertion that an event moves a metric."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from prometheus_client import Counter, Gauge, Histogram, Metric
from prometheus_client.parser import text_string_to_metric_families as parse

SAMPLE = {Counter: "_total", Gauge: "", Histogram: "_count"}


@contextmanager
def moves(
    metric: Counter | Gauge | Histogram,
    by: float | None = 1,
    *,
    to: float | None = None,
    read: Callable[[], str] | None = None,
    **labels: str,
) -> Iterator[None]:
    """Check that the block adds *by* to *metric* (None: any amount), or sets it *to* a value.

    A histogram is read by its number of observations. Labels that are not given are summed over.
    *read* returns the text of /metrics where another process counts.
    """
    before = value(metric, read, **labels)
    yield
    after = value(metric, read, **labels)
    if to is not None:
        assert after == to
    elif by is None:
        assert after > before
    else:
        assert after - before == by


def value(
    metric: Counter | Gauge | Histogram, read: Callable[[], str] | None = None, **labels: str
) -> float:
    """The value of *metric*, summed over the labels that are not given."""
    assert set(labels) <= set(metric._labelnames), f"labels are {metric._labelnames}"
    families: Iterable[Metric] = metric.collect() if read is None else parse(read())
    [family] = metric.describe()
    name = family.name + SAMPLE[type(metric)]
    return sum(
        sample.value
        for family in families
        for sample in family.samples
        if sample.name == name and labels.items() <= sample.labels.items()
    )
