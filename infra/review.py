"""Who brings what models are not sure of to people? A queue for each endpoint that wants it, and one function."""

from aws_cdk import Duration
from aws_cdk import aws_iam as iam
from constructs import Construct

from infra.endpoint import Endpoint
from infra.function import Function, Steering
from infra.notices import Topic
from infra.queue import queue
from infra.registry import Registry


class Reviews(Construct):
    """Off unless an endpoint wants it, or is of tier high: then there is the function `review`, woken every minute.

    It empties the queues itself. An event source mapping would ask them all the time, which has a price when nothing
    comes; once a minute is one request a queue. The timeout is shorter than a minute: no two passes at once.
    """

    def __init__(self, scope: Construct, *, steering: Steering, registry: Registry) -> None:
        super().__init__(scope, "Reviews")
        self._stage = steering.settings.stage
        self._function: Function | None = None
        if not any(endpoint.reviewed for endpoint in steering.settings.endpoints):
            return
        self._function = Function(
            scope,
            "review",
            description="Brings what models are not sure of to people, and tells what is late",
            steering=steering,
            timeout=_TIMEOUT,
        )
        self._function.woken_by(schedule="rate(1 minute)")
        registry.allow_records(self._function.role, "GetItem", "Query", "PutItem")
        self._function.allow_directory()
        self._function.allow_events()

    def attend(self, endpoint: Endpoint, topic: Topic) -> dict[str, str | float] | None:
        """Give it a queue and let it send there. What the directory says of it; None where no person looks."""
        wanted = endpoint.settings.reviewed
        if wanted is None or self._function is None:
            return None
        mine = Construct(endpoint, "Reviews")
        name = f"serin-{self._stage}-{endpoint.settings.model}-reviews"
        reviews = queue(mine, name, visibility=Duration.seconds(6 * _TIMEOUT.to_seconds()))
        for key, value in {
            "QUEUE": reviews.queue_url,
            "CONFIDENCE_LIMIT": str(wanted.confidence_limit),
            "DEADLINE_HOURS": str(wanted.deadline_hours),
            "HOURLY_ROWS": str(wanted.hourly_rows),
        }.items():
            endpoint.function.add_environment(f"SERIN_REVIEW_{key}", value)
        endpoint.role.add_to_policy(iam.PolicyStatement(actions=["sqs:SendMessage"], resources=[reviews.queue_arn]))
        self._function.allow(["sqs:ReceiveMessage", "sqs:DeleteMessage"], reviews.queue_arn)
        self._function.allow(["sns:Publish"], topic.arn)
        limit = wanted.confidence_limit or 0.0
        return {"queue": reviews.queue_url, "confidence_limit": limit, "deadline_hours": wanted.deadline_hours}


_TIMEOUT = Duration.seconds(50)
