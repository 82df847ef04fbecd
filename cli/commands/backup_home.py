"""What a backup takes from this machine besides the database: secrets and settings."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from collector.config import CollectorConfig
from socorro.backup.manifest import BadBackup, Manifest
from socorro.config import OWN, SharedConfig, load
from socorro.files import write_whole
from webapp.config import WebappConfig

# What each file is; also its name in a backup.
CRASH_IDS: Final = "crash-id-secret"
COOKIES: Final = "webapp-secret"
OIDC: Final = "oidc-client-secret"
SETTINGS: Final = OWN

_COSTS: Final = {
    CRASH_IDS: "without it a crash that is sent again gets another id, and is counted twice",
    COOKIES: "without it everybody has to sign in again",
    OIDC: "without it nobody can sign in through the identity provider",
}
_VARIABLES: Final = {
    CRASH_IDS: "SOCORRO_COLLECTOR_SECRET_FILE",
    COOKIES: "SOCORRO_WEBAPP_SECRET_KEY_FILE",
    OIDC: "SOCORRO_WEBAPP_OIDC_CLIENT_SECRET_FILE",
}


def places() -> dict[str, Path]:
    """Return where each file of this machine is, or belongs, by the settings."""
    home = load(SharedConfig).home
    paths = {
        CRASH_IDS: home / "secret",
        COOKIES: home / "webapp-secret",
        SETTINGS: home / OWN,
    }
    with suppress(ValidationError):  # no collector on this machine: its home may have the secret
        paths[CRASH_IDS] = CollectorConfig().secret_file
    try:
        webapp = WebappConfig()
    except ValidationError:
        return paths
    paths[COOKIES] = webapp.secret_key_file
    if webapp.oidc_client_secret_file:
        paths[OIDC] = webapp.oidc_client_secret_file
    return paths


def collect(also: Iterable[Path]) -> tuple[dict[str, Path], list[str]]:
    """Return the files to back up, and a sentence on each secret that cannot be read here.

    *also* are further files, or folders of them; each is called by its own path.
    """
    readable, missing = {}, []
    for path in also:
        for file in sorted(path.iterdir()) if path.is_dir() else [path]:
            readable[str(file.absolute())] = file
    for what, path in places().items():
        try:
            path.open("rb").close()
        except OSError as error:
            if what in _COSTS:
                missing.append(
                    f"{what} ({_VARIABLES[what]}, {path}: {error.strerror}): back it up by itself;"
                    f" {_COSTS[what]}"
                )
        else:
            readable[what] = path
    return readable, missing


def to_write(folder: Path, manifest: Manifest) -> dict[Path, bytes]:
    """Return the files of a backup that this machine lacks. Raises BadBackup when it has others."""
    contents, targets = {}, places()
    for what, name in manifest.home.items():
        target = Path(what) if what.startswith("/") else targets.get(what)
        content = (folder / name).read_bytes()
        if target is None:
            continue  # this machine has no use for it
        if not target.exists():
            contents[target] = content
        elif what != SETTINGS and target.read_bytes() != content:
            raise BadBackup(
                f"{target} is another {what} than the backup has: this home is in use. Restore"
                " into an empty SOCORRO_HOME, or move the file away if it was never used"
            )
    return contents


def write(contents: Mapping[Path, bytes]) -> None:
    """Write secrets and settings, readable by this user alone."""
    for path, content in contents.items():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        write_whole(path, content, 0o600)
