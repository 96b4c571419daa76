"""Who signs a request to the local AWS, and which policies are theirs? A function, a role's session, or an IAM user."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from moto.iam.models import IAMBackend, iam_backends
from moto.sts.models import STSBackend, sts_backends

from infra.local.release import ACCOUNT

__all__ = ["ROLE_KEY", "SESSION_KEY", "Caller", "caller_of", "credentials", "policies_of"]

ROLE_KEY = "ASIALOCAL"
SESSION_KEY = "ASIA"


@dataclass(frozen=True, slots=True)
class Caller:
    """`role` or `user` is whose policies hold; `function` is empty for a person."""

    arn: str
    role: str = ""
    user: str = ""
    function: str = ""

    def policies(self) -> list[dict[str, Any]]:
        return policies_of(self.role) if self.role else _policies_of_user(self.user)


def credentials(role_arn: str, function: str) -> dict[str, str]:
    """The environment variables by which a sandbox of `function` signs as its role."""
    name = role_arn.rpartition("/")[2]
    digest = hashlib.sha256(f"{name}/{function}".encode()).hexdigest()
    key = f"{ROLE_KEY}{digest[:11].upper()}"
    _FUNCTIONS[key] = Caller(f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/{function}", role=name, function=function)
    return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": digest[11:51], "AWS_SESSION_TOKEN": f"role/{name}"}


_FUNCTIONS: dict[str, Caller] = {}


def caller_of(access_key: str) -> Caller | None:
    """None for the developer of this machine, who may do everything here: any key that was given to nobody."""
    return _FUNCTIONS.get(access_key) or _session(access_key) or _user(access_key)


def _session(access_key: str) -> Caller | None:
    backend: STSBackend = sts_backends[ACCOUNT]["aws"]
    found = backend.get_assumed_role_from_access_key(access_key)
    return Caller(found.arn, role=found.role_arn.rpartition("/")[2]) if found else None


def _user(access_key: str) -> Caller | None:
    backend = _iam()
    for user in list(backend.users.values()):
        if any(key.access_key_id == access_key for key in user.access_keys):
            return Caller(user.arn, user=user.name)
    return None


def policies_of(role: str) -> list[dict[str, Any]]:
    """Every policy document of a role, inline and attached, as moto holds them; none of one that does not exist."""
    backend = _iam()
    if all(role != known.name for known in list(backend.roles.values())):
        return []
    inline = [backend.get_role_policy(role, name)[1] for name in backend.list_role_policies(role)]
    return [*map(_document, inline), *_attached(backend.list_attached_role_policies(role)[0])]


def _policies_of_user(name: str) -> list[dict[str, Any]]:
    """The user's own, and those of the groups they are in."""
    backend = _iam()
    inline = [backend.get_user_policy(name, one) for one in backend.list_user_policies(name)]
    found = [*map(_document, inline), *_attached(backend.list_attached_user_policies(name)[0])]
    for group in backend.get_groups_for_user(name):
        inline = [backend.get_group_policy(group.name, one) for one in backend.list_group_policies(group.name)]
        found += [*map(_document, inline), *_attached(backend.list_attached_group_policies(group.name)[0])]
    return found


def _attached(policies: Any) -> Iterator[dict[str, Any]]:
    for policy in policies:
        yield from (_document(version.document) for version in policy.versions if version.is_default)


def _document(policy: Any) -> dict[str, Any]:
    text = policy["policy_document"] if isinstance(policy, dict) and "policy_document" in policy else policy
    document: dict[str, Any] = orjson.loads(text) if isinstance(text, str | bytes) else text
    return document


def _iam() -> IAMBackend:
    return iam_backends[ACCOUNT]["aws"]
