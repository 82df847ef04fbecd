"""The command line of socorro-deploy."""

import argparse
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from socorro_deploy import settings as settings_file
from socorro_deploy.deploy import Options, deploy, existing, rollback
from socorro_deploy.failure import DeployFailed
from socorro_deploy.settings import Settings
from socorro_deploy.status import is_good, show, status
from socorro_deploy.steps import Steps

_EXAMPLES = """\
examples:
  socorro-deploy dist/socorro-0.1.0+g832d63a.tar.gz
  socorro-deploy --dry-run dist/socorro-0.1.0+g832d63a.tar.gz
  socorro-deploy rollback                     to the release before
  socorro-deploy rollback 0.1.0+g31ab5e2
  socorro-deploy status --json                exit 1 if it is not healthy

The checksum lies beside the artifact (.sha256). Settings are in
/etc/socorro/deploy.toml; docs/deploy.md describes them. What fails, or is
killed, leaves the release that ran before: run the same command again.
"""


def main(arguments: Sequence[str]) -> int:
    """Run one command; return the exit code: 0, or 1 when nothing was deployed."""
    parser = _parser()
    options = parser.parse_args(arguments)
    if options.version and options.artifact != "rollback":
        parser.error("a version belongs to rollback; one artifact at a time")
    os.umask(0o022)  # services of other users read what root unpacks
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # a connection that is lost ends no deploy
    try:
        settings = settings_file.read(options.config, options.prefix)
        if options.artifact == "status":
            facts = status(settings)
            show(facts, options.json)
            return 0 if is_good(facts) else 1
        _act(settings, options)
    except DeployFailed as error:
        return _failed(str(error))
    except OSError as error:
        return _failed(f"{error.filename or ''}: {error.strerror}")
    except KeyboardInterrupt:
        return _failed("interrupted: run it again, or `socorro-deploy status`")
    return 0


def _act(settings: Settings, options: argparse.Namespace) -> None:
    is_rollback = options.artifact == "rollback"
    target = options.version or "" if is_rollback else options.artifact
    chosen = Options(options.dry_run, options.contract, not options.no_restart)
    log = None if options.dry_run else _log(settings)
    steps = Steps(log)
    steps.say(f"{'roll back' if is_rollback else 'deploy'} {target}".rstrip())
    try:
        if is_rollback:
            rollback(settings, options.version, chosen, steps)
        else:
            deploy(settings, Path(options.artifact).absolute(), chosen, steps)
    except DeployFailed as error:
        if log:
            steps.say(f"ended: {error}")
        raise


def _log(settings: Settings) -> Path:
    path = settings.prefix / "deploy.log"
    if not os.access(existing(settings.prefix), os.W_OK):
        raise DeployFailed(f"{settings.prefix} belongs to another user: run this as root")
    settings.prefix.mkdir(parents=True, exist_ok=True)
    return path


def _failed(text: str) -> int:
    print(f"socorro-deploy: {text}", file=sys.stderr, flush=True)
    return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="socorro-deploy",
        description="Deploys Socorro on this machine, and rolls back.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("artifact", help="an artifact, or one of: rollback, status")
    parser.add_argument("version", nargs="?", help="rollback: to this version")
    parser.add_argument("--config", type=Path, help="default: /etc/socorro/deploy.toml")
    parser.add_argument("--prefix", type=Path, help="default: the one in deploy.toml")
    parser.add_argument("--dry-run", action="store_true", help="show what would be done")
    parser.add_argument(
        "--contract", action="store_true", help="allow migrations that remove what was used"
    )
    parser.add_argument(
        "--no-restart", action="store_true", help="switch, but leave services as they are"
    )
    parser.add_argument("--json", action="store_true", help="status: print JSON")
    return parser
