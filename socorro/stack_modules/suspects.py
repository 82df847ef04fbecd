"""Which modules on stacks look suspicious: points of what their crashes say of them."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Final, NamedTuple

from socorro.search.interface import TooSlow
from socorro.stack_modules.mixes import left_out
from socorro.stack_modules.stacks import Stacks
from socorro.stats.suspicious_modules import (
    CUT,
    Candidate,
    Sighting,
    Witness,
    candidates,
    suspect,
)

MOST_SIGHTINGS: Final = 1_000_000
MOST_CANDIDATES: Final = 1000  # of one product
MOST_SUSPECTS: Final = 200  # of one product
MOST_NAMES: Final = 100  # names, and ids, of one that are kept
MOST_PAIRS: Final = 1000  # of names and ids of one, by which its crashes are looked up

Signed = Callable[[str, Collection[str]], Mapping[str, bool]]

_SIGHTINGS: Final = """
SELECT product, file, debug_id, installs, crashes, first_day
FROM (SELECT product, module_id, count(DISTINCT install) AS installs, count(*) AS crashes,
             min(day) AS first_day
      FROM crashes JOIN stack_modules USING (stack_id)
      GROUP BY product, module_id)
JOIN modules USING (module_id)
ORDER BY product
LIMIT $most
"""
_SIGNATURES: Final = """
WITH wanted AS (
    SELECT DISTINCT place, module_id
    FROM (SELECT unnest(CAST($places AS INTEGER[])) AS place,
                 unnest(CAST($files AS VARCHAR[])) AS file,
                 unnest(CAST($ids AS VARCHAR[])) AS debug_id) AS pairs
    JOIN modules ON lower(modules.file) = pairs.file AND modules.debug_id = pairs.debug_id
), counted AS (
    SELECT place, signature, count(DISTINCT install) AS installs
    FROM crashes JOIN stack_modules USING (stack_id) JOIN wanted USING (module_id)
    WHERE product = $product AND signature <> '' AND NOT starts_with(signature, 'EMPTY')
    GROUP BY place, signature
)
SELECT place, signature, installs FROM counted
QUALIFY row_number() OVER (PARTITION BY place ORDER BY installs DESC, signature) = 1
"""


class Suspect(NamedTuple):
    """A suspicious module of a product, and what is known of it besides."""

    product: str
    candidate: Candidate
    witness: Witness


def find_suspects(stacks: Stacks, today: date, signed: Signed) -> tuple[list[Suspect], list[str]]:
    """Return suspicious modules, most points first, and notes of what was left out.

    *signed* says for a product which of some names (in small letters) have a certificate; a name
    of which it does not know is absent. Raises TooSlow when there are too many modules.
    """
    rows = stacks.rows(_SIGHTINGS, most=MOST_SIGHTINGS + 1)
    if len(rows) > MOST_SIGHTINGS:
        raise TooSlow(f"more than {MOST_SIGHTINGS:,} modules")
    suspects: list[Suspect] = []
    notes = []
    for product, lines in groupby(rows, key=lambda row: str(row[0])):
        chosen = candidates((Sighting(*row[1:]) for row in lines), today, stacks.first_day or today)
        if len(chosen) > MOST_CANDIDATES:
            count = len(chosen) - MOST_CANDIDATES
            notes.append(f"{product}: {left_out(count, 'candidate')}, with the fewest points")
        listed = _listed(stacks, product, chosen[:MOST_CANDIDATES], signed)
        if len(listed) > MOST_SUSPECTS:
            notes.append(f"{product}: {left_out(len(listed) - MOST_SUSPECTS, 'module')}")
        suspects += listed[:MOST_SUSPECTS]
    return suspects, notes


def _listed(
    stacks: Stacks, product: str, chosen: Sequence[Candidate], signed: Signed
) -> list[Suspect]:
    if not chosen:
        return []
    signatures = _signatures(stacks, product, chosen)
    certificates = signed(product, sorted({name for one in chosen for name in one.names}))
    suspects = []
    for place, one in enumerate(chosen):
        signature, installs = signatures.get(place, ("", 0))
        witness = Witness(_is_signed(one, certificates), signature, installs)
        suspects.append(Suspect(product, suspect(one, witness), witness))
    listed = [one for one in suspects if one.candidate.points >= CUT]
    return sorted(
        listed,
        key=lambda one: (-one.candidate.points, -one.candidate.installs, one.candidate.names),
    )


def _is_signed(candidate: Candidate, certificates: Mapping[str, bool]) -> bool | None:
    """Say what most of its names are; None when nothing is known of any."""
    states = [certificates[name] for name in candidate.names if name in certificates]
    return 2 * sum(states) > len(states) if states else None


def _signatures(
    stacks: Stacks, product: str, chosen: Sequence[Candidate]
) -> dict[int, tuple[str, int]]:
    pairs = [
        (place, file, debug_id)
        for place, one in enumerate(chosen)
        for file, debug_id in sorted(one.modules)[:MOST_PAIRS]
    ]
    rows = stacks.rows(
        _SIGNATURES,
        product=product,
        places=[place for place, _, _ in pairs],
        files=[file for _, file, _ in pairs],
        ids=[debug_id for _, _, debug_id in pairs],
    )
    return {place: (signature, installs) for place, signature, installs in rows}
