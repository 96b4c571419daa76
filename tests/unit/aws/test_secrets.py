"""Is a secret read as it is, and replaced only on the condition that nobody else did? On moto, with real boto3."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore.exceptions import ConnectTimeoutError
from moto import mock_aws

from serin.aws.secrets import Secret, read_secret
from serin.errors import Conflict, NotFound, Unavailable

_AWS = boto3.Session("testing", "testing", region_name="us-east-1")  # one: each session parses AWS's API anew


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    with mock_aws():
        yield _AWS.client("secretsmanager")


@pytest.fixture
def arn(client: Any) -> str:
    return str(client.create_secret(Name="keys", SecretString="first")["ARN"])


class Losing:
    """A client whose answer to a move of the label never arrives, whether or not the move was made."""

    def __init__(self, client: Any, *, moved: bool) -> None:
        self._client, self._moved = client, moved

    def __getattr__(self, name: str) -> Any:
        return getattr(self._client, name)

    def update_secret_version_stage(self, **arguments: Any) -> None:
        if self._moved:
            self._client.update_secret_version_stage(**arguments)
        raise ConnectTimeoutError(endpoint_url="https://secretsmanager")


def test_the_init_of_a_function_reads_by_arn(arn: str) -> None:
    """The text as it is; a secret that is not there is NotFound."""
    assert read_secret(arn) == "first"
    with pytest.raises(NotFound):
        read_secret("nowhere")


def test_a_secret_is_replaced_and_the_version_before_is_kept(client: Any, arn: str) -> None:
    """AWSCURRENT moves; AWSPREVIOUS is on the one before."""
    secret, fresh = Secret(client, arn), str(uuid4())
    _, before = secret.read()
    secret.replace("second", before, fresh)
    assert secret.read() == ("second", fresh)
    assert client.get_secret_value(SecretId=arn, VersionStage="AWSPREVIOUS")["SecretString"] == "first"


def test_who_comes_second_changes_nothing(client: Any, arn: str) -> None:
    """Both read the same version; the second is told, and the first one's text stays."""
    secret, first, second = Secret(client, arn), str(uuid4()), str(uuid4())
    _, before = secret.read()
    secret.replace("mine", before, first)
    with pytest.raises(Conflict, match="at the same time"):
        secret.replace("yours", before, second)
    assert secret.read() == ("mine", first)
    secret.replace("next", first, str(uuid4()))
    assert secret.read()[0] == "next"


@pytest.mark.parametrize("moved", [True, False])
def test_a_lost_answer_is_looked_up(client: Any, arn: str, moved: bool) -> None:
    """If the label was moved all is well; if not, nothing has changed and the failure is told."""
    secret, fresh = Secret(client, arn), str(uuid4())
    _, before = secret.read()
    losing = Secret(Losing(client, moved=moved), arn)
    if moved:
        losing.replace("second", before, fresh)
    else:
        with pytest.raises(Unavailable):
            losing.replace("second", before, fresh)
    assert secret.read()[0] == ("second" if moved else "first")
    secret.replace("second", before if not moved else fresh, str(uuid4()))
