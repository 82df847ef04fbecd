"""Small artifacts: what `make package` writes, without the wheels."""

import hashlib
import io
import json
import os
import sys
import tarfile
from pathlib import Path
from typing import Any

FILES = {"requirements.txt": b"", "bin/socorro-service": b"#!/bin/sh\n"}


def manifest(content: dict[str, bytes], **changes: Any) -> bytes:
    document = {
        "version": "0.1.0+v1",
        "commit": "0" * 40,
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
        "machine": os.uname().machine,
        "bytes_needed": 1000,
        "migrations": {"0001_jobs_and_reports": ""},
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in content.items()},
    }
    return json.dumps(document | changes).encode()


def write(
    folder: Path,
    content: dict[str, bytes] = FILES,
    extra: tuple[tuple[tarfile.TarInfo, bytes], ...] = (),
    **changes: Any,
) -> Path:
    """Write an artifact and its checksum; *extra* members come last."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "socorro.tar.gz"
    with tarfile.open(path, "w:gz") as tar:
        for name, data in {"MANIFEST.json": manifest(content, **changes), **content}.items():
            member = tarfile.TarInfo(f"socorro/{name}")
            member.size, member.mode = len(data), 0o755 if name.startswith("bin/") else 0o644
            tar.addfile(member, io.BytesIO(data))
        for member, data in extra:
            tar.addfile(member, io.BytesIO(data))
    sign_off(path)
    return path


def sign_off(path: Path) -> None:
    """Write the checksum beside an artifact."""
    checksum = hashlib.sha256(path.read_bytes()).hexdigest()
    path.with_name(f"{path.name}.sha256").write_text(f"{checksum}  {path.name}\n")
