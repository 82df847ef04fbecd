"""Counts the crashes at one-bit addresses of each machine, from the files of search.

A machine is what processor, microcode, system, graphics and memory say together; a crash that
lacks any of them but graphics names none. An address has one bit when a single one is set, beyond
the first page: small numbers are offsets from null.
"""

from datetime import datetime
from typing import Final, NamedTuple

from socorro.search.catalog import catalog
from socorro.search.interface import Query
from socorro.search.segments.bulk import Bulk

MOST_MACHINES: Final = 100_000  # with a one-bit crash
LONGEST: Final = 200  # characters of one value
FIELDS: Final = (
    "os_name", "os_version", "cpu_info", "cpu_microcode_version", "adapter_vendor_id",
    "adapter_device_id", "app_notes", "total_physical_memory", "address", "signature",
)  # fmt: skip
_ONE_BIT: Final = "^0x0*[1248]0{3,15}$"
# Older clients have the graphics adapter in their notes only.
_MACHINES: Final = """
CREATE OR REPLACE TEMP TABLE machine_crashes AS
SELECT hash(os_name, os_version, cpu_info, cpu_microcode_version, graphics, memory) AS machine,
       * EXCLUDE (address),
       regexp_matches(address, $one_bit) AS flipped
FROM (
    SELECT coalesce(left(os_name, $longest), '') AS os_name,
           left(os_version, $longest) AS os_version,
           left(cpu_info, $longest) AS cpu_info,
           left(cpu_microcode_version, $longest) AS cpu_microcode_version,
           left(trim(coalesce(
               adapter_vendor_id || ' ' || adapter_device_id,
               regexp_extract(app_notes, 'AdapterVendorID: (0x[0-9a-f]{1,8})', 1) || ' '
               || regexp_extract(app_notes, 'AdapterDeviceID: (0x[0-9a-f]{1,8})', 1), '')),
               $longest)
               AS graphics,
           total_physical_memory AS memory, coalesce(lower(address), '') AS address,
           coalesce(signature, '') AS signature
    FROM {crashes}
    WHERE os_version IS NOT NULL AND cpu_info IS NOT NULL AND cpu_microcode_version IS NOT NULL
          AND total_physical_memory > 0
)
"""
_TOTALS: Final = """
SELECT count(*), count(*) FILTER (flipped), approx_count_distinct(machine) FROM machine_crashes
"""
_COUNTED: Final = """
SELECT any_value(os_name), any_value(os_version), any_value(cpu_info),
       any_value(cpu_microcode_version), any_value(graphics), any_value(memory), count(*),
       count(*) FILTER (flipped), count(DISTINCT signature) FILTER (flipped),
       nullif(mode(signature), '')
FROM machine_crashes
WHERE machine IN (SELECT machine FROM machine_crashes WHERE flipped GROUP BY machine
                  ORDER BY count(*) DESC, machine LIMIT $most)
GROUP BY machine
ORDER BY 8 DESC, 7, machine
"""


class Counted(NamedTuple):
    """One machine with a crash at a one-bit address; *signature* is its commonest."""

    os_name: str
    os_version: str
    cpu_info: str
    cpu_microcode_version: str
    graphics: str
    memory_bytes: int
    crashes: int
    flipped: int
    signatures: int
    signature: str | None


class Reading(NamedTuple):
    """Crashes that name their machine, those at one-bit addresses, machines, and who flipped."""

    crashes: int
    flipped: int
    machines: int
    counted: list[Counted]


def query(start: datetime, end: datetime) -> Query:
    """Return what is read of the crashes of [start, end)."""
    return Query(start, end, columns=tuple(catalog()[name] for name in FIELDS), number=0)


def read(bulk: Bulk) -> Reading:
    """Count the crashes of each machine."""
    bulk.execute(_MACHINES, one_bit=_ONE_BIT, longest=LONGEST)
    crashes, flipped, machines = bulk.execute(_TOTALS).fetchone() or (0, 0, 0)
    counted = bulk.execute(_COUNTED, most=MOST_MACHINES).fetchall()
    return Reading(crashes, flipped, machines, [Counted(*row) for row in counted])
