"""Of which partitions is this request to DynamoDB? What IAM calls dynamodb:LeadingKeys."""

import re
from typing import Any

from moto.dynamodb.models import dynamodb_backends

from infra.local.release import ACCOUNT, REGION

__all__ = ["leading_keys", "leading_keys_of_batch"]

_UNKNOWN = {"S": ""}
_EQUALS = re.compile(r"(#?\w+)\s*=\s*(:\w+)")


def leading_keys(content: dict[str, Any]) -> tuple[str, ...]:
    """Of a request about one item, or of a query; none where it names no partition, as a scan does."""
    name = _partition_key(content.get("TableName", ""))
    item = content.get("Key") or content.get("Item")
    value = item.get(name) if item else _queried(content, name)
    return _texts([value])


def leading_keys_of_batch(table: str, requests: Any) -> tuple[str, ...]:
    """Of all items of one table that are read or written together."""
    name = _partition_key(table)
    if isinstance(requests, dict):
        return _texts([key.get(name) for key in requests.get("Keys", [])])
    contents = [content for request in requests for content in request.values()]
    return _texts([(content.get("Key") or content.get("Item") or {}).get(name) for content in contents])


def _queried(content: dict[str, Any], name: str) -> Any:
    """The value that a query's condition gives the partition key, through the names and values it is written with.

    One that is not understood here is of no known partition: nothing is allowed for that.
    """
    names, values = content.get("ExpressionAttributeNames", {}), content.get("ExpressionAttributeValues", {})
    for left, right in _EQUALS.findall(content.get("KeyConditionExpression", "")):
        if names.get(left, left) == name:
            return values.get(right)
    return _UNKNOWN if content.keys() & {"KeyConditionExpression", "KeyConditions"} else None


def _texts(values: list[Any]) -> tuple[str, ...]:
    """Without their types."""
    return tuple(str(text) for value in values if value for text in value.values())


def _partition_key(table: str) -> str:
    known = dynamodb_backends[ACCOUNT][REGION].tables.get(table.rpartition("/")[2])
    return str(known.hash_key_attr) if known else "PK"
