"""Which findings of cdk-nag's AwsSolutions pack does this stack live with, and why? One call where the reason is."""

from aws_cdk import Acknowledgment, Validations
from constructs import IConstruct


def acknowledge(construct: IConstruct, finding: str, reason: str) -> None:
    """Accept one finding on this construct and on what is in it; a new finding still stops the synthesis."""
    Validations.of(construct).acknowledge(Acknowledgment(id=f"AwsSolutions-{finding}", reason=reason))
