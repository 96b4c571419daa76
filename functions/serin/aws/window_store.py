"""The windows of a model version in S3: loose objects by minute and sandbox, and one a whole hour."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from serin.aws.failures import call
from serin.drift.hours import Hour
from serin.errors import NotFound
from serin.watch.span import Span

__all__ = ["WindowStore"]

_MOST = 100
_DAYS = 3


class WindowStore:
    """Implements serin.drift.hours.Hours and serin.watch.look.Windows.

    An hour is named by its prefix, `windows/churn/3/2026/01/05/08`.
    """

    def __init__(self, client: Any, bucket: str) -> None:
        self._client, self._bucket = client, bucket

    def versions(self, model: str) -> Iterator[int]:
        """Those that ever wrote a window."""
        for prefix in self._folders(f"windows/{model}/"):
            name = prefix.rstrip("/").rpartition("/")[2]
            if name.isdigit():
                yield int(name)

    def ended(self, model: str, version: int, now: datetime) -> Iterator[str]:
        """Hours of the last days that have loose objects and are over."""
        current = f"windows/{model}/{version}/{now:%Y/%m/%d/%H}"
        for back in range(_DAYS):
            day = now - timedelta(days=back)
            for prefix in self._folders(f"windows/{model}/{version}/{day:%Y/%m/%d}/"):
                if prefix.rstrip("/") < current:
                    yield prefix.rstrip("/")

    def read(self, hour: str) -> Hour:
        listed = call(self._client.list_objects_v2, Bucket=self._bucket, Prefix=f"{hour}/", MaxKeys=_MOST)
        loose = {one["Key"]: self._get(one["Key"])[0] for one in listed.get("Contents", [])}
        try:
            whole, tag = self._get(f"{hour}.z")
        except NotFound:
            return Hour(loose)
        return Hour(loose, whole, tag)

    def hours(self, model: str, version: int, span: Span) -> list[str]:
        """A listing a day finds those in which anything was seen: most hours of most models have nothing."""
        hours = [f"windows/{model}/{version}/{at:%Y/%m/%d/%H}" for at in span.each_hour]
        seen = {name[: len(hours[0])] for name, _ in self._of_days(hours)}
        return [hour for hour in hours if hour in seen]

    def stamp(self, model: str, version: int, span: Span) -> str:
        """Of names and contents: what is only written again is the same."""
        hours = tuple(f"windows/{model}/{version}/{at:%Y/%m/%d/%H}" for at in span.each_hour)
        found = sorted(f"{name} {tag}" for name, tag in self._of_days(hours) if name.startswith(hours))
        return sha256("\n".join(found).encode()).hexdigest()[:16] if found else ""

    def _of_days(self, hours: Sequence[str]) -> Iterator[tuple[str, str]]:
        """Name and tag of each object of the days that these hours belong to."""
        for day in dict.fromkeys(hour.rpartition("/")[0] for hour in hours):
            for page in self._pages({"Bucket": self._bucket, "Prefix": f"{day}/"}):
                yield from ((one["Key"], one["ETag"]) for one in page.get("Contents", []))

    def days(self, model: str, version: int) -> Iterator[datetime]:
        """On which anything was seen, the oldest first: a few listings, however long the history."""
        for year in self._folders(f"windows/{model}/{version}/"):
            for month in self._folders(year):
                for day in self._folders(month):
                    yield datetime.strptime("/".join(day.split("/")[-4:-1]), "%Y/%m/%d").replace(tzinfo=UTC)

    def loose(self, hour: str) -> list[str]:
        arguments = {"Bucket": self._bucket, "Prefix": f"{hour}/"}
        return [one["Key"] for page in self._pages(arguments) for one in page.get("Contents", [])]

    def whole(self, hour: str) -> str:
        return f"{hour}.z"

    def fetch(self, name: str) -> bytes:
        return self._get(name)[0]

    def put(self, hour: str, data: bytes, tag: str | None) -> None:
        condition = {"IfMatch": tag} if tag else {"IfNoneMatch": "*"}
        call(self._client.put_object, Bucket=self._bucket, Key=f"{hour}.z", Body=data, **condition)

    def delete(self, names: list[str]) -> None:
        for name in names:
            call(self._client.delete_object, Bucket=self._bucket, Key=name)

    def _get(self, key: str) -> tuple[bytes, str]:
        found = call(self._client.get_object, Bucket=self._bucket, Key=key)
        return found["Body"].read(), found["ETag"]

    def _folders(self, prefix: str) -> Iterator[str]:
        for page in self._pages({"Bucket": self._bucket, "Prefix": prefix, "Delimiter": "/"}):
            yield from (one["Prefix"] for one in page.get("CommonPrefixes", []))

    def _pages(self, arguments: dict[str, Any]) -> Iterator[dict[str, Any]]:
        while True:
            page = call(self._client.list_objects_v2, **arguments)
            yield page
            if not page.get("NextContinuationToken"):
                return
            arguments["ContinuationToken"] = page["NextContinuationToken"]
