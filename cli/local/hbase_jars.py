"""The jars of HBase and its Thrift gateway, fetched once by Maven; hbase-pom.xml lists them."""

from pathlib import Path

from cli.local import maven

ENGINE = "HBase"
POM = Path(__file__).with_name("hbase-pom.xml")
PACKAGES = "openjdk-17-jre-headless maven"

NoHBase = maven.NoEngine


def java() -> str:
    """Return the path of the Java virtual machine. Raises NoHBase."""
    return maven.program("java", ENGINE, PACKAGES)


def jars(cache: Path) -> Path:
    """Return the folder of jars in *cache*; fetch them first if they are missing.

    One process fetches, others wait for it. Raises NoHBase.
    """
    return maven.folder(cache, [POM], _make)


def _make(work: Path, lib: Path) -> None:
    mvn = maven.program("mvn", ENGINE, PACKAGES)
    print("hbase: fetching the jars (once, about 110 MB)", flush=True)
    maven.fetch(ENGINE, [mvn], POM, work, lib)
