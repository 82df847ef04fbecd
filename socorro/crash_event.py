"""What makes two posts the same crash: dumps, the client's id of it, and the program.

A client that got no answer posts again, and its user may submit the same report days later by
hand. Then the note how it was sent is another, a comment may be new, and the transport too: form
fields or JSON, compressed or not. None of it is in here, so collectors give both posts one digest
(socorro/crash_id.py), and who saves their reports finds that they are one event.

Attachments are no dumps: a log or a settings file may be the same in many crashes. And a dump
without a byte distinguishes nothing by itself.

Pure: no I/O, no clock, no randomness.
"""

import hashlib
import json
from collections.abc import Mapping
from typing import Final, NamedTuple
from uuid import UUID

from socorro.clients import with_our_names
from socorro.crash import MAIN_DUMP

EVENT_ID: Final = "CrashEventID"
PROGRAM: Final = ("ProductName", "Version", "BuildID", "ReleaseChannel")
NO_BYTES: Final = hashlib.sha256(b"").hexdigest()


class Identity(NamedTuple):
    """What distinguishes one crash from all others, however often it is sent."""

    annotations: dict[str, str]  # event id and program, without blanks at the ends
    dumps: dict[str, str]  # checksums by dump name


def identity(annotations: Mapping[str, str], dump_checksums: Mapping[str, str]) -> Identity | None:
    """Return what distinguishes the crash; None when it has neither a dump nor an event id.

    *dump_checksums* maps dump name to the SHA-256 of its bytes, hex. No order matters.
    """
    dumps = {name: sha for name, sha in dump_checksums.items() if name.startswith(MAIN_DUMP)}
    named = with_our_names(annotations)
    texts = {name: named.get(name, "").strip() for name in (EVENT_ID, *PROGRAM)}
    if not texts[EVENT_ID] and all(sha == NO_BYTES for sha in dumps.values()):
        return None
    return Identity({name: text for name, text in texts.items() if text}, dumps)


def event_key(annotations: Mapping[str, str], dump_checksums: Mapping[str, str]) -> UUID | None:
    """Return a number that posts of the same crash share, whatever their ids; None as above.

    It needs no secret, so it is for our own tables, not for the public.
    """
    same = identity(annotations, dump_checksums)
    if same is None:
        return None
    text = json.dumps(same, sort_keys=True)
    return UUID(bytes=hashlib.sha256(text.encode("ascii")).digest()[:16])
