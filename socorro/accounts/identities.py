"""Users whom an identity provider vouches for, by the provider's own name for them.

They are told apart by issuer and subject, never by name or e-mail address, which the provider may
change or give to somebody else. A user whom an administrator added is among them only once they are
linked (links.py): a provider that claims the same name is refused.
"""

from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

from socorro.accounts import users
from socorro.accounts.users import Refused
from socorro.postgres import Connection, execute, load_sql, value
from socorro.visible import visible

SQL = load_sql(__file__)

LONGEST_SUBJECT = 255  # characters, by the standard
LONGEST_EMAIL = 254  # characters


class Identity(NamedTuple):
    """What a provider says about somebody who signs in."""

    issuer: str
    subject: str
    name: str  # as it is stored
    email: str
    groups: frozenset[str]  # ours


class Mapped(NamedTuple):
    """How claims become a user."""

    name_claim: str
    groups_claim: str
    groups: Mapping[str, str]  # the provider's group: ours
    requires_group: bool

    @property
    def managed(self) -> list[str]:
        """Return our groups that the provider decides about."""
        return sorted(set(self.groups.values()))


def read_claims(claims: Mapping[str, Any], mapped: Mapped) -> Identity:
    """Return who the claims, verified before, are about.

    Raises Refused, with a text for the user, when they name nobody whom we could store.
    """
    subject = claims.get("sub")
    if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT or "\0" in subject:
        raise Refused("the identity provider sent no valid subject")
    name = claims.get(mapped.name_claim)
    if not isinstance(name, str) or not name.strip():
        raise Refused(f"the identity provider sent no {mapped.name_claim}")
    if claims.get("email_verified", True) in (False, "false"):
        raise Refused("the identity provider has not verified your e-mail address")
    email = claims.get("email")
    is_valid = isinstance(email, str) and len(email) <= LONGEST_EMAIL and "\0" not in email
    return Identity(
        str(claims["iss"]),
        subject,
        users.normalize(name),
        str(email) if is_valid else "",
        frozenset(_groups(claims.get(mapped.groups_claim), mapped.groups)),
    )


def sign_in(db: Connection, identity: Identity, mapped: Mapped) -> int | None:
    """Return the id of the user, who is added at the first sign-in.

    Their managed groups become those of the identity; groups that an administrator gave them beside
    these stay. None when one is required and they are in none: nobody is added, and who was added
    before leaves the managed groups.

    Raises Refused when the name is that of another user, or a group of the mapping does not exist.
    """
    _require_groups(db, mapped.managed)
    parameters = identity._asdict() | {
        "groups": sorted(identity.groups),
        "managed": mapped.managed,
    }
    if mapped.requires_group and not identity.groups:
        execute(db, SQL["leave"], **parameters)
        return None
    user_id = value(db, SQL["sign_in"], **parameters)
    if user_id is None:
        raise Refused(
            f"there is another user with the name {identity.name}; if that is you, an administrator"
            f" can link it (socorro users link) to your subject at {identity.issuer}, which is"
            f" {visible(identity.subject)}"
        )
    return int(user_id)


def _require_groups(db: Connection, names: Collection[str]) -> None:
    existing = {group.name for group in users.groups(db)}
    for name in names:
        if name not in existing:
            raise Refused(f"the setting webapp.oidc_groups has a group that does not exist: {name}")


def _groups(claim: object, groups: Mapping[str, str]) -> Collection[str]:
    """Return our groups for those of a claim: a list, or one name alone."""
    names = claim if isinstance(claim, list) else [claim]
    return {groups[name] for name in names if isinstance(name, str) and name in groups}
