"""The function that serves one model. All loading happens here, in init: a release that can't load its model
fails to start, and so can never become live."""

from functools import partial
from typing import Any

from serin import settings
from serin.aws.artifacts import reader
from serin.aws.secrets import read_secret
from serin.aws.windows import writer
from serin.serving.after_response import AfterResponse
from serin.serving.release import open_release
from serin.serving.shutdown import on_shutdown

_settings = settings.inference()
_after_response = AfterResponse.start(_settings.runtime_api)
_secret = partial(read_secret, _settings.receipt_secret) if _settings.receipt_secret else None
service = open_release(
    _settings, lambda: reader(_settings.bucket), _after_response.submit, _secret, writer(_settings.bucket)
)
if _settings.runtime_api:
    # The waiting counts first: queued work may take longer than Lambda waits.
    on_shutdown(service.flush, _after_response.finish, service.close)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return service.handle(event, context)
