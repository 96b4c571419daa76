"""The template's functions mean here what they mean to CloudFormation."""

import pytest

from infra.local.deployer.intrinsics import Created, Scope, references
from serin.errors import InvalidSettings


@pytest.fixture
def scope():
    created = {"Table": Created("orders", {"Arn": "arn:orders"})}
    return Scope({"AWS::Region": "us-east-1"}, {"Yes": {"Fn::Equals": ["a", "a"]}}, created=created)


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        ({"Ref": "Table"}, "orders"),
        ({"Fn::GetAtt": ["Table", "Arn"]}, "arn:orders"),
        ({"Fn::GetAtt": "Table.Arn"}, "arn:orders"),
        ({"Fn::Join": ["/", ["a", {"Ref": "Table"}]]}, "a/orders"),
        ({"Fn::Sub": "${AWS::Region}/${Table}/${Table.Arn}/${!kept}"}, "us-east-1/orders/arn:orders/${kept}"),
        ({"Fn::Sub": ["${x}", {"x": {"Ref": "Table"}}]}, "orders"),
        ({"Fn::Select": [1, {"Fn::Split": [":", "a:b"]}]}, "b"),
        ({"Fn::If": ["Yes", 1, 2]}, 1),
        ({"a": {"Ref": "AWS::NoValue"}, "b": [{"Ref": "AWS::NoValue"}, 1]}, {"b": [1]}),
    ],
)
def test_each_function(scope, value, meaning):
    """One example each."""
    assert scope.resolve(value) == meaning


@pytest.mark.parametrize("value", [{"Fn::ImportValue": "x"}, {"Ref": "Nobody"}, {"Fn::GetAtt": ["Table", "Nothing"]}])
def test_what_is_unknown_is_an_error(scope, value):
    """Never a guess, never an empty string."""
    with pytest.raises(InvalidSettings):
        scope.resolve(value)


def test_references_finds_every_kind():
    """The order of creation hangs on it."""
    value = [{"Ref": "A"}, {"Fn::GetAtt": ["B", "Arn"]}, {"Fn::Sub": ["${C.Arn} ${!D}", {"x": {"Ref": "E"}}]}]
    assert set(references(value)) == {"A", "B", "C", "E"}
