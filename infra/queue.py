"""How does a queue look here? Encrypted, by TLS only, and with a place for messages that nobody can use."""

from typing import Any

from aws_cdk import Duration
from aws_cdk import aws_sqs as sqs
from constructs import Construct


def queue(scope: Construct, name: str, *, visibility: Duration) -> sqs.Queue:
    """`name`, and `<name>-dead-letters` for what was received five times and is still there."""
    closed: dict[str, Any] = {"encryption": sqs.QueueEncryption.SQS_MANAGED, "enforce_ssl": True}
    # A message keeps its age when it moves: there must be time left to look at it, and to send it back.
    dead = sqs.Queue(
        scope, "DeadLetters", queue_name=f"{name}-dead-letters", retention_period=Duration.days(14), **closed
    )
    return sqs.Queue(
        scope,
        "Queue",
        queue_name=name,
        retention_period=Duration.days(4),
        visibility_timeout=visibility,
        dead_letter_queue=sqs.DeadLetterQueue(queue=dead, max_receive_count=5),
        **closed,
    )
