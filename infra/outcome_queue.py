"""How do outcomes come in when nobody waits for an answer? By a queue that the outcomes function reads, if wanted."""

from aws_cdk import Duration
from aws_cdk import aws_lambda as lambda_
from constructs import Construct

from infra.function import Function
from infra.queue import queue


class OutcomeQueue(Construct):
    """`serin-<stage>-outcomes`, and `…-dead-letters` for what could not be written in five attempts.

    Lambda asks an empty queue all the time, and each of its long polls is a request to SQS that has a price: so it is
    a choice (`outcome_queue`). Whoever may sqs:SendMessage may tell outcomes; the receipts decide which of them count.
    Ten messages at once, each with at most a hundred outcomes, are written well within the function's 29 s. Five
    batches at once are what Lambda begins with; more would take the account's concurrency from the models.
    """

    def __init__(self, outcomes: Function, *, stage: str, timeout: Duration) -> None:
        super().__init__(outcomes, "Intake")
        visibility = Duration.seconds(6 * timeout.to_seconds())  # AWS's advice: room for throttled attempts
        intake = queue(self, f"serin-{stage}-outcomes", visibility=visibility)
        outcomes.allow(["sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"], intake.queue_arn)
        lambda_.EventSourceMapping(
            self,
            "Mapping",
            target=outcomes.function,
            event_source_arn=intake.queue_arn,
            batch_size=10,
            max_concurrency=5,
            report_batch_item_failures=True,
        )
        self.url = intake.queue_url
