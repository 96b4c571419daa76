"""Does every way in which AWS can fail come out as the error that a person can act on?"""

import pytest
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectTimeoutError,
    EndpointConnectionError,
    NoCredentialsError,
    ReadTimeoutError,
)

from serin.aws.failures import call, meaning
from serin.errors import (
    AccessDenied,
    BadRequest,
    Conflict,
    InvalidSettings,
    NotFound,
    SerinError,
    Throttled,
    Unavailable,
)


def _error(code: str, message: str = "said", **more: object) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}, **more}, "PutThing")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("AccessDenied", AccessDenied),
        ("ExpiredToken", AccessDenied),
        ("ResourceNotFoundException", NotFound),
        ("NoSuchKey", NotFound),
        ("ConditionalCheckFailedException", Conflict),
        ("PreconditionFailed", Conflict),
        ("PreconditionFailedException", Conflict),
        ("TooManyRequestsException", Throttled),
        ("ThrottlingException", Throttled),
        ("ValidationException", BadRequest),
        ("InternalServerError", Unavailable),
    ],
)
def test_a_code_has_one_meaning(code: str, kind: type[SerinError]) -> None:
    """The sentence keeps the operation, AWS's words and the code."""
    found = meaning(_error(code))
    assert type(found) is kind
    assert str(found) == f"PutThing: said ({code})"


def test_a_denial_keeps_action_and_resource() -> None:
    """What is missing from the policy can be read off the sentence."""
    said = "User: arn:aws:iam::1:user/me is not authorized to perform: lambda:UpdateAlias on resource: arn:x"
    assert said in str(meaning(_error("AccessDeniedException", said)))


@pytest.mark.parametrize(
    ("reasons", "kind"),
    [
        (["None", "ConditionalCheckFailed"], Conflict),
        (["TransactionConflict"], Conflict),
        (["ThrottlingError", "None"], Throttled),
        (["ValidationError"], BadRequest),
    ],
)
def test_a_cancelled_transaction_means_what_its_reasons_mean(reasons: list[str], kind: type[SerinError]) -> None:
    """A race is a conflict, too many requests are not."""
    error = _error("TransactionCanceledException", CancellationReasons=[{"Code": code} for code in reasons])
    assert type(meaning(error)) is kind


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectTimeoutError(endpoint_url="https://x"), Unavailable),
        (ReadTimeoutError(endpoint_url="https://x"), Unavailable),
        (EndpointConnectionError(endpoint_url="https://x"), Unavailable),
        (NoCredentialsError(), InvalidSettings),
    ],
)
def test_no_answer_is_unavailable_and_no_credentials_are_settings(error: BotoCoreError, kind: type[SerinError]) -> None:
    """Also through `call`, which is the way every gateway goes."""

    def fails() -> None:
        raise error

    with pytest.raises(kind) as caught:
        call(fails)
    assert caught.value.__cause__ is error
