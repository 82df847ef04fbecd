"""Artifacts that bring a deploy script of their own, as those of `make package` do."""

import hashlib
import io
import tarfile
from pathlib import Path

CHECKOUT = Path(__file__).parents[2]
NAME = "socorro-0.1.0+g1a2b3c4.tar.gz"


def write(artifact: Path, script: bytes = b"exit") -> Path:
    """Write an artifact, in which *script* is the deploy script, and its checksum."""
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as tar:
        member = tarfile.TarInfo(f"{artifact.name.removesuffix('.tar.gz')}/deploy/socorro-deploy")
        member.size, member.mode = len(script) + 10, 0o755
        tar.addfile(member, io.BytesIO(b"#!/bin/sh\n" + script))
    artifact.parent.mkdir(parents=True, exist_ok=True)
    artifact.write_bytes(content.getvalue())
    digest = hashlib.sha256(content.getvalue()).hexdigest()
    artifact.with_name(f"{artifact.name}.sha256").write_text(f"{digest}  {artifact.name}\n")
    return artifact
