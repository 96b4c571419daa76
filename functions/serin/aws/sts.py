"""Who is calling, and how to call as somebody else."""

from typing import Any

from serin.aws.failures import call

__all__ = ["assume", "caller"]


def caller(client: Any) -> str:
    """The ARN of the identity behind the credentials."""
    return str(call(client.get_caller_identity)["Arn"])


def assume(client: Any, role: str, name: str) -> tuple[str, str, str]:
    """Key, secret and token of a session of this name, in a role of the caller's account. Raises AccessDenied."""
    account = str(call(client.get_caller_identity)["Account"])
    arn = f"arn:aws:iam::{account}:role/{role}"
    given = call(client.assume_role, RoleArn=arn, RoleSessionName=name)["Credentials"]
    return given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"]
