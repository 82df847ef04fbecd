"""Builds in the daily tables, with installs that crashed and active installs."""

from datetime import date

from socorro.postgres import Connection, execute
from tests.counted import SYSTEMS, crashes, installs, signature


def release_day(db: Connection, version_id: int, day: date, count: int, active: int) -> None:
    """So many installs of a version crash on a day, two of three on Windows."""
    for system, share in (("win", 2), ("lin", 1)):
        crashes(db, version_id, "malloc | main", count * share // 3, day, system=system)
        crashing(db, version_id, day, count * share // 3, system)
        installs(db, version_id, active // 2, day, system)


def crashing(db: Connection, version_id: int, day: date, count: int, system: str = "win") -> None:
    """So many installs that crashed."""
    execute(
        db,
        "INSERT INTO install_counts VALUES (%(v)s, %(d)s, %(o)s, %(n)s, 0, %(n)s)",
        v=version_id, d=day, o=SYSTEMS[system], n=count,
    )  # fmt: skip


def nightly_builds(db: Connection, version_id: int, built: date, boom: int) -> None:
    """The builds of a day, used for two days; *boom* installs crash with "boom" on each."""
    execute(
        db,
        """
        INSERT INTO crash_counts_build
        SELECT %(v)s, %(b)s, %(b)s::date + age, 1, 1, 40, 40 FROM generate_series(0, 1) AS age;
        INSERT INTO install_counts_build
        SELECT %(v)s, %(b)s, %(b)s::date + age, 1, 40, 0, 40 FROM generate_series(0, 1) AS age;
        INSERT INTO adi_build
        SELECT %(v)s, %(b)s, %(b)s::date + age, 1, 1000 FROM generate_series(0, 1) AS age;
        INSERT INTO top_crashers_build
            (product_version_id, build_day, day, signature_id, reports, estimated, win, mac, lin,
             android, browser, plugin, content, hang, startup, installs)
        SELECT %(v)s, %(b)s, %(b)s::date + age, %(s)s, %(n)s, %(n)s, %(n)s, 0, 0, 0, %(n)s, 0, 0, 0,
               0, %(n)s
        FROM generate_series(0, 1) AS age;
        INSERT INTO product_version_builds VALUES
            (%(v)s, to_char(%(b)s::date, 'YYYYMMDD') || '031153', 'win64')
        """,
        v=version_id, b=built, s=signature(db, "boom"), n=boom,
    )  # fmt: skip
    crashes(db, version_id, "boom", 2 * boom, built)
