"""The function that serves one model. All loading happens here, in init: a release that can't load its model
fails to start, and so can never become live."""

from typing import Any

from serin import settings
from serin.aws.later import asks_frugality, review_sender, sender, writer
from serin.aws.startup import read_secret, reader
from serin.serving.after_response import AfterResponse
from serin.serving.release import open_release
from serin.serving.shutdown import on_shutdown

_settings = settings.inference()
_after_response = AfterResponse.start(None if _settings.trial else _settings.runtime_api)
service = open_release(
    _settings,
    lambda: reader(_settings.bucket),
    _after_response.submit,
    (lambda: read_secret(_settings.receipt_secret)) if _settings.receipt_secret else None,
    writer(_settings.bucket) if _settings.version is not None else None,
    sender(_settings.capture.stream) if _settings.version is not None and _settings.capture else None,
    review_sender(_settings.review.queue) if _settings.version is not None and _settings.review else None,
    asks_frugality(_settings.table, _settings.model)
    if _settings.version is not None and _settings.capture and _settings.capture.budgeted
    else None,
)
if _settings.runtime_api:
    # The waiting counts first: queued work may take longer than Lambda waits.
    on_shutdown(service.flush, _after_response.finish, service.close)


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return service.handle(event, context)
