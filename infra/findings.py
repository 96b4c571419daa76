"""Which findings of cdk-nag's AwsSolutions pack does this stack live with, and why? One call where the reason is."""

from aws_cdk import Acknowledgment, Stack, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, finding: str, reason: str) -> None:
    """Accept one finding on this construct and on what is in it; a new finding still stops the synthesis."""
    Validations.of(construct).acknowledge(Acknowledgment(id=f"AwsSolutions-{finding}", reason=reason))


def shown(scope: IConstruct, resource: str) -> str:
    """As cdk-nag names it: references by logical id."""
    value = Stack.of(scope).resolve(resource)
    if isinstance(value, str):
        return value
    if "Fn::Join" in value:
        return "".join(_part(part) for part in value["Fn::Join"][1])
    return _part(value)


def _part(part: object) -> str:
    match part:
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
    return str(part)
