"""How many machines, cores and bytes a number of crashes a minute takes.

    python -m bench.capacity                          230, 2,300, 23,000
    python -m bench.capacity --crashes-per-minute 6000
    python -m bench.capacity --processed-share 0.2 --json
    python -m bench.capacity --store file --cores 32
    python -m bench.capacity --figures                costs and assumptions
    python -m bench.capacity --write docs/capacity.md renew that page's tables

It measures nothing: it multiplies what other measurements printed
(bench/capacity_figures.py) and goes through a bad release day minute by
minute (bench/capacity_day.py): with an explosion, with processors that are
away, and with a crash store that is away.
"""

import argparse
import json
import math
import re
import shlex
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Final

from bench.capacity_day import Outcome
from bench.capacity_figures import Costs, Load, Machine
from bench.capacity_plan import (
    Plan,
    Site,
    fits_segments,
    front_memory,
    line_cores,
    line_cost,
    mover_cost,
    plan,
    postgres_cores,
    processor_cost,
    processor_memory,
    regions,
    web_memory,
)

RATES: Final = (230.0, 2_300.0, 23_000.0)
_BLOCK: Final = re.compile(
    r"(<!-- python -m bench\.capacity ?(?P<options>.*?) ?-->\n)(?P<text>.*?)(?=<!-- end -->)", re.S
)


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the plan, or write it into a page."""
    options = _parser().parse_args(arguments)
    if options.write:
        page: Path = options.write
        page.write_text(filled(page.read_text()))
    else:
        print(answer(options), end="")


def filled(page: str) -> str:
    """Return a page whose tables are what their options print; see docs/capacity.md."""

    def block(match: re.Match[str]) -> str:
        options = _parser().parse_args(shlex.split(match["options"]))
        return f"{match[1]}\n{answer(options)}\n"

    return _BLOCK.sub(block, page)


def answer(options: argparse.Namespace) -> str:
    """Return what the options print."""
    if options.figures:
        return figures()
    machine = replace(Machine(), cores=options.cores)
    sites = [
        Site(rate, options.processed_share, machine=machine)
        for rate in options.crashes_per_minute or RATES
    ]
    plans = [plan(site, options.store) for site in sites]
    if options.json:
        return json.dumps([_document(one) for one in plans], indent=2) + "\n"
    return "\n".join((machines(plans), kept(plans), incidents(plans)))


def _parser() -> argparse.ArgumentParser:
    opening, _, examples = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        prog="python -m bench.capacity", description=opening, epilog=examples,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    parser.add_argument(
        "--crashes-per-minute", type=_positive, action="append", metavar="N",
        help="posts in the busiest minute of an ordinary day; may be repeated",
    )  # fmt: skip
    parser.add_argument(
        "--processed-share", type=_share, default=1.0, metavar="S",
        help="share of posts that is processed, the others are deferred (1)",
    )  # fmt: skip
    parser.add_argument("--store", choices=["file", "hbase"], help="default: what fits")
    parser.add_argument("--cores", type=_positive, default=8.0, help="of each machine (8)")
    parser.add_argument("--json", action="store_true", help="everything, for programs")
    parser.add_argument("--figures", action="store_true", help="print costs and assumptions")
    parser.add_argument("--write", type=Path, metavar="PAGE", help="renew its tables")
    return parser


def _positive(text: str) -> float:
    value = float(text.replace(",", ""))
    if not 0 < value < 1e9:
        raise argparse.ArgumentTypeError(f"'{text}' is not above 0 and below a billion")
    return value


def _share(text: str) -> float:
    value = float(text)
    if not 0 < value <= 1:
        raise argparse.ArgumentTypeError(f"'{text}' is not above 0 and at most 1")
    return value


# Tables

Cell = Callable[[Plan], str]


def table(plans: Sequence[Plan], heading: str, rows: Iterable[tuple[str, Cell]]) -> str:
    """Return a table with a column for each plan, without rows that are empty in all."""
    lines = [f"| {heading} | " + " | ".join(f"{one.site.rate:,.0f}" for one in plans) + " |"]
    lines.append("|---|" + "---:|" * len(plans))
    for name, cell in rows:
        cells = [cell(one) for one in plans]
        if any(cells):
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def machines(plans: Sequence[Plan]) -> str:
    """What comes, and on how many machines; `3 + 1` is three and a spare."""
    names = dict.fromkeys(role.name for one in plans for role in one.roles)
    rows: list[tuple[str, Cell]] = [
        ("posts a day, million", lambda p: f"{p.site.a_day / 1e6:,.2f}"),
        ("busiest minute, bad release day", lambda p: f"{p.site.busy:,.0f}"),
        ("the same in an explosion", lambda p: f"{p.site.burst:,.0f}"),
        ("from clients then, Mbit/s", lambda p: _number(p.site.burst / 60 * _megabits(p))),
        ("cores of all services, without HBase", lambda p: f"{_all_cores(p):.1f}"),
        ("crash store", lambda p: {"file": "files", "hbase": "HBase"}[p.store]),
    ]
    rows += [(name, _role_cell(name)) for name in names]
    rows.append(("**machines**", lambda p: f"**{p.machines}**"))
    rows += [
        ("search", lambda p: "column files" if fits_segments(p.site) else "Elasticsearch"),
        ("memory, GB: collector and crashmover", lambda p: _number(front_memory(p.site))),
        ("memory, GB: processor, without indexes", lambda p: _number(processor_memory(p.site))),
        ("memory, GB: pages, REST, searches", lambda p: _number(web_memory(p.site))),
    ]
    return table(plans, "crashes a minute", rows)


def _megabits(one: Plan) -> float:
    return one.site.costs.body * 8 / 1e6


def _all_cores(one: Plan) -> float:
    if one.store == "file":
        return line_cores(one.site)
    return sum(role.cores_busy for role in one.roles if not role.name.startswith("HBase"))


def _role_cell(name: str) -> Cell:
    def cell(one: Plan) -> str:
        texts = [
            f"{role.machines} + {role.spare}" if role.spare else f"{role.machines}"
            for role in one.roles
            if role.name == name
        ]
        return "".join(texts)

    return cell


def kept(plans: Sequence[Plan]) -> str:
    """Bytes at the end of the retention, and where Postgres and HBase are."""
    rows: list[tuple[str, Cell]] = [
        ("crash store, TB (HBase: before its copies)", lambda p: _number(p.disks.store / 1e12)),
        ("HBase regions", lambda p: f"{regions(p.site):,}" if p.store == "hbase" else ""),
        ("Postgres, GB", lambda p: _number(p.disks.postgres / 1e9)),
        ("of which a week's partition, GB", lambda p: _number(p.disks.postgres_week / 1e9)),
        ("Postgres, cores busy", lambda p: f"{postgres_cores(p.site, p.site.busy):.2f}"),
        ("Postgres, share of its commits", _commit_share),
        ("search, GB", lambda p: _number(p.disks.search / 1e9)),
        ("Elasticsearch, GB of a week's shard", _shard),
        ("extracts, GB", lambda p: _number(p.disks.extracts / 1e9)),
        ("spool, GB, of all machines", lambda p: _number(p.disks.spool / 1e9)),
    ]
    return table(plans, "disks, at a minute's crashes of", rows)


def _commit_share(one: Plan) -> str:
    """A report is a commit; jobs are queued and claimed in batches."""
    return f"{one.site.busy * one.site.share / 60 / one.site.machine.commits:.0%}"


def _shard(one: Plan) -> str:
    week = one.site.a_day * one.site.share * 7 * one.site.costs.document
    return "" if fits_segments(one.site) else _number(week / 1e9)


def incidents(plans: Sequence[Plan]) -> str:
    """What each incident does on a bad release day, while a machine of each role is broken."""
    rows: list[tuple[str, Cell]] = []
    for name in plans[0].incidents:
        rows.append((f"{name}: in the spool at most", _outcome(name, lambda o: _number(o.spool))))
        rows.append((f"{name}: in the queue at most", _outcome(name, lambda o: _number(o.queue))))
        rows.append((f"{name}: oldest, minutes", _outcome(name, lambda o: f"{o.oldest:,}")))
        rows.append((f"{name}: caught up after, minutes", _outcome(name, _caught_up)))
    return table(plans, "incidents, at a minute's crashes of", rows)


def _outcome(name: str, text: Callable[[Outcome], str]) -> Cell:
    return lambda one: text(one.incidents[name])


def _caught_up(outcome: Outcome) -> str:
    return "not in a day" if outcome.caught_up is None else f"{outcome.caught_up:,}"


def _number(value: float) -> str:
    """Three digits are more than such figures have."""
    if value < 0.005:
        return "0"
    digits = 2 - math.floor(math.log10(value))
    rounded = round(value, digits)
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:.1f}"


def figures() -> str:
    """The figures, each with its source, and how many crashes a minute one process does."""
    lines = ["| figure | value | source |", "|---|---:|---|"]
    for group in (Costs(), Load(), Machine()):
        for row in group.rows():
            value = f"{row.value:,.4g}" if row.value < 10_000 else f"{row.value:,.0f}"
            lines.append(f"| {row.meaning} | {value} {row.unit} | {row.source} |")
    return "\n".join(lines) + "\n\n" + processes()


def processes() -> str:
    """Crashes a minute that keep one core busy, by service."""
    site = Site(1.0)
    costs = {
        "collector": (site.costs.collector, site.costs.collector),
        "crashmover": (mover_cost(site, "file"), mover_cost(site, "hbase")),
        "processor, with its walker": (
            processor_cost(site, "file"), processor_cost(site, "hbase")
        ),
        "Postgres, without counts": (site.costs.postgres, site.costs.postgres),
        "the whole line, without counts": (line_cost(site, "file"), line_cost(site, "hbase")),
    }  # fmt: skip
    lines = ["| crashes a minute for each core | files | HBase |", "|---|---:|---:|"]
    for name, (file, hbase) in costs.items():
        lines.append(f"| {name} | {60_000 / file:,.0f} | {60_000 / hbase:,.0f} |")
    return "\n".join(lines) + "\n"


def _document(one: Plan) -> dict[str, object]:
    site = one.site
    return {
        "crashes_per_minute": site.rate,
        "processed_share": site.share,
        "posts_a_day": site.a_day,
        "store": one.store,
        "machines": one.machines,
        "roles": [asdict(role) for role in one.roles],
        "bytes": asdict(one.disks),
        "regions": regions(site) if one.store == "hbase" else None,
        "incidents": {name: asdict(outcome) for name, outcome in one.incidents.items()},
    }


if __name__ == "__main__":
    main()
