"""What scans leave in Postgres: each replaces what its day had, and forgets what is very old."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from socorro.postgres import Connection, execute, load_sql, rows
from socorro.stack_modules.mixes import BySignature, Mixes, Module
from socorro.stack_modules.stacks import Stacks
from socorro.stack_modules.suspects import MOST_NAMES, Suspect

SQL = load_sql(__file__)
MIXES, SUSPECTS = "frankeninstalls", "suspicious-modules"
KEPT: Final = timedelta(days=400)
MOST_CERTIFIED: Final = 20_000  # crashes whose certificates are read


def save_mixes(db: Connection, day: date, first: date, stacks: Stacks, mixes: Mixes) -> int:
    """Replace the mixes of a day; return how many rows."""
    _save_scan(db, MIXES, day, first, stacks, mixes.notes)
    for name in ("forget_mixed", "forget_foreign"):
        execute(db, SQL[name], day=day, before=day - KEPT)
    if mixes.signatures:
        columns = dict(zip(BySignature._fields, zip(*mixes.signatures, strict=True), strict=True))
        lists = {name: list(values) for name, values in columns.items()}
        execute(db, SQL["save_mixed"], day=day, **lists)
    for module in mixes.modules:
        execute(db, SQL["save_foreign"], day=day, **_foreign(module))
    return len(mixes.signatures) + len(mixes.modules)


def save_suspects(
    db: Connection,
    day: date,
    first: date,
    stacks: Stacks,
    suspects: Sequence[Suspect],
    notes: Sequence[str],
) -> int:
    """Replace the suspicious modules of a day; return how many."""
    _save_scan(db, SUSPECTS, day, first, stacks, notes)
    execute(db, SQL["forget_suspicious"], day=day, before=day - KEPT)
    for suspect in suspects:
        execute(db, SQL["save_suspicious"], day=day, **_suspicious(suspect))
    return len(suspects)


def certificates(
    db: Connection, product: str, names: Collection[str], first: date, last: date
) -> Mapping[str, bool]:
    """Return which names of modules, in small letters, have a certificate: where crashes say so."""
    counted = rows(
        db,
        SQL["certificates"],
        lambda name, crashes, signed: (name, 2 * signed >= crashes),
        product=product,
        names=list(names),
        start=datetime.combine(first, time(), UTC),
        end=datetime.combine(last + timedelta(days=1), time(), UTC),
        most=MOST_CERTIFIED,
    )
    return dict(counted)


def _save_scan(
    db: Connection, kind: str, day: date, first: date, stacks: Stacks, notes: Sequence[str]
) -> None:
    execute(db, SQL["forget_scan"], kind=kind, day=day, before=day - KEPT)
    execute(
        db,
        SQL["save_scan"],
        kind=kind,
        day=day,
        first=max(first, stacks.first_day or first),
        crashes=stacks.crashes,
        one_in=stacks.one_in,
        notes=[*stacks.notes, *notes],
    )


def _foreign(module: Module) -> dict[str, object]:
    foreign = module.foreign
    return {
        "place": module.place,
        "product": module.product,
        "os_name": module.os_name,
        "build": foreign.build,
        "file": foreign.file,
        "debug_id": foreign.debug_id,
        "owner": foreign.owner,
        "rule": foreign.rule,
        "share": foreign.share,
        "owner_share": foreign.owner_share,
        "installs": module.installs,
        "crashes": module.crashes,
        "signature": module.signature.value,
        "signature_installs": module.signature.installs,
        "distribution": module.distribution.value,
        "distribution_installs": module.distribution.installs,
    }


def _suspicious(suspect: Suspect) -> dict[str, object]:
    candidate, witness = suspect.candidate, suspect.witness
    return {
        "product": suspect.product,
        "name": candidate.names[0],
        "names": list(candidate.names[:MOST_NAMES]),
        "name_count": len(candidate.names),
        "debug_ids": list(candidate.debug_ids[:MOST_NAMES]),
        "debug_id_count": len(candidate.debug_ids),
        "points": candidate.points,
        "reasons": list(candidate.reasons),
        "installs": candidate.installs,
        "crashes": candidate.crashes,
        "first": candidate.first_day,
        "signed": witness.signed,
        "signature": witness.signature or None,
        "signature_installs": witness.in_signature,
    }
