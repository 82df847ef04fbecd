"""Which crashes mix modules of two builds: by signature, and each module with its evidence."""

from collections.abc import Collection, Container, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final, NamedTuple

from socorro.search.interface import TooSlow
from socorro.stack_modules.stacks import Stacks
from socorro.stats.frankeninstalls import Count, Foreign, find_foreign

MOST_COUNTS: Final = 2_000_000  # of modules by build
MOST_FOREIGN: Final = 5000  # modules that are kept, by installs
MOST_SIGNATURES: Final = 5000  # signatures that are kept, by mixed installs

_COUNTS: Final = """
WITH counted AS (
    SELECT line, module_id, count(DISTINCT install) AS installs
    FROM crashes JOIN stack_modules USING (stack_id)
    WHERE module_id IN (
        SELECT module_id FROM modules
        WHERE debug_id <> ''
              AND file IN (SELECT file FROM modules GROUP BY file HAVING count(*) > 1))
    GROUP BY line, module_id
), lines AS (
    SELECT line, any_value(product) AS product, any_value(os_name) AS os_name,
           any_value(build) AS build, any_value(arch) AS arch
    FROM crashes GROUP BY line
)
SELECT product, os_name, build, arch, file, debug_id, installs
FROM counted JOIN lines USING (line) JOIN modules USING (module_id)
ORDER BY product, os_name
LIMIT $most
"""
_FLAG: Final = """
CREATE OR REPLACE TEMP TABLE flagged AS
SELECT place, flags.product, flags.os_name, flags.build, module_id
FROM (SELECT unnest(CAST($places AS INTEGER[])) AS place,
             unnest(CAST($products AS VARCHAR[])) AS product,
             unnest(CAST($systems AS VARCHAR[])) AS os_name,
             unnest(CAST($builds AS VARCHAR[])) AS build,
             unnest(CAST($files AS VARCHAR[])) AS file,
             unnest(CAST($ids AS VARCHAR[])) AS debug_id) AS flags
JOIN modules ON modules.file = flags.file AND modules.debug_id = flags.debug_id
"""
_MIXED: Final = """
CREATE OR REPLACE TEMP TABLE mixed AS
SELECT crashes.rowid AS crash, place, signature, distribution, install
FROM crashes
JOIN stack_modules USING (stack_id)
JOIN flagged ON flagged.module_id = stack_modules.module_id
            AND flagged.product = crashes.product AND flagged.os_name = crashes.os_name
            AND flagged.build = crashes.build
"""
_BY_SIGNATURE: Final = """
WITH places AS (SELECT crash, min(place) AS place FROM mixed GROUP BY crash), counted AS (
    SELECT product, channel, signature, grouping(signature) AS is_whole,
           count(DISTINCT install) AS installs, count(*) AS crashes,
           count(DISTINCT install) FILTER (WHERE place IS NOT NULL) AS mixed_installs,
           count(place) AS mixed_crashes, mode(place ORDER BY place) AS place
    FROM crashes LEFT JOIN places ON places.crash = crashes.rowid
    GROUP BY GROUPING SETS ((product, channel), (product, channel, signature))
)
SELECT product, channel, CASE WHEN is_whole = 1 THEN '' ELSE signature END, installs, crashes,
       mixed_installs, mixed_crashes, place
FROM counted
WHERE is_whole = 1 OR (mixed_crashes > 0 AND signature <> '')
ORDER BY is_whole DESC, mixed_installs DESC, mixed_crashes DESC, product, channel, signature
LIMIT $most
"""
_BY_PLACE: Final = """
SELECT place, count(DISTINCT install), count(DISTINCT crash) FROM mixed GROUP BY place
"""
_COMMONEST: Final = """
SELECT place, {column}, count(DISTINCT install) AS installs
FROM mixed WHERE {column} IS NOT NULL AND {column} <> ''
GROUP BY place, {column}
QUALIFY row_number() OVER (PARTITION BY place ORDER BY installs DESC, {column}) = 1
"""


class BySignature(NamedTuple):
    """Installs and crashes of a signature on a channel, and the mixed ones; "": all of them.

    *place* is the number of the commonest foreign module; None without any.
    """

    product: str
    release_channel: str
    signature: str
    installs: int
    crashes: int
    mixed_installs: int
    mixed_crashes: int
    place: int | None


class Commonest(NamedTuple):
    """The value that most installs have; None when none has one."""

    value: str | None
    installs: int


@dataclass(frozen=True)
class Module:
    """A foreign module with its evidence; *place* numbers them, most installs first."""

    place: int
    product: str
    os_name: str
    foreign: Foreign
    installs: int
    crashes: int
    signature: Commonest
    distribution: Commonest


class Mixes(NamedTuple):
    """What one scan says; *notes* say what was left out."""

    signatures: Sequence[BySignature]
    modules: Sequence[Module]
    notes: Sequence[str]


def find_mixes(
    stacks: Stacks, uploaded: Container[tuple[str, str]], excused: Collection[str] = ()
) -> Mixes:
    """Return the mixes of the stacks; *excused* are modules, file/debug id, that are none.

    Raises TooSlow when there are too many modules to compare.
    """
    flagged, notes = [], []
    without = 0
    for product, os_name, foreign in _foreign(stacks, uploaded):
        if f"{foreign.file}/{foreign.debug_id}" in excused:
            without += 1
        else:
            flagged.append((product, os_name, foreign))
    flagged.sort(key=lambda one: (-one[2].installs, one))
    if without:
        notes.append(f"excused by SOCORRO_MIXES_EXCUSED: {without:,}")
    if len(flagged) > MOST_FOREIGN:
        notes.append(left_out(len(flagged) - MOST_FOREIGN, "foreign module"))
    _mark(stacks, flagged[:MOST_FOREIGN])
    signatures = [BySignature(*row) for row in stacks.rows(_BY_SIGNATURE, most=MOST_SIGNATURES + 1)]
    if len(signatures) > MOST_SIGNATURES:
        notes.append(f"only the first {MOST_SIGNATURES:,} signatures are kept")
    modules = list(_modules(stacks, flagged[:MOST_FOREIGN]))
    return Mixes(signatures[:MOST_SIGNATURES], modules, notes)


def left_out(count: int, what: str) -> str:
    """Return a note: 1 module was left out."""
    return f"{count:,} {what}{'' if count == 1 else 's'} {'was' if count == 1 else 'were'} left out"


def _foreign(
    stacks: Stacks, uploaded: Container[tuple[str, str]]
) -> Iterator[tuple[str, str, Foreign]]:
    rows = stacks.rows(_COUNTS, most=MOST_COUNTS + 1)
    if len(rows) > MOST_COUNTS:
        raise TooSlow(f"more than {MOST_COUNTS:,} modules by build")
    for (product, os_name), lines in groupby(rows, key=lambda row: row[:2]):
        for foreign in find_foreign((Count(*_count(row)) for row in lines), uploaded):
            yield product, os_name, foreign


def _count(row: tuple[Any, ...]) -> tuple[str, str, str, str, int]:
    return row[2], row[3], row[4], row[5], row[6]


def _mark(stacks: Stacks, flagged: Sequence[tuple[str, str, Foreign]]) -> None:
    """Make the tables `flagged` and `mixed`."""
    stacks.rows(
        _FLAG,
        places=list(range(len(flagged))),
        products=[product for product, _, _ in flagged],
        systems=[os_name for _, os_name, _ in flagged],
        builds=[foreign.build for _, _, foreign in flagged],
        files=[foreign.file for _, _, foreign in flagged],
        ids=[foreign.debug_id for _, _, foreign in flagged],
    )
    stacks.rows(_MIXED)


def _modules(stacks: Stacks, flagged: Sequence[tuple[str, str, Foreign]]) -> Iterator[Module]:
    counts = {place: (installs, crashes) for place, installs, crashes in stacks.rows(_BY_PLACE)}
    nothing = Commonest(None, 0)
    signatures, distributions = (
        {row[0]: Commonest(row[1], row[2]) for row in stacks.rows(_COMMONEST.format(column=name))}
        for name in ("signature", "distribution")
    )
    for place, (product, os_name, foreign) in enumerate(flagged):
        installs, crashes = counts.get(place, (0, 0))
        yield Module(
            place, product, os_name, foreign, installs, crashes,
            signatures.get(place, nothing), distributions.get(place, nothing),
        )  # fmt: skip
