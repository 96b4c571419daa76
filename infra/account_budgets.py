"""What does the bill say, hours later? Budgets of AWS, by tag, which tell the spend guard through a topic."""

from aws_cdk import Stack
from aws_cdk import aws_budgets as budgets
from aws_cdk import aws_iam as iam
from aws_cdk import aws_lambda as lambda_
from aws_cdk import aws_sns as sns
from constructs import Construct

from serin.spending.grade import FROM
from serin.spending.heard import budget_name
from serin.spending.signal import Source


class AccountBudgets(Construct):
    """AWS Budgets may publish here, for this account alone; whatever it says wakes the function."""

    def __init__(self, scope: Construct, *, stage: str, function: lambda_.Function) -> None:
        super().__init__(scope, "Budgets")
        self._stage, stack = stage, Stack.of(self)
        self._topic = sns.Topic(
            self, "Topic", topic_name=f"serin-{stage}-budgets", display_name="Serin: budgets", enforce_ssl=True
        )
        self._topic.add_to_resource_policy(
            iam.PolicyStatement(
                actions=["sns:Publish"],
                principals=[iam.ServicePrincipal("budgets.amazonaws.com")],
                resources=[self._topic.topic_arn],
                conditions={
                    "StringEquals": {"aws:SourceAccount": stack.account},
                    "ArnLike": {"aws:SourceArn": f"arn:{stack.partition}:budgets::{stack.account}:*"},
                },
            )
        )
        sns.Subscription(
            self,
            "Function",
            topic=self._topic,
            protocol=sns.SubscriptionProtocol.LAMBDA,
            endpoint=function.function_arn,
        )
        function.add_permission(
            "Budgets", principal=iam.ServicePrincipal("sns.amazonaws.com"), source_arn=self._topic.topic_arn
        )

    def watch(self, place: Construct, source: Source, name: str, usd: float) -> None:
        """What carries the tag of this team or model, and that of the stage. A tag counts once it is activated for cost
        allocation, and from then on."""
        one = budgets.CfnBudget
        tagged = {source.value: name, "stage": self._stage}
        one(
            place,
            "Account",
            budget=one.BudgetDataProperty(
                budget_name=budget_name(self._stage, source, name, Stack.of(self).region),
                budget_type="COST",
                time_unit="MONTHLY",
                budget_limit=one.SpendProperty(amount=usd, unit="USD"),
                metrics=["UnblendedCost"],
                filter_expression=one.ExpressionProperty(
                    and_=[
                        one.ExpressionProperty(
                            tags=one.TagValuesProperty(key=key, values=[value], match_options=["EQUALS"])
                        )
                        for key, value in tagged.items()
                    ]
                ),
            ),
            notifications_with_subscribers=[
                one.NotificationWithSubscribersProperty(
                    notification=one.NotificationProperty(
                        notification_type="ACTUAL",
                        comparison_operator="GREATER_THAN",
                        threshold=percent,
                        threshold_type="PERCENTAGE",
                    ),
                    subscribers=[one.SubscriberProperty(subscription_type="SNS", address=self._topic.topic_arn)],
                )
                for percent in FROM.values()
            ],
        )
