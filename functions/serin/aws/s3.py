"""Content in a bucket, written once under a key that is made from its hash."""

from collections.abc import Iterator
from typing import Any

from serin.aws.failures import call
from serin.errors import Conflict

__all__ = ["Bucket"]


class Bucket:
    """Implements serin.registry.ports.ArtifactStore."""

    def __init__(self, client: Any, name: str) -> None:
        self._client, self._name = client, name

    def put(self, key: str, data: bytes) -> None:
        try:
            call(self._client.put_object, Bucket=self._name, Key=key, Body=data, IfNoneMatch="*")
        except Conflict as error:
            # 412: it is there, and equal, as the key is its hash. 409: another upload of the same runs; look.
            if "ConditionalRequestConflict" in str(error):
                call(self._client.head_object, Bucket=self._name, Key=key)

    def read(self, key: str) -> bytes:
        """Raise NotFound when nothing is stored there."""
        body: bytes = call(self._client.get_object, Bucket=self._name, Key=key)["Body"].read()
        return body

    def keys(self, prefix: str) -> Iterator[str]:
        """Those that begin so, in their order."""
        arguments = {"Bucket": self._name, "Prefix": prefix}
        while True:
            page = call(self._client.list_objects_v2, **arguments)
            yield from (one["Key"] for one in page.get("Contents", []))
            if not page.get("NextContinuationToken"):
                return
            arguments["ContinuationToken"] = page["NextContinuationToken"]
