"""What puts that were killed left in the filesystem store's folder of drafts.

A draft has no name of its own: its crash is the one that its content names.
"""

import gzip
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Final

from socorro import files, quick_json
from socorro.crash import RawCrash
from socorro.crash_id import CrashId
from socorro.crashstore.archive import RAW_MEMBER
from socorro.crashstore.damage import BROKEN

UNDER_WAY_SECONDS: Final = 60.0  # a younger draft may still become a crash


def drop_drafts(folder: Path, crash_id: CrashId, before: float) -> None:
    """Remove the drafts of a crash that were last written *before*, in seconds since 1970."""
    for draft in folder.iterdir():
        with suppress(FileNotFoundError):  # it became a crash, or was swept
            if draft.stat().st_ctime < before and _crash_of(draft) == crash_id:
                files.drop(str(draft))


def _crash_of(draft: Path) -> str | None:
    """Return the id of the crash in a draft, raw or processed; None when it cannot be read."""
    with suppress(*BROKEN), zipfile.ZipFile(draft) as archive:
        return RawCrash.from_json(archive.read(RAW_MEMBER)).crash_id
    with suppress(*BROKEN):
        processed = quick_json.loads(gzip.decompress(draft.read_bytes()))
        return str(processed.get("crash_id")) if isinstance(processed, dict) else None
    return None
