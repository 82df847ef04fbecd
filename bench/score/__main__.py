"""Scores the detectors: every bar, what was reached, and how many are met.

python -m bench.score                    all bars
python -m bench.score --only gate        those of one method (may be repeated)
python -m bench.score --speed            time and memory instead (make bench-stats)
python -m bench.score --quick            small worlds: a few seconds
"""

import argparse
import importlib
import time
from typing import Final

from rich.console import Console

METHODS: Final[tuple[str, ...]] = (
    "correlations",
    "days",
    "explosive",
    "frankeninstalls",
    "gate",
    "hardware",
    "intervals",
    "null_signatures",
    "regression",
    "similar",
    "suspicious_modules",
)
"""The modules of this package, in the order in which they are printed."""

WIDTH = 46  # columns of the first column


def main() -> int:
    """Print one line per bar; return 1 if any is not met."""
    options = _options()
    methods = options.only or METHODS
    console = Console(highlight=False, soft_wrap=True)
    return (
        _speeds(console, methods, options.quick)
        if options.speed
        else _bars(console, methods, options.quick)
    )


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.score",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--only", action="append", choices=METHODS, metavar="METHOD")
    parser.add_argument("--speed", action="store_true", help="print time and memory")
    parser.add_argument("--quick", action="store_true", help="small worlds")
    return parser.parse_args()


def _bars(console: Console, methods: tuple[str, ...], quick: bool) -> int:
    began = time.monotonic()
    bars = met = 0
    for method in methods:
        with console.status(f"scoring: {method}"):
            for bar in importlib.import_module(f"bench.score.{method}").bars(quick):
                bars += 1
                met += bar.met
                state = "met" if bar.met else "NOT MET"
                seeds = f"  (seeds {bar.seeds})" if bar.seeds else ""
                console.print(
                    f"{method:<14} {bar.what:<{WIDTH}} bar {bar.bar}: {bar.reached}"
                    f"  {state}{seeds}",
                    markup=False,
                )
    console.print(f"{time.monotonic() - began:.0f} s")
    console.print(f"{met} of {bars} bars met")
    return int(met < bars)


def _speeds(console: Console, methods: tuple[str, ...], quick: bool) -> int:
    for method in methods:
        speeds = getattr(importlib.import_module(f"bench.score.{method}"), "speeds", None)
        for speed in speeds(quick) if speeds else ():
            bar = f"  bar {speed.bar}" if speed.bar else ""
            console.print(
                f"{method:<14} {speed.what:<{WIDTH}} {speed.size}: {speed.seconds:.3f} s, "
                f"CPU {speed.cpu:.3f} s, {speed.peak:.0f} MB{bar}",
                markup=False,
            )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
