"""python -m tests.ops: see the package's docstring."""

import argparse
import os
import subprocess
import sys
import time
import traceback

from tests.ops.registry import Check, Figures, chosen


def main() -> int:
    """Run the chosen checks; return 0 if all passed."""
    options = _options()
    picked = chosen(options.only, options.quick)
    if options.list:
        for check in picked:
            print(f"{check.name:<28} {'quick' if check.quick else '':<6} {check.sentence}")
        return 0
    passed = sum([_passes(check) for check in picked])
    print(f"{passed} of {len(picked)} ops checks passed")
    return 0 if picked and passed == len(picked) else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make check-ops OPS=…", allow_abbrev=False)
    parser.add_argument("--list", action="store_true", help="name the checks, run none")
    parser.add_argument("--quick", action="store_true", help="only those of a few seconds")
    parser.add_argument("--only", action="append", default=[], metavar="PATTERN")
    return parser.parse_args()


def _passes(check: Check) -> bool:
    began = time.monotonic()
    figures = Figures()
    problem = _problem(check, figures)
    verdict = "FAILED" if problem else "ok"
    seconds = time.monotonic() - began
    print(f"{verdict:<6} {check.name:<28} {seconds:7.1f} s  {'; '.join(figures.said)}")
    if problem:
        print(problem, file=sys.stderr)
    sys.stdout.flush()
    return not problem


def _problem(check: Check, figures: Figures) -> str:
    """Run a check; return what is wrong, or nothing."""
    if check.root and os.geteuid() != 0:
        return f"{check.name}: only root can do this"
    try:
        check.require()
        check.act(figures)
    except subprocess.CalledProcessError as error:
        return f"{error}\n{_text(error.stdout)}{_text(error.stderr)}"
    except Exception:
        return traceback.format_exc()
    return ""


def _text(output: str | bytes | None) -> str:
    return output.decode(errors="replace") if isinstance(output, bytes) else output or ""


if __name__ == "__main__":
    raise SystemExit(main())
