"""The function that serves one model. All loading happens here, in init: a release that can't load its model
fails to start, and so can never become live."""

import gc
from typing import Any

from serin import settings
from serin.aws.startup import begin

_settings = settings.inference()
_version = _settings.version
_objects, _secret = begin(_settings)  # before the imports below, which take longer than AWS

from serin.aws.later import asks_frugality, review_sender, sender  # noqa: E402 - AWS answers meanwhile
from serin.aws.windows import writer  # noqa: E402 - AWS answers meanwhile
from serin.serving.after_response import AfterResponse  # noqa: E402 - AWS answers meanwhile
from serin.serving.release import open_release  # noqa: E402 - AWS answers meanwhile
from serin.serving.shutdown import on_shutdown  # noqa: E402 - AWS answers meanwhile

_after_response = AfterResponse.start(None if _settings.trial else _settings.runtime_api)
service = open_release(
    _settings,
    _objects,
    _after_response.submit,
    _secret,
    writer(_settings.bucket) if _version else None,
    sender(_settings.capture.stream) if _version and _settings.capture else None,
    review_sender(_settings.review.queue) if _version and _settings.review else None,
    asks_frugality(_settings.table, _settings.model)
    if _version and _settings.capture and _settings.capture.budgeted
    else None,
)
if _settings.runtime_api:
    # The waiting counts first: queued work may take longer than Lambda waits.
    on_shutdown(service.flush, _after_response.finish, service.close)
gc.freeze()  # all of this lives as long as the sandbox: no request should wait until it was searched for garbage


def handler(event: dict[str, Any], context: object) -> dict[str, Any]:
    return service.handle(event, context)
