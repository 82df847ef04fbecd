"""A deploy, from the artifact to healthy services; and the way back.

Nothing that runs is touched before the switch: until then, whatever fails or is killed leaves a
folder at most, which the next deploy removes. `unfinished.json` is written before the switch and
removed when every service is healthy, so a deploy that was killed in between is repeated from the
switch on. When a service is not healthy, `current` leads back and what was restarted is restarted
once more.
"""

from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from socorro_deploy import artifact as artifacts
from socorro_deploy.artifact import Manifest
from socorro_deploy.failure import DeployFailed
from socorro_deploy.install import install, migrate, preflight
from socorro_deploy.lock import lock
from socorro_deploy.managers import manager
from socorro_deploy.releases import Release, Releases
from socorro_deploy.restart import Restarts
from socorro_deploy.settings import Settings
from socorro_deploy.steps import Steps


@dataclass(frozen=True)
class Options:
    """What the command line says."""

    dry_run: bool = False
    contract: bool = False
    restart: bool = True


def deploy(settings: Settings, artifact: Path, options: Options, steps: Steps) -> None:
    """Deploy an artifact, or show what that would do. Raises DeployFailed."""
    releases = Releases(settings.prefix)
    with _locked(settings, f"deploy of {artifact.name}", options):
        if not options.dry_run:
            releases.prepare()
        with steps.step("verify the artifact"):
            checksum = artifacts.checksum_of(artifact, settings.public_key)
            manifest = artifacts.read_manifest(artifact)
        origin = healthy_release(releases)
        if _is_deployed(releases, origin, checksum):
            steps.say(f"{manifest.version} is deployed already: nothing to do")
            return
        release = releases.get(manifest.version)
        if release and release.checksum != checksum:
            _require_unused(releases, release)
            release = None
        refuse_contraction(manifest, origin, options.contract)
        refuse_too_old(releases, manifest)
        if not release:
            artifacts.require_fit(manifest, existing(settings.prefix))
        if options.dry_run:
            _say_plan(manifest, origin, release, settings, steps)
            return
        if not release:
            if releases.folder(manifest.version).exists():
                releases.remove(manifest.version)  # unused, and of other content
            release = install(releases, artifact, manifest, checksum, steps)
        with steps.step("try the new code"):
            preflight(release, settings, steps)
        releases.note_contractions(manifest, origin)
        if settings.migrate:
            with steps.step("migrate the database"):
                migrate(release, settings, steps)
        change(releases, release, origin, settings, steps, restart=options.restart)
        for version in releases.prune(settings.keep):
            steps.say(f"removed {version}")


def rollback(settings: Settings, version: str | None, options: Options, steps: Steps) -> None:
    """Return to an earlier release; None: the one before. Raises DeployFailed."""
    releases = Releases(settings.prefix)
    with _locked(settings, f"rollback to {version or 'the release before'}", options):
        current, unfinished = releases.current(), releases.unfinished()
        target = releases.get(version) if version else releases.previous()
        if not version and unfinished and unfinished.origin:
            target = releases.get(unfinished.origin)
        if not target:
            versions = ", ".join(release.version for release in releases.all()) or "none"
            raise DeployFailed(
                f"no release {version or 'before this one'}; on this disk: {versions}"
            )
        if current and current.version == target.version and not unfinished:
            steps.say(f"{target.version} is the current release: nothing to do")
            return
        refuse_too_old(releases, target.manifest())
        if options.dry_run:
            steps.say(f"would return to {target.version}, and restart"
                      f" {len(settings.services)} services")  # fmt: skip
            return
        origin = healthy_release(releases)
        change(releases, target, origin, settings, steps, restart=options.restart)


def change(
    releases: Releases, release: Release, origin: Release | None, settings: Settings,
    steps: Steps, *, restart: bool,
) -> None:  # fmt: skip
    """Let services run another release, or the one before if one of them does not become healthy.

    Raises DeployFailed after the way back.
    """
    was_unfinished = releases.unfinished() is not None
    releases.begin(release, origin)
    releases.switch(release, origin)
    steps.say(f"current leads to {release.version}")
    if restart and settings.manager != "none":
        restarts = Restarts(manager(settings), steps)
        try:
            restarts.restart_all(settings.services, release.version)
        except (DeployFailed, OSError) as error:
            steps.say(f"FAILED: {error}")
            if was_unfinished:  # a killed deploy has restarted some of the others
                restarts.touched[:0] = settings.services
            _go_back(releases, release, origin, restarts, steps, error)
    releases.end()
    steps.say(f"{release.version} is deployed")


def _go_back(
    releases: Releases, release: Release, origin: Release | None, restarts: Restarts,
    steps: Steps, error: Exception,
) -> None:  # fmt: skip
    """Have what was before. Raises DeployFailed, always.

    With problems unfinished.json stays, and the next deploy restarts everything.
    """
    if origin is None:
        state = "nothing is deployed"
        releases.unlink_current()
        problems = restarts.stop_touched()
    elif origin.version == release.version:
        state, problems = "it stays", ["there is no other release to return to"]
    else:
        state = f"rolled back to {origin.version}"
        steps.say(f"rolling back to {origin.version}")
        releases.switch_back(origin)
        problems = restarts.restart_back(origin.version)
    if problems:
        raise DeployFailed(f"{error}; {state}, but: {'; '.join(problems)}") from error
    releases.end()
    raise DeployFailed(f"{error}; {state}") from error


def healthy_release(releases: Releases) -> Release | None:
    """Return the release to go back to: the last one that all services were healthy with."""
    unfinished = releases.unfinished()
    if unfinished:
        return releases.get(unfinished.origin)
    return releases.current()


def refuse_contraction(manifest: Manifest, origin: Release | None, allowed: bool) -> None:
    """Raise DeployFailed if a new migration takes away what running code may need."""
    if origin is None or allowed:
        return
    before = origin.manifest().migrations
    for name, reason in manifest.migrations.items():
        if reason and name not in before:
            raise DeployFailed(
                f"migration {name} contracts the schema ({reason}): when every machine runs"
                f" {origin.version} and nobody will return to one before it, deploy with --contract"
            )


def refuse_too_old(releases: Releases, manifest: Manifest) -> None:
    """Raise DeployFailed for a release whose tables or columns were removed since."""
    for name, contraction in releases.contractions().items():
        fits = contraction["fits"]
        if name not in manifest.migrations and manifest.version not in fits:
            raise DeployFailed(
                f"{manifest.version} cannot run any more: migration {name} contracted the schema"
                f" ({contraction['reason']}); the oldest that can is {fits[-1]}"
            )


def existing(path: Path) -> Path:
    """Return the folder, or the nearest one above it that exists."""
    return next(folder for folder in (path, *path.parents) if folder.is_dir())


def _locked(settings: Settings, what: str, options: Options) -> ExitStack:
    """Hold the lock; a dry run changes nothing and needs none."""
    stack = ExitStack()
    if not options.dry_run:
        stack.enter_context(lock(settings.prefix / "deploy.lock", what))
    return stack


def _is_deployed(releases: Releases, origin: Release | None, checksum: str) -> bool:
    return bool(origin and origin.checksum == checksum and not releases.unfinished())


def _require_unused(releases: Releases, release: Release) -> None:
    used = [one.version for one in (releases.current(), releases.previous()) if one]
    if release.version in used:
        raise DeployFailed(
            f"{release.version} is in use with other content: commit, and package a new version"
        )


def _say_plan(
    manifest: Manifest, origin: Release | None, release: Release | None, settings: Settings,
    steps: Steps,
) -> None:  # fmt: skip
    before = origin.manifest().migrations if origin else {}
    new = [name for name in manifest.migrations if name not in before]
    steps.say(f"would deploy {manifest.version} ({manifest.commit[:12]})"
              f" over {origin.version if origin else 'nothing'}")  # fmt: skip
    steps.say("would use the release on this disk" if release else "would unpack and install it")
    steps.say(f"migrations that are new: {', '.join(new) or 'none'}")
    for service in settings.services:
        steps.say(f"would restart {service.name} ({service.unit})")
