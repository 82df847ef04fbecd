"""One crash as one zip file: raw_crash.json and <quoted dump name>.dmp. Pure.

Dump names come from outside: quoted, they hold no slash, no control character and no clash.
"""

import io
import zipfile
from collections.abc import Iterable, Mapping
from datetime import UTC
from typing import Final
from urllib.parse import quote, unquote

from socorro.crash import RawCrash

RAW_MEMBER: Final = "raw_crash.json"
_DUMP: Final = ".dmp"
_SMALL: Final = 4096  # bytes: a block, the least that a file takes on disk


def pack(raw: RawCrash, dumps: Mapping[str, bytes]) -> memoryview:
    """Return the file: dumps as they came, the JSON deflated unless it is small."""
    date_time = raw.submitted.astimezone(UTC).timetuple()[:6]
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        text = raw.to_json()
        method = zipfile.ZIP_DEFLATED if len(text) > _SMALL else zipfile.ZIP_STORED
        archive.writestr(zipfile.ZipInfo(RAW_MEMBER, date_time), text, method)
        for name, body in dumps.items():
            archive.writestr(zipfile.ZipInfo(member_of(name), date_time), body)
    return target.getbuffer()


def member_of(dump_name: str) -> str:
    """Return a dump's name in the file."""
    return quote(dump_name, safe="", errors="surrogatepass") + _DUMP


def dump_names(members: Iterable[str]) -> list[str]:
    """Return the names of the dumps among *members*, sorted."""
    quoted = (name.removesuffix(_DUMP) for name in members if name.endswith(_DUMP))
    return sorted(unquote(name, errors="surrogatepass") for name in quoted)
