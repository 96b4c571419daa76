"""Items of the one registry table, by partition and sort key, as plain Python values."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeDeserializer, TypeSerializer

from serin.aws.failures import call
from serin.errors import Conflict

__all__ = ["Table", "approver_partition", "idle_partition", "partition", "spending_partition"]

_to, _from = TypeSerializer(), TypeDeserializer()


def partition(model: str) -> str:
    return f"MODEL#{model}"


def approver_partition(model: str) -> str:
    """What only approvers may write. IAM knows partitions, and no sort keys."""
    return f"APPROVER#{model}"


def idle_partition(model: str) -> str:
    """What the ledger's pass writes of an endpoint that nobody asks."""
    return f"IDLE#{model}"


def spending_partition(model: str) -> str:
    """What the spend guard and approvers write, and the endpoint's own sandboxes read."""
    return f"SPENDING#{model}"


class Table:
    """Every write is conditional; nothing is overwritten. Numbers are integers."""

    def __init__(self, client: Any, name: str) -> None:
        self._client, self._name = client, name

    def get(self, pk: str, sk: str) -> dict[str, Any] | None:
        answer = call(self._client.get_item, TableName=self._name, Key=_item({"PK": pk, "SK": sk}), ConsistentRead=True)
        return _plain(answer["Item"]) if answer.get("Item") else None

    def query(self, pk: str, prefix: str = "") -> Iterator[dict[str, Any]]:
        """All items whose sort key begins so, in its order."""
        if not prefix:  # DynamoDB takes no empty text to compare a key with
            return self._all("PK = :pk", {":pk": pk})
        return self._all("PK = :pk AND begins_with(SK, :prefix)", {":pk": pk, ":prefix": prefix})

    def between(self, pk: str, low: str, high: str) -> Iterator[dict[str, Any]]:
        """All items whose sort key is one of these or lies between them, in its order."""
        return self._all("PK = :pk AND SK BETWEEN :low AND :high", {":pk": pk, ":low": low, ":high": high})

    def _all(self, condition: str, values: dict[str, str]) -> Iterator[dict[str, Any]]:
        arguments: dict[str, Any] = {
            "TableName": self._name,
            "KeyConditionExpression": condition,
            "ExpressionAttributeValues": _item(values),
            "ConsistentRead": True,
        }
        while True:
            page = call(self._client.query, **arguments)
            yield from map(_plain, page["Items"])
            if "LastEvaluatedKey" not in page:
                return
            arguments["ExclusiveStartKey"] = page["LastEvaluatedKey"]

    def put_new(self, pk: str, sk: str, document: Mapping[str, Any]) -> bool:
        """Write an item that must not be there yet, alone; False when it is."""
        try:
            call(self._client.put_item, **self.new(pk, sk, document)["Put"])
        except Conflict:
            return False
        return True

    def put_last(self, pk: str, sk: str, document: Mapping[str, Any]) -> None:
        """Write an item over what is there: for marks, of which the newest is as good as all."""
        call(self._client.put_item, TableName=self._name, Item=_item({"PK": pk, "SK": sk, **document}))

    def put_larger(self, pk: str, sk: str, document: Mapping[str, Any], name: str) -> None:
        """Write an item over one whose number of this name is not larger. Raises Conflict where it is."""
        call(
            self._client.put_item,
            TableName=self._name,
            Item=_item({"PK": pk, "SK": sk, **document}),
            ConditionExpression="attribute_not_exists(PK) OR #name <= :value",
            ExpressionAttributeNames={"#name": name},
            ExpressionAttributeValues=_item({":value": document[name]}),
        )

    def transact(self, *writes: dict[str, Any]) -> None:
        """All or nothing. Raises Conflict when a condition does not hold."""
        call(self._client.transact_write_items, TransactItems=list(writes))

    def new(self, pk: str, sk: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """The write of an item that must not be there yet."""
        item = _item({"PK": pk, "SK": sk, **document})
        return {"Put": {"TableName": self._name, "Item": item, "ConditionExpression": "attribute_not_exists(PK)"}}

    def written(self, pk: str, sk: str, document: Mapping[str, Any]) -> dict[str, Any]:
        """The write of an item over what is there: for transactions in which another write has a condition."""
        return {"Put": {"TableName": self._name, "Item": _item({"PK": pk, "SK": sk, **document})}}

    def changed(self, pk: str, sk: str, document: Mapping[str, Any], revision: int) -> dict[str, Any]:
        """The write of an item as it is after `revision`; holds only while it is still at that one."""
        item = _item({"PK": pk, "SK": sk, "revision": revision + 1, **document})
        return {
            "Put": {
                "TableName": self._name,
                "Item": item,
                "ConditionExpression": "revision = :revision",
                "ExpressionAttributeValues": _item({":revision": revision}),
            }
        }

    def holds(self, pk: str, sk: str, name: str, value: str) -> dict[str, Any]:
        """Writes nothing; the transaction fails unless the item has this value."""
        return {"ConditionCheck": self._where(pk, sk, name, value)}

    def gone(self, pk: str, sk: str, name: str, value: str | int) -> dict[str, Any]:
        """The removal of an item that has this value."""
        return {"Delete": self._where(pk, sk, name, value)}

    def _where(self, pk: str, sk: str, name: str, value: str | int) -> dict[str, Any]:
        return {
            "TableName": self._name,
            "Key": _item({"PK": pk, "SK": sk}),
            "ConditionExpression": "#name = :value",
            "ExpressionAttributeNames": {"#name": name},
            "ExpressionAttributeValues": _item({":value": value}),
        }

    def count_up(self, pk: str, sk: str, name: str, to: int) -> dict[str, Any]:
        """The write that takes a counter from to-1 to `to`, and holds only then."""
        return {
            "Update": {
                "TableName": self._name,
                "Key": _item({"PK": pk, "SK": sk}),
                "UpdateExpression": "SET #name = :to",
                "ConditionExpression": "#name = :before"
                if to > 1
                else "attribute_not_exists(#name) OR #name = :before",
                "ExpressionAttributeNames": {"#name": name},
                "ExpressionAttributeValues": _item({":to": to, ":before": to - 1}),
            }
        }


def _item(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _to.serialize(value) for name, value in document.items() if value is not None}


def _plain(item: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _number(_from.deserialize(value)) for name, value in item.items()}


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return int(value)
    if isinstance(value, list):
        return [_number(entry) for entry in value]
    if isinstance(value, dict):
        return {name: _number(entry) for name, entry in value.items()}
    return value
