"""What does a failed AWS call mean to Serin? The only place that knows."""

from collections.abc import Callable
from typing import Any

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    NoCredentialsError,
    NoRegionError,
    PartialCredentialsError,
    ProfileNotFound,
    TokenRetrievalError,
    UnauthorizedSSOTokenError,
)

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

__all__ = ["call", "meaning"]

_DENIED = [
    "AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "ExpiredToken", "ExpiredTokenException",
    "InvalidClientTokenId", "UnrecognizedClientException", "SignatureDoesNotMatch", "InvalidAccessKeyId",
    "403",
]  # fmt: skip
_MISSING = [
    "ResourceNotFoundException", "NoSuchKey", "NoSuchBucket", "ParameterNotFound", "NotFoundException", "404",
    "ProvisionedConcurrencyConfigNotFoundException",
]  # fmt: skip
_CONFLICT = [
    "ConditionalCheckFailedException", "PreconditionFailed", "PreconditionFailedException",
    "ResourceConflictException", "ConditionalRequestConflict", "TransactionConflictException",
    "ConflictException", "409", "412",
]  # fmt: skip
_THROTTLED = [
    "ThrottlingException", "Throttling", "TooManyRequestsException", "ProvisionedThroughputExceededException",
    "RequestLimitExceeded", "SlowDown", "LimitExceededException",
]  # fmt: skip
_INVALID = (
    "ValidationException",
    "InvalidParameterValueException",
    "InvalidRequestContentException",
    "RequestTooLargeException",
)
_KINDS: dict[str, type[SerinError]] = {
    **dict.fromkeys(_DENIED, AccessDenied),
    **dict.fromkeys(_MISSING, NotFound),
    **dict.fromkeys(_CONFLICT, Conflict),
    **dict.fromkeys(_THROTTLED, Throttled),
    **dict.fromkeys(_INVALID, BadRequest),
}
_SETTINGS = (NoCredentialsError, PartialCredentialsError, ProfileNotFound, NoRegionError, UnauthorizedSSOTokenError,
             TokenRetrievalError)  # fmt: skip


def call(method: Callable[..., Any], **arguments: Any) -> Any:
    """Call a boto3 method; every way in which it can fail comes out as a SerinError."""
    try:
        return method(**arguments)
    except (ClientError, BotoCoreError) as error:
        raise meaning(error) from error


def meaning(error: ClientError | BotoCoreError) -> SerinError:
    """The domain error for an AWS error; its text keeps the action and resource that AWS names."""
    if isinstance(error, _SETTINGS):
        return InvalidSettings(f"{error}. Set credentials and region as for the AWS CLI, or add --local.")
    if not isinstance(error, ClientError):
        return Unavailable(f"AWS did not answer: {error}")
    code = error.response.get("Error", {}).get("Code", "")
    if code == "TransactionCanceledException":
        return _cancelled(error)
    kind = _KINDS.get(code, Unavailable)
    said = error.response.get("Error", {}).get("Message", "") or str(error)
    return kind(f"{error.operation_name}: {said} ({code})")


def _cancelled(error: ClientError) -> SerinError:
    reasons = {reason.get("Code", "None") for reason in error.response.get("CancellationReasons", [])} - {"None"}
    said = f"{error.operation_name}: the transaction was cancelled ({', '.join(sorted(reasons)) or 'no reason given'})"
    if not reasons or reasons & {"ConditionalCheckFailed", "TransactionConflict"}:
        return Conflict(said)
    throttled = reasons <= {"ThrottlingError", "ProvisionedThroughputExceeded"}
    return Throttled(said) if throttled else BadRequest(said)
