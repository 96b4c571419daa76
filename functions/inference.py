"""The function that serves one model. All loading happens here, in init: a release that can't load its model
fails to start, and so can never become live."""

from typing import Any

from serin import settings
from serin.aws.artifacts import reader
from serin.serving.after_response import AfterResponse
from serin.serving.release import open_release
from serin.serving.shutdown import on_shutdown

_settings = settings.inference()
_after_response = AfterResponse.start(_settings.runtime_api)
service = open_release(_settings, lambda: reader(_settings.bucket), _after_response.submit)
if _settings.runtime_api:
    # The waiting counts first: queued work may take longer than Lambda waits.
    on_shutdown(service.flush, _after_response.finish, service.flush)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return service.handle(event, context)
