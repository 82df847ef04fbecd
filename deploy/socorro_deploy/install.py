"""Makes a release of an artifact: unpacked, with a venv that needs no network, and looked over."""

import json
import os
import pwd
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from socorro_deploy import artifact as artifacts
from socorro_deploy import reuse
from socorro_deploy.artifact import Manifest
from socorro_deploy.failure import DeployFailed
from socorro_deploy.releases import Release, Releases
from socorro_deploy.settings import Settings
from socorro_deploy.steps import Steps

INSTALL_SECONDS: Final = 1800
MIGRATE_SECONDS: Final = 6 * 3600
CHECK_SECONDS: Final = 300
PYTHON: Final = "/usr/bin/python3"  # of the system: a venv must outlive whatever runs this
MODULES: Final = (
    "collector.app", "crashmover.app", "monitor.app", "processor.app", "cron.app",
    "middleware.app", "webapp.app", "cli.main",
)  # fmt: skip


def install(
    releases: Releases, artifact: Path, manifest: Manifest, checksum: str, steps: Steps
) -> Release:
    """Unpack an artifact and build its venv. On DeployFailed nothing of it is left."""
    folder = releases.folder(manifest.version)
    try:
        with steps.step(f"unpack {manifest.version}"):
            artifacts.unpack(artifact, manifest, folder)
        with steps.step("install the wheels, without network"):
            _make_venv(folder, releases, steps)
            shutil.rmtree(folder / "wheels")  # a sixth of a release, and of no more use
        return releases.complete(manifest.version, checksum)
    except OSError as error:
        releases.remove(manifest.version)
        text = f"cannot unpack into {folder}: {error.strerror}; nothing was changed"
        raise DeployFailed(text) from None
    except BaseException:
        releases.remove(manifest.version)
        raise


def _make_venv(folder: Path, releases: Releases, steps: Steps) -> None:
    python = PYTHON if Path(PYTHON).exists() else "python3"
    clean = {"PATH": os.environ.get("PATH", os.defpath), "PIP_CONFIG_FILE": os.devnull}

    def venv(*options: str) -> None:
        command = [python, "-I", "-m", "venv", *options, str(folder / "venv")]
        hint = "; Debian needs: apt-get install python3-venv"
        run(command, INSTALL_SECONDS, clean, hint=hint)

    def pip(*arguments: str) -> None:
        command = [str(folder / "venv/bin/python"), "-I", "-m", "pip", "--isolated"]
        run([*command, "--disable-pip-version-check", *arguments], INSTALL_SECONDS, clean)

    twin = reuse.twin(folder, releases.all())
    if twin:
        venv("--without-pip")
    if twin and reuse.take_over(twin, folder):
        steps.say(f"  dependencies are those of {twin.version}")
        [own] = (folder / "wheels").glob("socorro-*.whl")
        pip("install", "--quiet", "--no-cache-dir", "--no-index", "--no-deps", str(own))
    else:
        venv("--clear")
        pip(
            "install", "--quiet", "--no-cache-dir", "--no-index", "--no-deps", "--require-hashes",
            f"--find-links={folder / 'wheels'}", f"--requirement={folder / 'requirements.txt'}",
        )  # fmt: skip
    pip("check")


def preflight(release: Release, settings: Settings, steps: Steps) -> None:
    """Import the new code, and let it read the settings of this machine. Raises DeployFailed."""
    variables = environment(release, settings)

    def attempt(*command: str, good: Sequence[int] = (0,)) -> str:
        name, *arguments = command
        line = [release.program(name), *arguments]
        return run(line, CHECK_SECONDS, variables, settings.user, good=good)

    attempt("python", "-P", "-c", "; ".join(f"import {name}" for name in MODULES))
    if "SOCORRO_HOME" in settings.environment:
        # Its warnings were in force before; exit code 1 says that there are some.
        report = attempt("socorro", "config", "check", "--json", good=(0, 1))
        for finding in _findings(report):
            steps.say(f"  {finding['state']}: {finding['check']}: {finding['text']}")
    for line in settings.preflight:
        attempt(*line.split())


def _findings(report: str) -> list[dict[str, str]]:
    try:
        return list(json.loads(report)["findings"])
    except (ValueError, KeyError):
        raise DeployFailed("`socorro config check --json` printed no JSON") from None


def migrate(release: Release, settings: Settings, steps: Steps) -> None:
    """Bring the schema up to date with the new code. Raises DeployFailed.

    Each migration is one transaction: of one that fails nothing is left, and those before it are
    such that the running code goes on (docs/deploy.md).
    """
    text = run([release.program("socorro"), "migrate"], MIGRATE_SECONDS,
               environment(release, settings), settings.user)  # fmt: skip
    for line in text.splitlines():
        steps.say(f"  {line}")


def environment(release: Release, settings: Settings) -> dict[str, str]:
    """Return the environment of a release's own commands."""
    path = f"{release.folder}/bin:{release.folder}/venv/bin:/usr/local/bin:/usr/bin:/bin"
    return {"PATH": path, "LANG": "C.UTF-8", **settings.environment}


def run(
    command: Sequence[str], seconds: float, environment: Mapping[str, str], user: str = "",
    *, good: Sequence[int] = (0,), hint: str = "",
) -> str:  # fmt: skip
    """Run a program, as another user if we are root; return what it prints.

    It ends when we do, so that no pip writes into a release that the next deploy makes again.
    Raises DeployFailed with the last lines that it printed.
    """
    bound = ["setpriv", "--pdeathsig", "KILL"]
    home = {}
    if user and os.geteuid() == 0:
        try:
            home = {"HOME": pwd.getpwnam(user).pw_dir, "USER": user}
        except KeyError:
            raise DeployFailed(f"no user {user!r} (deploy.toml: user)") from None
        bound += [f"--reuid={user}", f"--regid={pwd.getpwnam(user).pw_gid}", "--init-groups"]
    try:
        done = subprocess.run(
            [*bound, "--", *command], env={**home, **environment}, cwd="/", timeout=seconds,
            stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise DeployFailed(f"`{_short(command)}` hangs, after {seconds:.0f} s") from None
    if done.returncode not in good:
        last = "\n".join(f"{done.stdout}{done.stderr}".strip().splitlines()[-15:])
        raise DeployFailed(f"`{_short(command)}` failed{hint}:\n{last}")
    return done.stdout


def _short(command: Sequence[str]) -> str:
    return " ".join([Path(command[0]).name, *command[1:]])[:200]
