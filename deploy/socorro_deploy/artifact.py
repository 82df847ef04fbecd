"""An artifact of `make package`: verified before anything is unpacked, unpacked file by file."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from socorro_deploy.failure import DeployFailed

MANIFEST: Final = "MANIFEST.json"
LARGEST_MANIFEST: Final = 10 * 2**20  # bytes
ALWAYS_FREE: Final = 200 * 10**6  # bytes that a deploy leaves free on the disk


@dataclass(frozen=True)
class Manifest:
    """What an artifact says of itself."""

    version: str
    commit: str
    python: str
    machine: str
    bytes_needed: int
    migrations: Mapping[str, str]  # name -> why it contracts the schema, or ""
    files: Mapping[str, str]  # path -> sha256


def parse_manifest(text: str | bytes) -> Manifest:
    """Return a manifest. Raises DeployFailed."""
    try:
        document = json.loads(text)
        names = Manifest.__dataclass_fields__
        manifest = Manifest(**{name: document[name] for name in names})
        version = manifest.version
        if not version or version.startswith(".") or set(version) & set("/\0 \n"):
            raise ValueError(f"version {version!r}")
    except (ValueError, KeyError, TypeError) as error:
        raise DeployFailed(f"{MANIFEST} is not one of `make package`: {error}") from None
    return manifest


def checksum_of(artifact: Path, public_key: str = "") -> str:
    """Return the sha256 of an artifact that is whole, and signed if there is a key.

    It is whole when `<artifact>.sha256` says the same. Raises DeployFailed.
    """
    beside = artifact.with_name(f"{artifact.name}.sha256")
    try:
        expected = (beside.read_text().split() or [""])[0].lower()
        with artifact.open("rb") as file:
            actual = hashlib.file_digest(file, "sha256").hexdigest()
    except (OSError, UnicodeDecodeError) as error:
        name = getattr(error, "filename", None) or beside
        reason = getattr(error, "strerror", None) or "is no text"
        text = f"{name}: {reason}; the artifact and its checksum lie side by side"
        raise DeployFailed(text) from None
    if actual != expected:
        text = f"{artifact} is damaged: its checksum is not that of {beside}; copy both again"
        raise DeployFailed(text)
    if public_key:
        _verify_signature(artifact, public_key)
    return actual


def _verify_signature(artifact: Path, public_key: str) -> None:
    signature = f"{artifact}.sig"
    command = ["openssl", "dgst", "-sha256", "-verify", public_key, "-signature", signature,
               str(artifact)]  # fmt: skip
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        raise DeployFailed(f"cannot verify the signature: openssl: {error.strerror}") from None
    if done.returncode:
        reason = (done.stderr or done.stdout).strip().splitlines()[:1]
        text = f"{signature} is not a signature by {public_key}: {' '.join(reason)}"
        raise DeployFailed(text)


def read_manifest(artifact: Path) -> Manifest:
    """Return the manifest of an artifact; it is the first file in it. Raises DeployFailed."""
    try:
        with tarfile.open(artifact, "r:gz") as tar:
            first = tar.next()
            content = tar.extractfile(first) if first else None
            if not first or not content or PurePosixPath(first.name).name != MANIFEST:
                raise DeployFailed(f"{artifact} is not an artifact of `make package`")
            if first.size > LARGEST_MANIFEST:
                raise DeployFailed(f"{artifact}: its {MANIFEST} is too large")
            return parse_manifest(content.read())
    except (tarfile.TarError, zlib.error, EOFError, OSError) as error:
        raise DeployFailed(f"{artifact} cannot be read: {error}") from None


def require_fit(manifest: Manifest, prefix: Path) -> None:
    """Raise DeployFailed unless it is for this Python and machine, and the disk has room."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    if (manifest.python, manifest.machine) != (python, os.uname().machine):
        raise DeployFailed(
            f"{manifest.version} is for Python {manifest.python} on {manifest.machine}; this is"
            f" Python {python} on {os.uname().machine}"
        )
    free, needed = shutil.disk_usage(prefix).free, manifest.bytes_needed + ALWAYS_FREE
    if free < needed:
        raise DeployFailed(
            f"{prefix} has {free / 1e6:,.0f} MB free, {needed / 1e6:,.0f} MB are needed: remove"
            " old files, or lower `keep` in deploy.toml"
        )


def unpack(artifact: Path, manifest: Manifest, folder: Path) -> None:
    """Unpack into a folder that does not exist; every file has the checksum of the manifest.

    Only files that the manifest names are written, so no link, device or path leads elsewhere.
    Raises DeployFailed, OSError.
    """
    folder.mkdir(mode=0o755)
    missing = {*manifest.files, MANIFEST}
    try:
        with tarfile.open(artifact, "r:gz") as tar:
            for member in tar:
                name = str(PurePosixPath(*PurePosixPath(member.name).parts[1:]))
                content = tar.extractfile(member) if member.isreg() else None
                if content is None or name not in missing:
                    raise DeployFailed(f"{artifact}: {member.name!r} does not belong in it")
                missing.remove(name)
                path = _inside(folder, name)
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("xb") as file:
                    shutil.copyfileobj(content, file, 2**20)
                path.chmod(0o755 if member.mode & 0o100 else 0o644)
                if name != MANIFEST:
                    _require_checksum(path, name, manifest)
    except (tarfile.TarError, zlib.error, EOFError) as error:
        raise DeployFailed(f"{artifact} cannot be unpacked: {error}") from None
    if missing:
        raise DeployFailed(f"{artifact}: {sorted(missing)[0]} is missing in it")


def _inside(folder: Path, name: str) -> Path:
    pieces = PurePosixPath(name).parts
    if not pieces or ".." in pieces or name.startswith("/"):
        raise DeployFailed(f"{name!r} does not belong in an artifact")
    return folder.joinpath(*pieces)


def _require_checksum(path: Path, name: str, manifest: Manifest) -> None:
    with path.open("rb") as file:
        actual = hashlib.file_digest(file, "sha256").hexdigest()
    if actual != manifest.files[name]:
        raise DeployFailed(f"{name} in the artifact is not what {MANIFEST} says")
