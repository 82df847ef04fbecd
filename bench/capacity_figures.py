"""What one crash costs, and what a machine gives: the numbers that bench/capacity.py reckons with.

Every figure says where it comes from: the measurement that prints it, with its day, or that it is
assumed. Processor time is that of one core of the machine on which it was measured; where a
measurement was repeated, the highest stands here. Change a number here, run
`make capacity BENCH="--write docs/capacity.md"`, and read what moved.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Any, NamedTuple

JOURNEY = "`make bench-journey BENCH=--symbolicated`, 24 Nov"
HBASE = '`make bench-journey BENCH="--store hbase"`, 30 Nov'
AGGREGATES = "`make bench-aggregates`, 2.34 million reports, 24 Nov"
WALK = "`make bench-walk`, 24 Nov"
SAMPLE = "eight weeks of `socorro fakedata`, 1.08 million reports, 30 Nov"
ASSUMED = "assumed"


def _figure(value: float, unit: str, meaning: str, source: str = ASSUMED) -> Any:
    """Declare a figure: its default, and what is printed beside it."""
    return field(default=value, metadata={"unit": unit, "meaning": meaning, "source": source})


class Row(NamedTuple):
    """One figure as it is printed."""

    meaning: str
    value: float
    unit: str
    source: str


class _Listed:
    """Figures that can be listed, in the order in which they are declared."""

    def rows(self) -> Iterator[Row]:
        """Yield all figures."""
        for one in fields(self):  # type: ignore[arg-type]
            about = one.metadata
            yield Row(about["meaning"], getattr(self, one.name), about["unit"], about["source"])


@dataclass(frozen=True)
class Costs(_Listed):
    """What one crash costs; times in milliseconds of one core, sizes in bytes."""

    collector: float = _figure(3.5, "ms", "collector, one post, synced", JOURNEY)
    crashmover: float = _figure(2.4, "ms", "crashmover, spool to store", JOURNEY)
    processor: float = _figure(10.6, "ms", "processor, walk with 4 MB of symbols", JOURNEY)
    postgres: float = _figure(1.5, "ms", "Postgres: job queued, claimed, report saved", JOURNEY)
    others: float = _figure(0.6, "ms", "monitor, clock, `socorro run`", JOURNEY)
    hbase: float = _figure(11.2, "ms", "HBase and its gateway", HBASE)
    hbase_client: float = _figure(6.9, "ms", "more than with files in our processes", HBASE)
    hbase_client_mover: float = _figure(1 / 3, "share", "of that, in the crashmover")
    count_read: float = _figure(
        0.010, "ms", "Postgres: a report of the hour, per count", AGGREGATES
    )
    count_new: float = _figure(
        0.027, "ms", "Postgres: a new report counted, with installs", "docs/counts.md, 30 Nov"
    )
    derive: float = _figure(0.0061, "ms", "Postgres: aggregates of the day", AGGREGATES)
    extract: float = _figure(0.0146, "ms", "clock: both extracts", AGGREGATES)
    body: float = _figure(157_000, "bytes", "a post: dump of 150 kB, 41 annotations",
                          "size posted by `make bench-collector`")  # fmt: skip
    processed: float = _figure(15_000, "bytes", "processed crash, gzip; 1.4 kB for the test dumps")
    reports: float = _figure(1_340, "bytes", "`reports` and `reports_clean`", AGGREGATES)
    personal: float = _figure(91, "bytes", "`reports_user_info`", AGGREGATES)
    tables: float = _figure(232, "bytes", "all other tables, while the report is kept", SAMPLE)
    kept_counts: float = _figure(10, "bytes", "`top_crashers`, kept for good", AGGREGATES)
    segments: float = _figure(122, "bytes", "search, column files", SAMPLE)
    document: float = _figure(1_000, "bytes", "search, Elasticsearch document")
    public_extract: float = _figure(95, "bytes", "public extract, gzip", AGGREGATES)
    private_extract: float = _figure(84, "bytes", "private extract, gzip", AGGREGATES)


@dataclass(frozen=True)
class Load(_Listed):
    """How crashes come, and how long they are kept."""

    peak_to_mean: float = _figure(1.33, "times", "busiest minute of a day against its mean",
                                  "2,300 a minute, 2.5 million a day (Firefox, 2012)")  # fmt: skip
    release_day: float = _figure(1.5, "times", "a bad release day against an ordinary day")
    explosion: float = _figure(5, "times", "an explosion, for an hour, at the busiest time")
    away: float = _figure(120, "minutes", "an outage, at the busiest time")
    crash_weeks: float = _figure(26, "weeks", "crashes and reports", "default of retention")
    deferred_weeks: float = _figure(4, "weeks", "deferred crashes", "default of retention")
    personal_weeks: float = _figure(13, "weeks", "personal data", "default of retention")
    counts_years: float = _figure(3, "years", "counts, which are kept for good")


@dataclass(frozen=True)
class Machine(_Listed):
    """What a machine gives, and how far it is used."""

    cores: float = _figure(8, "cores", "of each machine")
    use: float = _figure(0.6, "share", "of the cores at the peak of a bad release day")
    catch_up: float = _figure(0.85, "share", "of the cores while a backlog is worked off")
    disk: float = _figure(24, "TB", "disks of a machine that stores crashes")
    disk_use: float = _figure(0.7, "share", "of a disk that is used")
    sync: float = _figure(760, "posts/s", "one spool disk, each post synced",
                          "`make bench-collector`, ext4 with a journal, 30 Nov")  # fmt: skip
    commits: float = _figure(1_700, "commits/s", "Postgres, one row each, one client",
                             "a row of 40 columns for each, tried by hand")  # fmt: skip
    search_week: float = _figure(17.5, "million", "crashes of a week that column files serve",
                                 "`make bench-search`, 30 Nov")  # fmt: skip
    replicas: float = _figure(3, "copies", "of HBase's files", "default of HDFS")
    region: float = _figure(50, "GB", "an HBase region")
    regions: float = _figure(100, "regions", "of one region server")
    salt: float = _figure(16, "ranges", "of row keys, by the first digit of the crash id",
                          "docs/hbase.md")  # fmt: skip
    masters: float = _figure(3, "machines", "small ones, for HBase's masters and ZooKeeper")
    worker: float = _figure(48, "MB", "a worker of the collector, while 20 MB bodies come",
                            "`make bench-collector`, 30 Nov")  # fmt: skip
    process: float = _figure(50, "MB", "any other process of ours")
    walk: float = _figure(10, "MB", "a walk over an index", WALK)
    walks: float = _figure(2, "walks", "at once, of each process of the processor", "default")
    index: float = _figure(254, "MB", "making the index of 150 MB of symbols", WALK)
    indexes: float = _figure(20, "GB", "indexes of symbols, read through the page cache",
                             "default of `SOCORRO_PROCESSOR_INDEX_BYTES`")  # fmt: skip
    pages: float = _figure(0.66, "GB", "a line that serves pages", "`make bench-pages`, 30 Nov")
    queries: float = _figure(1.5, "GB", "searches of one process, of which there are two",
                             "default of `SOCORRO_SEARCH_MEMORY_MB`")  # fmt: skip
    count_every: float = _figure(30, "s", "between two runs of the job `counts`", "docs/cron.md")
