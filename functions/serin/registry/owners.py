"""Which roles does an endpoint have, and what are their policies and rehearsal roles called?"""

__all__ = ["ROLES", "policy_name", "role_name"]

ROLES = ("watcher", "releaser", "approver", "communicator")


def policy_name(stage: str, model: str, role: str) -> str:
    """The managed policy that the stack makes."""
    return f"serin-{stage}-{model}-{role}"


def role_name(model: str, role: str) -> str:
    """The role to which the local cloud attaches it.

    >>> role_name("flights", "approver")
    'flights-approver'
    """
    return f"{model}-{role}"
