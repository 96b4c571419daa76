"""Secrets by name or ARN: read once in the init of a function, or replaced by an operator on a condition."""

from typing import Any

import boto3
from botocore.config import Config

from serin.aws.failures import call
from serin.errors import Conflict, SerinError

__all__ = ["Secret", "read_secret"]

_CURRENT, _PENDING = "AWSCURRENT", "AWSPENDING"


def read_secret(name: str) -> str:
    """With short timeouts and retries, as the artifacts. Raises NotFound, AccessDenied or Unavailable."""
    retries = {"mode": "standard", "total_max_attempts": 4}
    config = Config(connect_timeout=2, read_timeout=10, retries=retries)
    return Secret(boto3.client("secretsmanager", config=config), name).read()[0]


class Secret:
    """One secret, whose versions are named by whoever writes them."""

    def __init__(self, client: Any, name: str) -> None:
        self._client, self._name = client, name

    def read(self) -> tuple[str, str]:
        """The current text and its version."""
        # AWS takes this label where none is given; moto then takes whatever was current first.
        found = call(self._client.get_secret_value, SecretId=self._name, VersionStage=_CURRENT)
        return str(found.get("SecretString", "")), str(found["VersionId"])

    def replace(self, text: str, before: str, version: str) -> None:
        """Make this text current as `version`, if `before` still is. Raises Conflict when it is not.

        PutSecretValue knows no condition: it would win over whoever was first. Moving the label AWSCURRENT away from
        `before` is one, for AWS refuses it when the label is not there any more.
        """
        call(
            self._client.put_secret_value, SecretId=self._name, SecretString=text, ClientRequestToken=version,
            VersionStages=[_PENDING],
        )  # fmt: skip
        try:
            call(
                self._client.update_secret_version_stage, SecretId=self._name, VersionStage=_CURRENT,
                MoveToVersionId=version, RemoveFromVersionId=before,
            )  # fmt: skip
        except SerinError as error:
            _, now = self.read()
            if now == version:
                return  # it was moved, and only the answer was lost
            if now != before:
                raise Conflict("Somebody else replaced this secret at the same time, and theirs counts.") from error
            raise
