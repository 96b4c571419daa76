"""Who is calling, for the audit trail."""

from typing import Any

from serin.aws.failures import call

__all__ = ["caller"]


def caller(client: Any) -> str:
    """The ARN of the identity behind the credentials."""
    return str(call(client.get_caller_identity)["Arn"])
