"""The software bill of materials of an artifact, as CycloneDX 1.5 in JSON."""

import hashlib
import time
import uuid
import zipfile
from email.parser import HeaderParser
from pathlib import Path
from typing import Any, Protocol


class Packaged(Protocol):
    """The revision that is packaged; *seconds* is the time of its commit, since 1970."""

    @property
    def version(self) -> str:
        """The version of the artifact."""

    @property
    def commit(self) -> str:
        """The git commit."""

    @property
    def seconds(self) -> int:
        """When it was committed."""


def bill_of_materials(
    wheels: list[Path], programs: list[Path], own: Path, revision: Packaged
) -> dict[str, Any]:
    """Return what an artifact consists of: each wheel with licence and checksum, each program."""
    written = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(revision.seconds))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, own.name)}",
        "version": 1,
        "metadata": {"timestamp": written, "component": _wheel(own, "application")},
        "components": [
            *(_wheel(path, "library") for path in wheels if path != own),
            *(_program(path) for path in programs),
        ],
    }


def _wheel(path: Path, kind: str) -> dict[str, Any]:
    about = _metadata(path)
    name, version = str(about["Name"]), str(about["Version"])
    reference = f"pkg:pypi/{name.lower().replace('_', '-')}@{version}"
    component = {
        "type": kind, "bom-ref": reference, "name": name, "version": version, "purl": reference,
        "hashes": _hashes(path),
    }  # fmt: skip
    licence = about["License-Expression"] or about["License"]
    if licence and "\n" not in licence:
        component["licenses"] = [{"license": {"name": licence}}]
    return component


def _program(path: Path) -> dict[str, Any]:
    reference = f"file:bin/{path.name}"
    return {"type": "file", "bom-ref": reference, "name": path.name, "hashes": _hashes(path)}


def _hashes(path: Path) -> list[dict[str, str]]:
    return [{"alg": "SHA-256", "content": hashlib.sha256(path.read_bytes()).hexdigest()}]


def _metadata(wheel: Path) -> Any:
    with zipfile.ZipFile(wheel) as archive:
        [name] = [
            name
            for name in archive.namelist()
            if name.endswith(".dist-info/METADATA") and name.count("/") == 1
        ]
        return HeaderParser().parsestr(archive.read(name).decode())
