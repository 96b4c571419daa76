"""What can a local cloud load before its template is there? Its modules, and what moto needs for each service."""

from collections.abc import Callable

import infra.local.__main__  # noqa: F401 - the server, and what it imports

__all__ = ["warm"]

_SERVICES = (
    "iam", "s3", "dynamodb", "lambda", "ssm", "logs", "events", "sns", "sqs", "cloudwatch", "secretsmanager",
    "apigateway", "glue", "athena", "firehose", "budgets", "sts",
)  # fmt: skip
"""One that is missing here is imported when it is called first."""


def warm(enough: Callable[[], bool]) -> None:
    """Service by service, until there is no more to wait for."""
    from moto.backends import get_backend  # noqa: PLC0415 - after the loader is shared
    from moto.core.utils import get_service_model  # noqa: PLC0415

    for service in _SERVICES:
        if enough():
            return
        get_backend(service)
        get_service_model(service)
