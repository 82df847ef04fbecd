"""`socorro doctor`: what is wrong with this machine and its settings, and how to fix it."""

import json
from collections.abc import Iterable, Sequence

import click
from rich.text import Text

from cli.commands.group import Command, echo, plural, results
from cli.doctor.checks import CHECKS
from cli.doctor.machine import read_machine
from cli.doctor.report import SUBJECTS, WORDS, Finding
from cli.doctor.run import Result, run
from socorro.health.facts import Level
from socorro.visible import visible_json

STYLES = {Level.OK: "green", Level.WARNING: "yellow", Level.CRITICAL: "bold red"}


@click.command(
    cls=Command,
    epilog="""
It looks at settings, ports, permissions, disks, Postgres, the clock,
certificates and servers; docs/doctor.md lists all checks. It changes nothing,
and needs no line that runs: try it before the first start.

Exit code: 0 all is ok, 1 warnings, 2 problems.

Examples:
  socorro doctor
  socorro doctor --only postgres --only clock
  socorro doctor --problems     for scripts: only problems, exit 0 or 2
  socorro doctor --json
""",
)
@click.option(
    "--only",
    multiple=True,
    type=click.Choice(list(SUBJECTS)),
    metavar="SUBJECT",
    help=f"Only this subject: {', '.join(SUBJECTS)}.",
)
@click.option(
    "--skip",
    multiple=True,
    type=click.Choice(list(SUBJECTS)),
    metavar="SUBJECT",
    help="All but this subject.",
)
@click.option("--problems", is_flag=True, help="Only problems; warnings do not count.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(only: tuple[str, ...], skip: tuple[str, ...], problems: bool, as_json: bool) -> None:
    """Say what is wrong with this machine, and how to fix it."""
    subjects = (set(only) or set(SUBJECTS)) - set(skip)
    chosen = [check for check in CHECKS if check.subject in subjects]
    least = Level.CRITICAL if problems else Level.OK
    report = [
        result._replace(findings=[one for one in result.findings if one.level >= least])
        for result in run(chosen, read_machine())
    ]
    findings = [finding for result in report for finding in result.findings]
    level = max((finding.level for finding in findings), default=Level.OK)
    if as_json:
        echo(visible_json(json.dumps(document(report, level), indent=2)))
    else:
        _show(report)
        echo(summary(findings), err=True)
    raise SystemExit(int(level))


def document(report: Sequence[Result], level: Level) -> dict[str, object]:
    """Return the report as JSON has it."""
    return {
        "status": WORDS[level],
        "findings": [
            {
                "subject": result.check.subject,
                "check": result.check.name,
                "level": WORDS[finding.level],
                "text": finding.text,
                "fix": finding.fix,
            }
            for result in report
            for finding in result.findings
        ],
    }


def summary(findings: Iterable[Finding]) -> str:
    """Return the last line."""
    levels = [finding.level for finding in findings]
    problems, warnings = levels.count(Level.CRITICAL), levels.count(Level.WARNING)
    counts = [plural(problems, "problem"), plural(warnings, "warning")]
    return f"{', '.join(counts)}; {levels.count(Level.OK)} ok"


def _show(report: Sequence[Result]) -> None:
    console = results()
    for subject, title in SUBJECTS.items():
        rows = [
            finding
            for result in report
            if result.check.subject == subject
            for finding in result.findings
        ]
        if rows:
            console.print(Text(title, style="bold"))
        for finding in sorted(rows, key=lambda one: -one.level):
            line = Text(f"  {WORDS[finding.level]:8} ", style=STYLES[finding.level])
            console.print(line + Text(finding.text, style=""), soft_wrap=True)
            if finding.fix:
                console.print(Text(f"           fix: {finding.fix}"), soft_wrap=True)
