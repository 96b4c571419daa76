"""How do the owners of an endpoint hear of it? One topic, and each role filters for what is meant for it."""

import re

from aws_cdk import aws_sns as sns
from constructs import Construct

from infra.endpoint import Endpoint


class Topic(Construct):
    """Every message carries its roles as the attribute `role`. Owners who are e-mail addresses are subscribed.

    SNS asks each of them once whether they want it. Others (a channel, a pager) subscribe with the same filter.
    """

    def __init__(self, endpoint: Endpoint, *, stage: str) -> None:
        super().__init__(endpoint, "Notices")
        model = endpoint.settings.model
        topic = sns.Topic(
            self, "Topic", topic_name=f"serin-{stage}-{model}", display_name=f"Serin: {model}", enforce_ssl=True
        )
        self.arn = topic.topic_arn
        for role, contact in endpoint.settings.owners.model_dump().items():
            if re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", contact):
                sns.Subscription(
                    self,
                    role.capitalize(),
                    topic=topic,
                    protocol=sns.SubscriptionProtocol.EMAIL,
                    endpoint=contact,
                    filter_policy={"role": sns.SubscriptionFilter.string_filter(allowlist=[role])},
                )
