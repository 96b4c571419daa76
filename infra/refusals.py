"""What does the gateway say when it refuses a request itself? `{"error": "…"}`, as the function does."""

from aws_cdk import aws_apigateway as apigateway
from constructs import Construct

RETRY_AFTER_S = 30
_MESSAGE = "$context.error.messageString"  # API Gateway writes the quotes around it
_NO_ANSWER = (
    '"the model gives no answer now: it was stopped by its spend guard, or it is overloaded or has failed;'
    ' try again after the time in Retry-After"'
)
_REFUSALS: dict[str, tuple[int | None, str]] = {
    "BAD_REQUEST_BODY": (400, '"the body is not an inference request: $context.error.validationErrorString"'),
    "BAD_REQUEST_PARAMETERS": (400, '"a parameter is missing or malformed"'),
    "INVALID_API_KEY": (403, '"missing or unknown API key: send one in the header x-api-key"'),
    "ACCESS_DENIED": (403, '"access denied"'),
    "MISSING_AUTHENTICATION_TOKEN": (404, '"no such path, or not with this method"'),
    "RESOURCE_NOT_FOUND": (404, '"no such path"'),
    "REQUEST_TOO_LARGE": (413, '"the request is larger than 10 MB"'),
    "UNSUPPORTED_MEDIA_TYPE": (415, '"this content type is not spoken here"'),
    "THROTTLED": (429, '"too many requests: slow down and try again"'),
    "QUOTA_EXCEEDED": (429, '"the daily quota of this API key is used up"'),
    "INTEGRATION_FAILURE": (503, _NO_ANSWER),
    "INTEGRATION_TIMEOUT": (504, '"the model did not answer in time"'),
    "DEFAULT_4XX": (None, _MESSAGE),
    # A function that is throttled, also by a reserved concurrency of 0, is a 500 as long as nobody says otherwise, of
    # a type that AWS does not document; users report INTEGRATION_FAILURE. Whichever it is, clients get the same.
    "DEFAULT_5XX": (503, _NO_ANSWER),
}


class Refusals(Construct):
    """One gateway response per kind of refusal. Nothing internal is told: what went wrong inside is in the logs."""

    def __init__(self, rest: apigateway.RestApi) -> None:
        super().__init__(rest, "Refusals")
        for kind, (status, message) in _REFUSALS.items():
            apigateway.GatewayResponse(
                self,
                kind.title(),
                rest_api=rest,
                type=apigateway.ResponseType.of(kind),
                status_code=str(status) if status else None,
                response_headers={"Retry-After": f"'{RETRY_AFTER_S}'"} if status == 503 else None,
                templates={"application/json": f'{{"error": {message}}}'},
            )
