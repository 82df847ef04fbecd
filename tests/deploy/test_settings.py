"""deploy.toml: what is wrong is named before anything is done."""

import re
import tomllib
from pathlib import Path

import pytest
from socorro_deploy import settings
from socorro_deploy.failure import DeployFailed

CHECKOUT = Path(__file__).parent.parent.parent


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("keeps = 3", "keeps is no setting"),
        ("keep = 1", "2 at least"),
        ('keep = "5"', "should be int"),
        ("keep = true", "should be int"),
        ('manager = "upstart"', "one of systemd, supervisor, none"),
        ('prefix = "opt"', "absolute path"),
        ('[[service]]\nname = "x"', "no unit"),
        ('[[service]]\nname = "x"\nunit = "y"\nhealthy = 1', "healthy is no setting"),
        ('[[service]]\nname = "x"\nunit = "y"\nseconds = "soon"', "should be float"),
        ("keep = ", "Invalid value"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, text: str, words: str) -> None:
    (tmp_path / "deploy.toml").write_text(text)

    with pytest.raises(DeployFailed, match=words):
        settings.read(tmp_path / "deploy.toml")


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeployFailed, match=r"deploy\.toml: No such file"):
        settings.read(tmp_path / "deploy.toml")


def test_the_page_shows_every_setting_and_a_file_that_works() -> None:
    page = (CHECKOUT / "docs" / "deploy.md").read_text()
    example = re.search(r"^    prefix = .*?settle = 0$", page, re.MULTILINE | re.DOTALL)

    assert example
    parsed = settings.parse(tomllib.loads(example[0].replace("\n    ", "\n").strip()))
    assert parsed.services[0].unit == "socorro-collector@8882.service"
    for name in {*settings.TYPES, *settings.SERVICE_TYPES} - {"service", "name", "unit"}:
        assert f"| `{name}`" in page or f", `{name}`" in page or f"`{name}` |" in page, name
