"""Who may let a rollout go on without evidence? Whose ARN fits a pattern that the endpoint's settings name."""

from fnmatch import fnmatchcase

from serin.errors import AccessDenied
from serin.registry.endpoints import Endpoint

__all__ = ["check_approver"]


def check_approver(endpoint: Endpoint, principal: str) -> None:
    """Raises AccessDenied, with whom to ask.

    >>> from dataclasses import replace
    >>> endpoint = Endpoint("churn", "dev", "growth", "f", "live", "b", "t", "u", approvers=("arn:aws:sts::1:role/a*",))
    >>> check_approver(endpoint, "arn:aws:sts::1:role/ann")
    """
    if any(fnmatchcase(principal, pattern) for pattern in endpoint.approvers):
        return
    approver = endpoint.owners.get("approver", "the approver")
    known = ", ".join(endpoint.approvers) or f"nobody: name them in cdk.json, as approvers of {endpoint.model}"
    raise AccessDenied(f"{principal} is no approver of {endpoint.model}: ask {approver}. Approvers are {known}.")
