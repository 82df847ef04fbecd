"""Reads what the crashes of a product and channel have, from the files of search.

A row is an install that crashed with a signature: a machine that crashes thirty times is one. An
install is known by its install time, system version, processor and memory; without an install time,
each crash counts as one. On a busy day a sample of installs is read, of each install all.

Attributes are those of the machine and the program, all of them public. What describes the crash
itself is left out (reason, address, uptime); its process is a common cause and no finding. Modules
are those on the stack of the crashing thread, and those without symbols on any stack: search keeps
no list of all loaded modules.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, NamedTuple

from socorro.search.catalog import catalog
from socorro.search.interface import Query
from socorro.search.segments.bulk import Bulk

if TYPE_CHECKING:
    from socorro.stats.correlations import Crashes

MOST_LINES: Final = 50  # products and channels
FEWEST: Final = 50  # installs of a line
MOST_ROWS: Final = 100_000
MOST_SIGNATURES: Final = 300
MOST_ITEMS: Final = 4000
FEWEST_ROWS: Final = 5  # of a signature, or with an attribute
LONGEST: Final = 200  # characters of a value
LONGEST_NAME: Final = 100  # of a product or channel
MOST_ENTRIES: Final = 500  # modules or add-ons of one crash
MOST_TEXT: Final = 16_000  # characters of a list of modules
RARE: Final = 0.15  # share of a signature that an attribute needs
COMMON: Final = 0.05  # or of all rows

CONTEXTS: Final = ("os_name", "os_version", "cpu_arch", "version", "build", "process_type")
"""What may be a common cause of the others, coarse ones first."""

SCALARS: Final[Mapping[str, str]] = {
    **{name: f'"{name}"' for name in CONTEXTS},
    "cpu_info": "nullif(split_part(cpu_info, ' | ', 1), '')",
    "cpu_count": "cpu_count",
    "cpu_microcode_version": "cpu_microcode_version",
    "memory": (
        "CASE WHEN total_physical_memory > 0"
        " THEN concat(CAST(round(total_physical_memory / 1073741824) AS BIGINT), ' GiB') END"
    ),
    "graphics": "adapter_vendor_id || ' ' || adapter_device_id",
    **{
        name: f'"{name}"'
        for name in (
            "adapter_vendor_id", "adapter_driver_version", "bios_manufacturer",
            "useragent_locale", "theme", "safe_mode", "startup_crash", "vendor", "distributor",
            "distribution_id", "accessibility", "accessibility_client",
            "accessibility_in_proc_client", "desktop_environment", "is_wayland",
            "has_device_touch_screen", "headless_mode", "background_task_name",
            "windows_package_family_name", "android_manufacturer", "android_model",
            "android_version", "dom_fission_enabled", "content_sandbox_level",
            "gpu_sandbox_level", "flash_version", "plugin_name", "plugin_version", "memtest_output",
        )
    },
}  # fmt: skip
LISTS: Final[Mapping[str, tuple[str, str]]] = {  # list, and what is an attribute of its entries
    "addon": ("addons", "regexp_replace(entry, ':[^:]*$', '')"),
    "addon_version": ("addons", "entry"),
    "module": ("modules", "split_part(entry, '/', 1)"),
    "module_build": (
        "modules", "CASE WHEN split_part(entry, '/', 2) <> '' THEN replace(entry, '/', ' ') END"
    ),
    "debug_id": ("modules", "split_part(entry, '/', 2)"),
}  # fmt: skip
ATTRIBUTES: Final = (*SCALARS, *LISTS)
NO_FINDINGS: Final = ("process_type",)
FIELDS: Final = (
    "product", "release_channel", "signature", "install_time", "total_physical_memory",
    "adapter_device_id", "modules_in_stack", "addons",
    *(name for name in SCALARS if name not in ("memory", "graphics")),
)  # fmt: skip

_UNIT: Final = (
    "hash(CASE WHEN install_time IS NULL THEN crash_id END, install_time, os_version, cpu_info,"
    " total_physical_memory)"
)
_HERE: Final = (
    "product = $product AND coalesce(release_channel, '') = $channel"
    " AND submitted_timestamp >= $start"
)
# A list that is too long ends with a whole entry.
_ENTRIES: Final = (
    "string_split(CASE WHEN length({0}) > $text"
    " THEN regexp_replace(left({0}, $text), ';[^;]*$', '') ELSE coalesce({0}, '') END, ';')"
    "[:$entries]"
)
_MODULES: Final = _ENTRIES.format("modules_in_stack")  # file/debug id

_LINES: Final = """
SELECT product, coalesce(release_channel, ''), count(*),
       approx_count_distinct(hash(signature, {unit})),
       approx_count_distinct(hash(signature, {unit})) FILTER (submitted_timestamp >= $last)
FROM {crashes}
WHERE length(product) <= $longest AND coalesce(length(release_channel), 0) <= $longest
GROUP BY ALL
HAVING count(*) >= $fewest
ORDER BY 3 DESC, 1, 2
LIMIT $most
"""
_UNITS: Final = """
CREATE OR REPLACE TEMP TABLE units AS
SELECT row_number() OVER (ORDER BY crash_id) - 1 AS row, crash_id, crashes
FROM (
    SELECT min(crash_id) AS crash_id, count(*) AS crashes
    FROM {crashes}
    WHERE {here} AND hash({unit}) <= $bound
    GROUP BY signature, {unit}
    ORDER BY 1
    LIMIT $most
)
"""
_CHOSEN: Final = """
CREATE OR REPLACE TEMP TABLE chosen AS
SELECT row, crashes, signature, install_time, addons[:$entries] AS addons,
       {modules} AS modules,
       {columns}
FROM {crashes} JOIN units USING (crash_id)
WHERE {here}
"""
_RANKED: Final = """
CREATE OR REPLACE TEMP TABLE ranked AS
SELECT row_number() OVER (ORDER BY count(*) DESC, signature) - 1 AS code, signature,
       count(*) AS installs, CAST(sum(crashes) AS BIGINT) AS crashes
FROM chosen
WHERE signature IS NOT NULL
GROUP BY signature
HAVING count(*) >= $fewest
ORDER BY code
LIMIT $most
"""
_SCALAR: Final = 'SELECT row, {number} AS attribute, "{name}" AS value FROM chosen'
_LIST: Final = (
    "SELECT row, {number} AS attribute, {value} AS value"
    " FROM (SELECT row, unnest({list}) AS entry FROM chosen)"
)
_HELD: Final = """
CREATE OR REPLACE TEMP TABLE held AS
SELECT DISTINCT row, attribute, left(value, $longest) AS value
FROM ({values})
WHERE value <> ''
"""
# An attribute can be a finding when it is frequent with a signature, or in general.
_ITEMS: Final = """
CREATE OR REPLACE TEMP TABLE items AS
SELECT row_number() OVER (ORDER BY attribute, value) - 1 AS number, attribute, value
FROM (
    SELECT attribute, value, sum(size) AS total,
           coalesce(max(size / installs) FILTER (size >= $fewest), 0) AS share
    FROM (
        SELECT attribute, value, code, installs, count(*) AS size
        FROM held JOIN chosen USING (row) LEFT JOIN ranked USING (signature)
        GROUP BY ALL
    )
    GROUP BY ALL
    HAVING total >= $fewest AND (share >= $rare OR total >= $common)
    ORDER BY greatest(share, total / $rows) DESC, attribute, value
    LIMIT $most
)
"""
_PAIRS: Final = """
SELECT held.row, items.number FROM held JOIN items USING (attribute, value)
"""
_ROWS: Final = """
SELECT coalesce(code, -1) AS code,
       {columns}
FROM chosen LEFT JOIN ranked USING (signature)
ORDER BY row
"""
_BASE: Final = """
SELECT count(*), coalesce(CAST(sum(crashes) AS BIGINT), 0), count(*) - count(install_time),
       (SELECT coalesce(max(size), 0)
        FROM (SELECT count(*) AS size FROM chosen WHERE install_time IS NOT NULL
              GROUP BY install_time))
FROM chosen
"""


class Line(NamedTuple):
    """A product and channel; how many crashes, and installs by signature, were submitted.

    *last_day* are the installs of the last day of the period.
    """

    product: str
    channel: str
    crashes: int
    installs: int
    last_day: int


class Signature(NamedTuple):
    """One of the most frequent signatures, and what was read of it."""

    code: int
    signature: str
    installs: int
    crashes: int


class Reading(NamedTuple):
    """What was read of a line: *share* of its installs, submitted in [start, end).

    *without_time* installs have no install time, *same_time* have the most frequent one.
    """

    start: datetime
    end: datetime
    share: float
    installs: int
    crashes: int
    without_time: int
    same_time: int
    signatures: Sequence[Signature]
    data: "Crashes"


def query(start: datetime, end: datetime) -> Query:
    """Return the query of the crashes submitted in [start, end), with what is read of them."""
    declared = catalog()
    return Query(start, end, columns=tuple(declared[name] for name in FIELDS))


def lines(bulk: Bulk, last: datetime) -> list[Line]:
    """Return products and channels, most crashes first; *last* is where the last day begins."""
    values = {"last": last, "fewest": FEWEST, "most": MOST_LINES, "longest": LONGEST_NAME}
    return [Line(*row) for row in bulk.execute(_with_places(_LINES), **values).fetchall()]


def read_line(bulk: Bulk, line: Line) -> Reading:
    """Read the crashes of a line: those of the last day when they are enough, else of all days."""
    start, end = bulk.view.query.start, bulk.view.query.end
    size, most = line.installs, MOST_ROWS
    if line.last_day >= most:
        start, size = end - timedelta(days=1), line.last_day
    share = min(1.0, most / max(1, size))
    here = {"product": line.product, "channel": line.channel, "start": start}
    bulk.execute(
        _with_places(_UNITS), **here, bound=int(share * (2**64 - 1)), most=most + most // 10
    )
    bulk.execute(_with_places(_CHOSEN), **here, entries=MOST_ENTRIES, text=MOST_TEXT)
    bulk.execute(_RANKED, fewest=FEWEST_ROWS, most=MOST_SIGNATURES)
    installs, crashes, without_time, same_time = bulk.execute(_BASE).fetchall()[0]
    signatures = bulk.execute("SELECT code, signature, installs, crashes FROM ranked ORDER BY code")
    return Reading(
        start, end, share, installs, crashes, without_time, same_time,
        [Signature(*row) for row in signatures.fetchall()], _data(bulk, installs),
    )  # fmt: skip


def _data(bulk: Bulk, rows: int) -> "Crashes":
    import numpy as np

    from socorro.stats.correlations import Crashes, Item

    bulk.execute(_HELD.replace("{values}", _values()), longest=LONGEST)
    bulk.execute(
        _ITEMS, fewest=FEWEST_ROWS, rare=RARE, common=rows * COMMON, rows=rows, most=MOST_ITEMS
    )
    items = bulk.execute("SELECT attribute, value FROM items ORDER BY number").fetchall()
    pairs = bulk.execute(_PAIRS).fetchnumpy()
    table = {
        name: np.asarray(codes)
        for name, codes in bulk.execute(_ROWS.replace("{columns}", _codes())).fetchnumpy().items()
    }
    return Crashes(
        signatures=table["code"],
        rows=np.asarray(pairs["row"]),
        columns=np.asarray(pairs["number"]),
        items=[Item(ATTRIBUTES[number], value) for number, value in items],
        contexts={name: table[name] for name in CONTEXTS},
    )


def _values() -> str:
    """Return a SELECT of the row, number of the attribute, and value, of all that the rows have."""
    selects = [
        _SCALAR.format(number=number, name=name)
        for number, name in enumerate(SCALARS)
        if name not in NO_FINDINGS
    ]
    for number, (entries, value) in enumerate(LISTS.values(), len(SCALARS)):
        selects.append(_LIST.format(number=number, value=value, list=entries))
    return " UNION ALL ".join(selects)


def _with_places(statement: str) -> str:
    """Return a statement with our own expressions in its places."""
    columns = ", ".join(f'CAST({value} AS VARCHAR) AS "{name}"' for name, value in SCALARS.items())
    places = {"unit": _UNIT, "here": _HERE, "modules": _MODULES, "columns": columns}
    for name, text in places.items():
        statement = statement.replace(f"{{{name}}}", text)
    return statement


def _codes() -> str:
    return ", ".join(f"dense_rank() OVER (ORDER BY {name}) - 1 AS {name}" for name in CONTEXTS)
