"""May this role do that? Evaluates the policies that the template attached, as IAM does: deny wins, silence denies."""

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import orjson
from moto.iam.models import IAMBackend, iam_backends

from infra.local.release import ACCOUNT

__all__ = ["Caller", "Decision", "caller_of", "credentials", "decide", "like", "policies_of"]

ROLE_KEY = "ASIALOCAL"


@dataclass(frozen=True, slots=True)
class Decision:
    allowed: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Caller:
    """A function that signs as its role."""

    role: str
    function: str

    @property
    def arn(self) -> str:
        return f"arn:aws:sts::{ACCOUNT}:assumed-role/{self.role}/{self.function}"


def credentials(role_arn: str, function: str) -> dict[str, str]:
    """The environment variables by which a sandbox of `function` signs as its role."""
    name = role_arn.rpartition("/")[2]
    digest = hashlib.sha256(f"{name}/{function}".encode()).hexdigest()
    _CALLERS[f"{ROLE_KEY}{digest[:11].upper()}"] = Caller(name, function)
    return {
        "AWS_ACCESS_KEY_ID": f"{ROLE_KEY}{digest[:11].upper()}",
        "AWS_SECRET_ACCESS_KEY": digest[11:51],
        "AWS_SESSION_TOKEN": f"role/{name}",
    }


_CALLERS: dict[str, Caller] = {}


def caller_of(access_key: str) -> Caller | None:
    """None for a developer, who may do everything here."""
    return _CALLERS.get(access_key)


def policies_of(role: str) -> list[dict[str, Any]]:
    """Every policy document of a role, inline and attached, as moto holds them."""
    backend: IAMBackend = iam_backends[ACCOUNT]["aws"]
    inline = [backend.get_role_policy(role, name)[1] for name in backend.list_role_policies(role)]
    attached, _ = backend.list_attached_role_policies(role)
    documents = [policy["policy_document"] if isinstance(policy, dict) else policy for policy in inline]
    for policy in attached:
        documents += [version.document for version in policy.versions if version.is_default]
    return [orjson.loads(one) if isinstance(one, str | bytes) else one for one in documents]


def decide(documents: list[dict[str, Any]], action: str, resource: str, context: dict[str, str]) -> Decision:
    """`context` holds condition keys such as aws:SecureTransport, in lower case."""
    allowed = False
    for document in documents:
        statements = document["Statement"]
        for statement in statements if isinstance(statements, list) else [statements]:
            if not _applies(statement, action, resource, context):
                continue
            if statement["Effect"] == "Deny":
                return Decision(False, "with an explicit deny in a policy of its role")
            allowed = True
    return Decision(allowed, "" if allowed else "because no policy of its role allows it")


def _applies(statement: dict[str, Any], action: str, resource: str, context: dict[str, str]) -> bool:
    matches = _element(statement, "Action", action.lower(), str.lower) and _element(statement, "Resource", resource)
    return matches and all(
        _condition(operator, key.lower(), _list(values), context)
        for operator, pairs in statement.get("Condition", {}).items()
        for key, values in pairs.items()
    )


def _element(statement: dict[str, Any], name: str, value: str, fold: Any = str) -> bool:
    if f"Not{name}" in statement:
        return not any(like(fold(pattern), value) for pattern in _list(statement[f"Not{name}"]))
    return any(like(fold(pattern), value) for pattern in _list(statement.get(name, [])))


def _condition(operator: str, key: str, expected: list[str], context: dict[str, str]) -> bool:
    """An operator that is not known here counts as not met, so that it can only refuse an Allow, never widen it."""
    optional, operator = operator.endswith("IfExists"), operator.removesuffix("IfExists").rpartition(":")[2]
    actual = context.get(key)
    if operator == "Null":
        return str(actual is None).lower() in [str(one).lower() for one in expected]
    negated = "Not" in operator
    if actual is None:
        return optional or negated
    test = _OPERATORS.get(operator.replace("Not", ""))
    return test is not None and any(test(str(one), actual) for one in expected) != negated


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


@lru_cache(4096)
def _pattern(pattern: str) -> re.Pattern[str]:
    return re.compile(re.escape(pattern).replace(r"\*", ".*").replace(r"\?", "."), re.DOTALL)


def like(pattern: str, value: str) -> bool:
    return _pattern(pattern).fullmatch(value) is not None


_OPERATORS = {
    "StringEquals": lambda want, have: want == have,
    "StringEqualsIgnoreCase": lambda want, have: want.lower() == have.lower(),
    "StringLike": like,
    "ArnEquals": like,
    "ArnLike": like,
    "Bool": lambda want, have: want.lower() == have.lower(),
    "NumericEquals": lambda want, have: float(want) == float(have),
}
