"""Under which roles can people rehearse? One for each policy that the template makes for owners: flights-approver."""

from typing import Any

import orjson

from infra.local.deployer.kinds import Account, create
from infra.local.release import ACCOUNT
from serin.registry.owners import ROLES, policy_name, role_name

__all__ = ["make_roles"]

_TRUST = orjson.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "sts:AssumeRole"}
        ],
    }
).decode()


def make_roles(account: Account) -> None:
    """On AWS the policies are attached to roles that people have already; here they have none."""
    iam = account.client("iam")
    made = {policy["PolicyName"]: policy["Arn"] for policy in iam.list_policies(Scope="Local")["Policies"]}
    for endpoint in _endpoints(account):
        for role in ROLES:
            arn = made.get(policy_name(endpoint["stage"], endpoint["model"], role))
            if arn:
                name = role_name(endpoint["model"], role)
                create(iam.create_role, RoleName=name, AssumeRolePolicyDocument=_TRUST)
                iam.attach_role_policy(RoleName=name, PolicyArn=arn)


def _endpoints(account: Account) -> list[dict[str, Any]]:
    named = account.parameters.items()
    return [orjson.loads(value) for name, value in named if name.startswith("/serin/") and "/endpoints/" in name]
