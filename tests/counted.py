"""Daily tables filled by hand, for what is derived from them."""

from datetime import UTC, date, datetime

from socorro.postgres import Connection, execute, value

DAY = date(2028, 2, 29)
NOON = datetime(2028, 2, 29, 12, tzinfo=UTC)
SYSTEMS = {"win": 1, "mac": 2, "lin": 3, "android": 4}
TYPES = {"browser": 1, "plugin": 2, "content": 5}


def version(
    db: Connection,
    version: str = "140.0",
    channel: str = "release",
    product: str = "Firefox",
    built: date = date(2028, 1, 1),
    **more: object,
) -> int:
    """A product version; *more* are further columns."""
    columns = {
        "product": product,
        "version": version,
        "release_channel": channel,
        "release_version": version.partition("b")[0],
        "build_date": built,
        "sunset_date": date(2030, 1, 1),
        "source": "people",
        **more,
    }
    statement = f"""
        INSERT INTO product_versions ({", ".join(columns)}, version_sort)
        VALUES ({", ".join(f"%({name})s" for name in columns)}, version_sort(%(version)s))
        RETURNING product_version_id
        """
    return int(value(db, statement, **columns))


def signature(db: Connection, text: str, first: datetime = NOON) -> int:
    """A signature, known already or not."""
    statement = """
        INSERT INTO signatures (signature, first_report) VALUES (%(text)s, %(first)s)
        ON CONFLICT (signature) DO UPDATE SET first_report =
            least(signatures.first_report, excluded.first_report)
        RETURNING signature_id
        """
    return int(value(db, statement, text=text, first=first))


def crashes(
    db: Connection,
    version_id: int,
    text: str,
    reports: int,
    day: date = DAY,
    *,
    system: str = "win",
    process: str = "browser",
    throttle: float = 1,
    startup: int = 0,
    hang: int = 0,
) -> None:
    """So many reports of one signature, in top_crashers and in crash_counts."""
    counts = {
        "version": version_id,
        "day": day,
        "signature": signature(db, text),
        "reports": reports,
        "estimated": reports / throttle,
        "startup": startup,
        "hang": hang,
        "os": SYSTEMS[system],
        "type": TYPES[process],
        **{name: reports if name == system else 0 for name in SYSTEMS},
        **{name: reports if name == process else 0 for name in TYPES},
    }
    measures = ("reports", "estimated", *SYSTEMS, *TYPES, "hang", "startup")
    added = ", ".join(f"{name} = counted.{name} + excluded.{name}" for name in measures)
    execute(
        db,
        f"""
        INSERT INTO top_crashers AS counted
            (product_version_id, day, signature_id, {", ".join(measures)})
        VALUES (%(version)s, %(day)s, %(signature)s, {", ".join(f"%({m})s" for m in measures)})
        ON CONFLICT (product_version_id, day, signature_id) DO UPDATE SET {added};
        INSERT INTO crash_counts AS counted
        VALUES (%(version)s, %(day)s, %(os)s, %(type)s, %(reports)s, %(estimated)s)
        ON CONFLICT (product_version_id, day, os, crash_type) DO UPDATE
            SET reports = counted.reports + excluded.reports,
                estimated = counted.estimated + excluded.estimated
        """,
        **counts,
    )


def installs(
    db: Connection, version_id: int, count: int, day: date = DAY, system: str = "win"
) -> None:
    """So many active installs on a day."""
    execute(
        db,
        "INSERT INTO adi (product_version_id, day, os, adi) VALUES (%(v)s, %(d)s, %(o)s, %(n)s)",
        v=version_id,
        d=day,
        o=SYSTEMS[system],
        n=count,
    )


def crashed(
    db: Connection, version_id: int, text: str, count: int, day: date = DAY, system: str = "win"
) -> None:
    """So many installs sent the reports of crashes(), which came before."""
    counts = {"installs": count} | {
        f"{name}_installs": count if name == system else 0 for name in SYSTEMS
    }
    added = ", ".join(f"{name} = coalesce({name}, 0) + %({name})s" for name in counts)
    execute(
        db,
        f"""
        UPDATE top_crashers SET {added}
        WHERE (product_version_id, day) = (%(version)s, %(day)s)
          AND signature_id = (SELECT signature_id FROM signatures WHERE signature = %(text)s)
        """,
        version=version_id,
        text=text,
        day=day,
        **counts,
    )


def installs_crashed(
    db: Connection, version_id: int, count: int, day: date = DAY, system: str = "win"
) -> None:
    """So many installs crashed on a day, with any signature."""
    execute(
        db,
        "INSERT INTO install_counts VALUES (%(v)s, %(d)s, %(o)s, %(n)s, 0, %(n)s)",
        v=version_id,
        d=day,
        o=SYSTEMS[system],
        n=count,
    )
