"""What Jenkins runs: the Jenkinsfile is one of its language, and its steps are targets of make."""

import re
import subprocess
import tempfile
import time
from pathlib import Path

from cli.local import downloads
from tests.ops.registry import Figures, check

CHECKOUT = Path(__file__).parents[2]
# Sections, directives and blocks of steps that this file may have. Jenkins refuses others when it
# reads the file; the linter takes every word.
WORDS = {
    *("pipeline", "agent", "environment", "options", "stages", "stage", "when", "anyOf", "input"),
    *("steps", "post", "always", "dir", "lock", "timeout"),
}


def _fill(folder: Path) -> None:
    downloads.npm_install("groovy-lint", folder, "npm-groovy-lint")


LINT = downloads.Download("groovy-lint", "40 MB", ("groovy-lint/package-lock.json",), _fill)


def steps(text: str) -> list[str]:
    """Return the commands of all sh steps, in their order."""
    return re.findall(r"\bsh '([^']*)'", text)


def problems(text: str) -> list[str]:
    """Return what is wrong with a Jenkinsfile beyond its syntax: words, and steps that hang."""
    code = re.sub(r"(?m)(^|\s)//.*$", "", text)
    unknown = set(re.findall(r"\b(\w+)(?: *\([^()]*\))? *\{", code)) - WORDS
    wrong = [f"no such block: {word}" for word in sorted(unknown)]
    if len(re.findall(r"\bsh\b", code)) != len(steps(code)):
        wrong.append("a sh step is not one command in '…'")
    wrong += [f"not a make target: {step}" for step in steps(code) if not step.startswith("make ")]
    for stage in re.split(r"\bstage\('", code)[1:]:
        if steps(stage) and "timeout(" not in stage:
            wrong.append(f"no timeout: {stage.partition(chr(39))[0]}")
    return wrong


@check("jenkins-steps", quick=True, needs=["make"])
def jenkins_steps(figures: Figures) -> None:
    """Every step of the Jenkinsfile is a target that make accepts, with a timeout."""
    text = (CHECKOUT / "Jenkinsfile").read_text()
    assert problems(text) == []
    assert problems(text.replace("unstash", "sh 'rm'\nunstash").replace("anyOf {", "any {")) == [
        "no such block: any",
        *["not a make target: rm"] * text.count("unstash"),
    ]
    for step in steps(text):
        command = ["make", "--dry-run", *step.split()[1:]]
        subprocess.run(command, cwd=CHECKOUT, check=True, capture_output=True, timeout=60)
    figures.say("checked", len(steps(text)), "steps")


@check("jenkins-lint", needs=["java"])
def jenkins_lint(figures: Figures) -> None:
    """The linter of Groovy accepts the Jenkinsfile, and refuses one with an open brace."""
    downloads.fetch(LINT)
    text = (CHECKOUT / "Jenkinsfile").read_text()
    code, report = lint(text)
    assert (code, "1 linted files" in report) == (0, True), report
    code, report = lint(text.replace("{", "{{", 1))
    assert (code, "NglParseError" in report) == (1, True), report


def lint(text: str) -> tuple[int, str]:
    """Lint a Jenkinsfile; return the linter's exit code, 1 for an error, and its report."""
    program = LINT.folder / "node_modules" / "npm-groovy-lint" / "lib" / "index.js"
    rules = ["--config", "recommended-jenkinsfile", "--failon", "error"]
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "Jenkinsfile").write_text(text)
        # Without --noserver a Java process stays behind.
        command = [downloads.node(), str(program), "--noserver", *rules, "Jenkinsfile"]
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, check=False, timeout=300
        )
    return done.returncode, re.sub(r"\x1b\[\d+m", "", done.stdout + done.stderr)


@check("jenkins-stages", needs=["rsync"])
def jenkins_stages(figures: Figures) -> None:
    """In a clone, the steps package, publish and deploy lead to a release that runs."""
    with tempfile.TemporaryDirectory() as folder:
        clone, shelf, prefix = (Path(folder) / name for name in ("clone", "shelf", "prefix"))
        subprocess.run(["git", "clone", "--quiet", CHECKOUT, clone], check=True)
        (clone / ".parts").symlink_to((CHECKOUT / ".parts").resolve())
        (clone / ".git" / "info" / "exclude").write_text(".parts\n")
        began = time.monotonic()
        for step in ("package", f"publish PUBLISH={shelf}", f"deploy TO={prefix}"):
            command = ["make", *step.split()]
            subprocess.run(command, cwd=clone, check=True, capture_output=True, timeout=1800)
        figures.say("package, publish, deploy", time.monotonic() - began, "s")
        (artifact,) = shelf.glob("*.tar.gz")
        version = artifact.name.removeprefix("socorro-").removesuffix(".tar.gz")
        release = prefix / "current"
        subprocess.run([release / "venv/bin/socorro", "--help"], check=True, capture_output=True)
        code = "from importlib.metadata import version; print(version('socorro'))"
        installed = subprocess.run(
            [release / "venv/bin/python", "-c", code], check=True, capture_output=True, text=True
        )
    assert installed.stdout.strip() == version, installed.stdout
