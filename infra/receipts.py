"""With which key are receipts signed? One secret a stage, made by the deployment, read by two kinds of function."""

from aws_cdk import RemovalPolicy
from aws_cdk import aws_iam as iam
from aws_cdk import aws_secretsmanager as secretsmanager
from constructs import Construct

from infra.findings import acknowledge


class Receipts(Construct):
    """The keyring of a stage, as JSON: the key that signs, and later those before. It outlives the stack.

    Inference reads it to sign, the outcomes function to verify. `serin rotate-key` makes a new key. It has no name of
    its own: one that is kept would stand in the way of the same stack's next deployment.
    """

    def __init__(self, scope: Construct, *, stage: str) -> None:
        super().__init__(scope, "Receipts")
        self._secret = secretsmanager.Secret(
            self,
            "Key",
            description=f"Signs the receipts of predictions, stage {stage}",
            # Never change these lines: CloudFormation then generates a new secret, and all receipts are void.
            generate_secret_string=secretsmanager.SecretStringGenerator(
                secret_string_template="{}",  # noqa: S106 - an empty object, to which `key` is added
                generate_string_key="key",
                password_length=64,
                exclude_punctuation=True,
            ),
            removal_policy=RemovalPolicy.RETAIN,
        )
        self.secret_arn = self._secret.secret_arn
        acknowledge(
            self._secret,
            "SMG4",
            "Rotated by `serin rotate-key`, when the owner wants it: the key before then moves to those that stay valid"
            " for receipts, which needs no function that may write secrets.",
        )

    def allow_read(self, role: iam.Role) -> None:
        role.add_to_policy(iam.PolicyStatement(actions=["secretsmanager:GetSecretValue"], resources=[self.secret_arn]))
