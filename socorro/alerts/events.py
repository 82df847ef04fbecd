"""Events that people should hear of, noted by the jobs that discover them.

    alerts.note(db, Event(Kind.EXPLOSION, key=f"{product} {channel} {signature} {first_day}",
                          sentence="54 crashes on Tuesday, where 8.3 were expected …",
                          product=product, signature=signature))

A note is a row in the caller's transaction: it is there when the caller's own rows are, or not at
all, and it waits for no receiver. The same kind and key is one event, however often it is noted:
a job may be killed and run again. Other jobs of the clock send what was noted.

Sentences go to mailboxes and chats, and into feeds that everybody may read: nothing protected.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import quote, urlencode

from socorro.postgres import Connection, execute, load_sql
from socorro.visible import visible

SQL = load_sql(__file__)
LONGEST_SENTENCE: Final = 1000  # characters, as are all that follow
LONGEST_SIGNATURE: Final = 500  # signatures of this product are at most 255 long
LONGEST_PRODUCT: Final = 100
LONGEST_PATH: Final = 8000
URL_CHARACTERS: Final = "%/?&=:+,;@!$'()*~#[]"  # of a path that stay as they are


class Kind(StrEnum):
    """What happened."""

    EXPLOSION = "explosion"  # a signature crashes far more often than its history explains
    NEW_TOP_CRASHER = "new_top_crasher"  # a signature is among the first, and never was before
    WORSE_BUILD = "worse_build"  # a build crashes more often than the one before
    FAILED_FIX = "failed_fix"  # a signature still crashes in builds that should have a fix
    UNEVEN_LEDGER = "uneven_ledger"  # crashes of a day are missing, or have two reports


@dataclass(frozen=True)
class Event:
    """Something that people should hear of, once.

    key        what makes it the same event when it is noted again, among events of its kind: for an
               alarm that lasts for days, the day on which it began
    sentence   what happened, with its numbers, for people; one line of plain text
    product    "" when it is about no single product
    signature  "" when it is about no single signature; such an event cannot be muted
    path       address of the page that shows it, without the host; "": the page of the signature
    """

    kind: Kind
    key: str
    sentence: str
    product: str = ""
    signature: str = ""
    path: str = ""

    @property
    def alert(self) -> str:
        """The name of the event: 32 hexadecimal digits, the same for the same kind and key."""
        return hashlib.sha256(f"{self.kind}\0{self.key}".encode("utf-8", "replace")).hexdigest()[
            :32
        ]

    @property
    def page(self) -> str:
        """The address of the page that shows the event, without the host."""
        if self.path.startswith("/") and not self.path.startswith("//"):
            return cut(quote(self.path, safe=URL_CHARACTERS, errors="replace"), LONGEST_PATH)
        if not self.signature:
            return "/"
        query = {"product": cut(self.product, LONGEST_PRODUCT)} if self.product else {}
        query["signature"] = cut(self.signature, LONGEST_SIGNATURE)
        return f"/signature/?{urlencode(query)}"


def note(db: Connection, event: Event) -> bool:
    """Note that *event* happened; return whether it is new. Texts that are too long are cut.

    The caller commits. Costs one statement, and never waits for a receiver.
    """
    return bool(
        execute(
            db,
            SQL["note"],
            alert=event.alert,
            kind=event.kind.value,
            product=cut(event.product, LONGEST_PRODUCT),
            signature=cut(event.signature, LONGEST_SIGNATURE),
            sentence=cut(event.sentence, LONGEST_SENTENCE),
            path=event.page,
        )
    )


def cut(text: str, longest: int) -> str:
    """Return *text* in one line, with control characters made visible, of *longest* characters."""
    text = visible(text[: longest + 1])
    return text if len(text) <= longest else f"{text[: longest - 1]}…"
