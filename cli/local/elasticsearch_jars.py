"""The jars of Elasticsearch, fetched once by Maven, and two classes of ours that start it.

Elasticsearch 7.17 is under the Elastic License 2.0 or the SSPL: it is fetched from Maven Central by
whoever runs it, and is no part of Socorro.
"""

import subprocess
from pathlib import Path

from cli.local import maven
from cli.local.maven import NoEngine

ENGINE = "Elasticsearch"
POM = Path(__file__).with_name("elasticsearch-pom.xml")
CLASSES = tuple(
    Path(__file__).with_name(name) for name in ("ElasticsearchNode.java", "PatternTokenizers.java")
)
PACKAGES = "openjdk-17-jdk-headless maven"


def java() -> str:
    """Return the path of the Java virtual machine. Raises NoEngine."""
    return maven.program("java", ENGINE, PACKAGES)


def jars(cache: Path) -> Path:
    """Return the folder of jars and classes in *cache*; fetch them first if they are missing.

    One process fetches, others wait for it. Raises NoEngine.
    """
    return maven.folder(cache, [POM, *CLASSES], _make)


def _make(work: Path, lib: Path) -> None:
    mvn, javac = (maven.program(name, ENGINE, PACKAGES) for name in ("mvn", "javac"))
    print("elasticsearch: fetching the jars (once, about 60 MB)", flush=True)
    # -C: a jar with another checksum than Maven Central says is no jar.
    maven.fetch(ENGINE, [mvn, "-C"], POM, work, lib)
    done = subprocess.run(
        [javac, "-proc:none", "-nowarn", "-cp", f"{lib}/*", "-d", str(lib), *map(str, CLASSES)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        lines = done.stderr.splitlines() or ["no error was printed"]
        raise NoEngine(f"javac could not compile what starts {ENGINE}: {lines[0]}")
