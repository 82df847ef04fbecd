"""`socorro config check`: each measure that is not in force is named, and nothing else."""

import json
import tempfile
from pathlib import Path

import pytest
from psycopg2.extensions import make_dsn

from cli import config_check
from cli.config_check import Facts, Finding
from processor import confinement
from socorro.config import SharedConfig
from socorro.postgres import words_of
from socorro.roles import OWNER, ROLES
from tests.cli.conftest import Run

SECRET = b"0123456789abcdef0123456789abcdef"


MEASURES = confinement.measures
LANDLOCK = confinement.Measure("landlock", False, "no other files", "kernel 5.4")
SECCOMP = confinement.Measure("seccomp", True, "no sockets")


@pytest.fixture
def safe(home: Path, dsn: str, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Settings with everything in force, but for Postgres and disks; by table, as TOML."""
    for name in ("secret", "key"):
        (home / name).write_bytes(SECRET)
        (home / name).chmod(0o600)
    monkeypatch.setattr(tempfile, "tempdir", str(home))
    monkeypatch.setattr(config_check, "file_system", lambda _folder: "ext4")
    monkeypatch.setattr(confinement, "measures", list)
    return {
        "": f'database = "{dsn}"\ntrusted_proxies = ["127.0.0.1"]',
        "collector": f'secret_file = "{home}/secret"',
        "webapp": f'secret_key_file = "{home}/key"',
    }


def facts(home: Path, tables: dict[str, str], **more: str) -> Facts:
    """Write socorro.toml, with *more* lines in its tables, and read it."""
    merged = {name: tables.get(name, "") for name in ("", *{*tables, *more} - {"", "top"})}
    for name, line in more.items():
        merged["" if name == "top" else name] += f"\n{line}"
    text = "".join(
        f"[{name}]\n{lines}\n" if name else f"{lines}\n" for name, lines in merged.items()
    )
    (home / "socorro.toml").write_text(text)
    (home / "socorro.toml").chmod(0o600)
    return config_check.read_facts()[0]


def others(host_facts: Facts) -> list[Finding]:
    """The findings except those that a test's own Postgres and one disk always have."""
    always = ("postgres roles", "disks")
    return [one for one in config_check.findings_of(host_facts) if one.check not in always]


def test_nothing_is_found_where_all_is_in_force(home: Path, safe: dict[str, str]) -> None:
    assert others(facts(home, safe)) == []
    assert others(facts(home, safe, webapp='https = true\nallowed_hosts = ["crash.example"]')) == []


WARNINGS: dict[str, tuple[dict[str, str], str, str]] = {
    "strangers as proxies": (
        {"top": 'health_networks = ["10.0.0.0/8", "0.0.0.0/0"]'},
        "health",
        "0.0.0.0/0 is not private",
    ),
    "a public network": (
        {"top": 'health_networks = ["2001:db8::/32"]'},
        "health",
        "2001:db8::/32 is not private",
    ),
    "an inner service that is open": (
        {"monitor": 'host = "0.0.0.0"'},
        "health",
        "monitor listens on 0.0.0.0",
    ),
    "a name that is served over http": (
        {"webapp": 'allowed_hosts = ["localhost", "crash.example"]'},
        "https",
        "webapp is reached from outside and https is off: no HSTS, and cookies",
    ),
    "an open port without https": (
        {"collector": 'host = "::"'},
        "https",
        "collector is reached from outside and https is off",
    ),
    "a public address over http": (
        {"webapp": 'middleware_url = "http://api.example"'},
        "https",
        "webapp.middleware_url is http://api.example",
    ),
    "debug": ({"top": 'log_level = "debug"'}, "log", "log_level is debug"),
    "a name of an earlier version": (
        {"webapp": "behind_proxy = true"},
        "settings",
        "[webapp] behind_proxy is not a setting",
    ),
    "a name of alerts that is none": (
        {"alerts": 'mail_to = ["ann@x.example"]'},
        "settings",
        "[alerts] mail_to is not a setting",
    ),
}


@pytest.mark.parametrize(("lines", "check", "text"), WARNINGS.values(), ids=WARNINGS)
def test_a_measure_that_is_not_in_force_is_one_warning(
    home: Path, safe: dict[str, str], lines: dict[str, str], check: str, text: str
) -> None:
    [finding] = others(facts(home, safe, **lines))

    assert (finding.check, finding.state) == (check, "warning")
    assert text in finding.text


@pytest.mark.parametrize(
    ("proxies", "https", "text"),
    [
        ("[]", True, "trusted_proxies is empty"),
        ("[]", False, ""),
        ('["10.0.0.0/16"]', True, ""),
        ('["10.0.0.0/15"]', True, "10.0.0.0/15 is large"),
        ('["2001:db8::/64"]', True, ""),
        ('["2001:db8::/63"]', True, "2001:db8::/63 is large"),
    ],
)
def test_trusted_proxies_are_some_and_few(
    home: Path, safe: dict[str, str], proxies: str, https: bool, text: str
) -> None:
    tables = {**safe, "": safe[""].replace('["127.0.0.1"]', proxies)}
    findings = others(facts(home, tables, webapp=f"https = {str(https).lower()}"))

    assert [finding.check for finding in findings] == (["proxies"] if text else [])
    assert all(text in finding.text for finding in findings)


@pytest.mark.parametrize("service", ["collector", "webapp"])
@pytest.mark.parametrize(
    ("content", "mode", "text"),
    [
        (SECRET, 0o640, "others than its owner may use the secret"),
        (SECRET, 0o604, "others than its owner may use the secret"),
        (b"", 0o600, "is shorter than"),
        (b"0123456789abcde\n", 0o600, "is shorter than"),
        (b"x" * 40, 0o600, "is easily guessed"),
        (b"1234567" * 5, 0o600, "is easily guessed"),
        (b"12345678" * 4, 0o600, ""),
        (b"change me, please: this is a secret", 0o600, "is easily guessed"),
        (None, 0o600, "cannot be read"),
    ],
)
def test_secrets_are_random_and_private(
    home: Path, safe: dict[str, str], service: str, content: bytes | None, mode: int, text: str
) -> None:
    path = home / ("secret" if service == "collector" else "key")
    if content is None:
        path.unlink()
    else:
        path.write_bytes(content)
        path.chmod(mode)

    findings = others(facts(home, safe))

    assert [finding.check for finding in findings] == (["secrets"] if text else [])
    assert all(text in finding.text and service in finding.text for finding in findings)
    assert not any("123456" in finding.text for finding in findings)


def test_a_password_in_a_connection_string_or_an_open_file_is_found(
    home: Path, safe: dict[str, str]
) -> None:
    tables = {**safe, "": 'database = "host=127.0.0.1 port=1 user=ann password=hush"'}
    open_file = facts(home, tables)
    (home / "socorro.toml").chmod(0o644)

    findings = list(config_check.check_passwords(open_file))

    assert ["has a password in it" in finding.text for finding in findings] == [True, True]
    assert "hush" not in str(findings)


def test_the_address_of_a_webhook_in_an_open_file_is_found(
    home: Path, safe: dict[str, str]
) -> None:
    tables = facts(home, {**safe, "alerts": 'webhook = "https://hooks.example/hush"'})
    (home / "socorro.toml").chmod(0o644)

    [finding] = config_check.check_passwords(tables)

    assert "has a webhook in it and others may read it" in finding.text
    assert "hush" not in finding.text


def test_each_measure_of_confinement_that_is_not_in_force_is_a_warning(
    home: Path, safe: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    host_facts = facts(home, safe)
    machine = [str(one) for one in MEASURES() if not one.in_force]
    monkeypatch.setattr(confinement, "measures", MEASURES)
    here = list(config_check.check_walkers(host_facts))
    monkeypatch.setattr(confinement, "measures", lambda: [LANDLOCK, SECCOMP])

    assert [finding.text for finding in here] == machine
    assert list(config_check.check_walkers(host_facts)) == [
        Finding("walkers", "warning", "landlock: not in force (kernel 5.4): no other files")
    ]


def test_a_superuser_and_a_role_of_all_are_found(
    home: Path, safe: dict[str, str], dsn: str
) -> None:
    user = words_of(dsn)["user"]

    findings = list(config_check.check_postgres(facts(home, safe)))

    texts = [finding.text for finding in findings]
    assert any("is superuser" in text and user in text for text in texts)
    assert any("share the Postgres role" in text for text in texts)


def test_an_owner_is_found(home: Path, safe: dict[str, str], dsn: str) -> None:
    owner = make_dsn(dsn, user=OWNER)

    findings = list(config_check.check_postgres(facts(home, {**safe, "": f'database = "{owner}"'})))

    assert any(f"{OWNER!r} of a service owns the tables" in finding.text for finding in findings)
    assert not any("superuser" in finding.text for finding in findings)


def test_a_role_for_each_service_is_in_force(home: Path, safe: dict[str, str], dsn: str) -> None:
    tables = {
        service: f'{safe.get(service, "")}\ndatabase = "{make_dsn(dsn, user=role)}"'
        for service, role in ROLES.items()
    }

    assert list(config_check.check_postgres(facts(home, {**safe, **tables}))) == []


def test_a_postgres_that_does_not_answer_is_unknown(home: Path, safe: dict[str, str]) -> None:
    host_facts = facts(home, {**safe, "": 'database = "host=127.0.0.1 port=1 user=ann"'})

    [unknown] = [one for one in config_check.check_postgres(host_facts) if one.state == "unknown"]

    assert unknown.text == "Postgres does not answer for role 'ann'"


def test_the_spool_shares_no_disk(
    home: Path, safe: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    host_facts = facts(home, safe)
    together = list(config_check.check_disks(host_facts))
    monkeypatch.setattr(config_check, "_device", lambda folder: hash(str(folder)))
    apart = list(config_check.check_disks(host_facts))

    assert [finding.text.split(" are ")[0] for finding in together] == [
        "the spool and the symbol store",
        "the spool and the crash store",
    ]
    assert apart == []
    assert "power cut" in str(
        list(config_check.check_disks(facts(home, safe, collector="durable = false")))
    )


@pytest.mark.parametrize("free", [config_check.TEMPORARY, config_check.TEMPORARY - 1])
def test_temporary_files_have_room(
    home: Path, safe: dict[str, str], monkeypatch: pytest.MonkeyPatch, free: int
) -> None:
    usage = (2 * free, free, free)
    named = type("Usage", (), dict(zip(("total", "used", "free"), usage, strict=True)))
    monkeypatch.setattr(config_check.shutil, "disk_usage", lambda _folder: named)

    findings = others(facts(home, safe))

    assert [finding.check for finding in findings] == (
        [] if free == config_check.TEMPORARY else ["temporary files"]
    )


def test_temporary_files_are_not_in_memory(
    home: Path, safe: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    host_facts = facts(home, safe)
    monkeypatch.undo()
    monkeypatch.setenv("SOCORRO_HOME", str(home))
    monkeypatch.setattr(tempfile, "tempdir", "/dev/shm")

    [finding] = [
        one for one in config_check.check_disks(host_facts) if one.check == "temporary files"
    ]

    assert "/dev/shm) are in memory" in finding.text


def test_the_command_prints_findings_and_exits_1(
    run: Run, home: Path, safe: dict[str, str]
) -> None:
    facts(home, safe)
    result, as_json = run("config", "check"), run("config", "check", "--json")

    document = json.loads(as_json.stdout)
    assert (result.exit_code, as_json.exit_code) == (1, 1)
    assert "warning  postgres roles   " in result.stdout
    assert "warnings (docs/security.md)" in result.stderr
    assert document["in_force"] is False
    assert {row["check"] for row in document["findings"]} <= {"postgres roles", "disks"}


def test_the_command_exits_0_when_nothing_is_found(
    run: Run, home: Path, safe: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    facts(home, safe)
    monkeypatch.setattr(config_check, "CHECKS", (config_check.check_https,))

    result, as_json = run("config", "check"), run("config", "check", "--json")

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "all in force\n")
    assert json.loads(as_json.stdout) == {"in_force": True, "findings": []}


def test_a_service_that_does_not_run_here_is_not_checked(run: Run, home: Path) -> None:
    _, findings = config_check.read_facts()

    assert [finding.state for finding in findings] == ["unknown", "unknown"]
    assert "collector is not checked" in findings[0].text
    assert SharedConfig().home == home
