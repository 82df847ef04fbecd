"""Settings of the webapp."""

from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import SettingsConfigDict

from socorro.config import PostgresUserConfig
from webapp import url_templates

SHORTEST_KEY = 32  # characters
SOURCE_NAMES = ("path", "line", "revision", "repository")
BUG_NAMES = (
    *("title", "body", "signature", "product", "version", "os", "cpu", "reason", "report"),
    *("crash_id", "project"),
)
OWN_HOSTS = ("localhost", "127.0.0.1", "::1")
_REQUIRED = ("authorization_url", "token_url", "keys_url", "client_id", "client_secret_file")


class WebappConfig(PostgresUserConfig):
    """Settings of the webapp, from the environment or socorro.toml."""

    table = "webapp"
    model_config = SettingsConfigDict(env_prefix="SOCORRO_WEBAPP_")

    port: int = Field(8884, description="Port to listen on")
    threads: int = Field(8, gt=0, description="Threads, one page each")
    secret_key_file: Path = Field(
        description="File, mode 0600, with the key that signs cookies; at least 32 characters"
    )
    allowed_hosts: list[str] = Field(
        ["localhost", "127.0.0.1"], description="Host names that the pages are served under"
    )
    collector_url: str = Field(
        "http://127.0.0.1:8882", description="Where clients post crashes; shown on the home page"
    )
    middleware_url: str = Field(
        "http://127.0.0.1:8883",
        description="Address of the REST interface, to which the pages pass on /api/",
    )
    source_hosts: list[str] = Field(
        ["hg.mozilla.org", "github.com"], description="Source code hosts that frames may link to"
    )
    source_links: dict[str, str] = Field(
        default_factory=dict,
        description="Where frames link to: URL templates by product, or by host and repository of"
        " indexed files, with {path}, {line}, {revision} and {repository}, for example {"
        '"hg.mozilla.org/mozilla-central": '
        '"https://searchfox.org/mozilla-central/source/{path}#{line}"}; other indexed files link'
        " to source_hosts",
    )
    source_roots: list[str] = Field(
        default_factory=list,
        description="Folders of build machines that are cut off a source path before it fills a"
        ' template of source_links, for example ["/builds/worker/checkouts/gecko/"]',
    )
    bug_tracker: Literal["bugzilla", "github", "gitlab", "jira", "none"] = Field(
        "bugzilla", description="Kind of bug tracker: bugzilla, github, gitlab, jira or none"
    )
    bug_tracker_url: str = Field(
        "https://bugzilla.mozilla.org",
        description="Address of the bug tracker: the site (Bugzilla, Jira), the repository"
        " (GitHub) or the project (GitLab)",
    )
    bug_project: str = Field(
        "",
        description="Project of new bugs: the number of a Jira project; Bugzilla's product, when"
        " it is not called like the one that crashed",
    )
    bug_template: str = Field(
        "",
        description="URL template of a new bug instead of the tracker's own, with "
        + ", ".join(f"{{{name}}}" for name in BUG_NAMES),
    )
    asks_per_minute: int = Field(
        30,
        gt=0,
        description="Crashes per minute that visitors from one address may move to the front",
    )
    https: bool = Field(
        False,
        description="Visitors use https (through a proxy): send cookies over https only, and tell"
        " browsers to use nothing else (HSTS)",
    )
    session_hours: int = Field(168, gt=0, description="Hours until a visitor is signed out")
    sign_ins_per_address: int = Field(
        30, gt=0, description="Sign-in attempts in ten minutes from one address"
    )
    sign_ins_per_name: int = Field(
        10, gt=0, description="Sign-in attempts in ten minutes for one user from one address"
    )
    sign_ins_per_name_from_all: int = Field(
        200, gt=0, description="Sign-in attempts in ten minutes for one user from all addresses"
    )
    oidc_issuer: str = Field(
        "",
        description="Identity provider (OIDC) that visitors may sign in with, as its tokens name"
        " it, for example https://accounts.example.com; none: users have passwords only",
    )
    oidc_label: str = Field(
        "single sign-on", description="What the sign-in page calls the identity provider"
    )
    oidc_authorization_url: str = Field(
        "", description="Its authorization_endpoint, where visitors sign in"
    )
    oidc_token_url: str = Field("", description="Its token_endpoint")
    oidc_keys_url: str = Field("", description="Its jwks_uri, the keys that sign its tokens")
    oidc_userinfo_url: str = Field(
        "", description="Its userinfo_endpoint, where the ID token lacks a claim"
    )
    oidc_logout_url: str = Field(
        "", description="Its end_session_endpoint; offered to those who sign out here"
    )
    oidc_client_id: str = Field("", description="Client id of this site at the provider")
    oidc_client_secret_file: Path | None = Field(
        None, description="File, mode 0600, with the client secret"
    )
    oidc_algorithm: Literal["RS256", "RS384", "RS512", "ES256", "ES384", "ES512"] = Field(
        "RS256", description="The only algorithm that ID tokens may be signed with"
    )
    oidc_scopes: str = Field(
        "openid email profile", description="What to request, separated by spaces"
    )
    oidc_name_claim: str = Field("email", description="Claim that is the name of a new user")
    oidc_groups_claim: str = Field("groups", description="Claim that lists a user's groups")
    oidc_groups: dict[str, str] = Field(
        {},
        description="The group here for each group of the provider, set at each sign-in;"
        " administrators decide about all other groups",
    )
    oidc_requires_group: bool = Field(
        False, description="Refuse those whom oidc_groups puts into no group; they get no account"
    )

    @field_validator("source_links")
    @classmethod
    def _are_links(cls, links: dict[str, str]) -> dict[str, str]:
        return {product: url_templates.check(link, SOURCE_NAMES) for product, link in links.items()}

    @field_validator("bug_tracker_url")
    @classmethod
    def _is_address(cls, url: str) -> str:
        return url_templates.check(url, ()).rstrip("/")

    @field_validator("bug_template")
    @classmethod
    def _is_template(cls, template: str) -> str:
        return template and url_templates.check(template, BUG_NAMES)

    @field_validator(
        *(f"oidc_{name}_url" for name in ("authorization", "token", "keys", "userinfo", "logout"))
    )
    @classmethod
    def _uses_https(cls, url: str) -> str:
        """Passwords and tokens pass there: only this machine may be asked without https."""
        address = urlsplit(url)
        is_own = address.scheme == "http" and address.hostname in OWN_HOSTS
        if url and not is_own and not (address.scheme == "https" and address.hostname):
            raise ValueError("expected an https address")
        return url

    @model_validator(mode="after")
    def _has_what_oidc_needs(self) -> Self:
        missing = [name for name in _REQUIRED if not getattr(self, f"oidc_{name}")]
        if self.oidc_issuer and missing:
            raise ValueError("oidc_issuer needs " + ", ".join(f"oidc_{name}" for name in missing))
        return self


def client_secret(path: Path) -> str:
    """Read the client secret. Ends the process when it is missing or empty."""
    try:
        secret = path.read_text().strip()
    except OSError as error:
        secret, problem = "", str(error.strerror)
    else:
        problem = "the file is empty"
    if not secret:
        raise SystemExit(f"SOCORRO_WEBAPP_OIDC_CLIENT_SECRET_FILE {path}: {problem}")
    return secret


def secret_key(path: Path) -> str:
    """Read the key. Ends the process when it is missing or too short."""
    try:
        key = path.read_text().strip()
    except OSError as error:
        raise SystemExit(f"SOCORRO_WEBAPP_SECRET_KEY_FILE {path}: {error.strerror}") from None
    if len(key) < SHORTEST_KEY:
        text = f"the key is too short (expected at least {SHORTEST_KEY} characters)"
        raise SystemExit(f"SOCORRO_WEBAPP_SECRET_KEY_FILE {path}: {text}")
    return key
