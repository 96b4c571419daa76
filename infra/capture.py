"""Where are captured predictions, and who answers questions to them? A bucket, a database and a workgroup of Athena."""

from aws_cdk import Duration, Stack
from aws_cdk import aws_athena as athena
from aws_cdk import aws_glue as glue
from aws_cdk import aws_s3 as s3
from constructs import Construct

from infra import settings as given
from infra.registry import CLOSED, Registry

_MOST_BYTES_A_QUERY = 100 * 10**9  # half a dollar by list price


class Capture(Construct):
    """A bucket of its own, which nothing of the registry is in; a database, and a workgroup that bounds a query's cost.

    Predictions go after `capture_days`, what could not be converted after 30 days, answers of queries after 7. All of
    it costs nothing while nothing is captured and nothing is asked.
    """

    def __init__(self, scope: Construct, *, settings: given.Settings, registry: Registry) -> None:
        super().__init__(scope, "Capture")
        self.stage, self.days = settings.stage, settings.capture_days
        self.bucket = s3.Bucket(
            self,
            "Captured",
            lifecycle_rules=[
                s3.LifecycleRule(id=prefix, prefix=f"{prefix}/", expiration=Duration.days(days))
                for prefix, days in {"captured": self.days, "errors": 30, "queries": 7}.items()
            ],
            server_access_logs_bucket=registry.access_logs,
            server_access_logs_prefix="captured/",
            **CLOSED,
        )
        name = f"serin-{self.stage}"
        self.database = glue.CfnDatabase(
            self,
            "Database",
            catalog_id=Stack.of(self).account,
            database_input=glue.CfnDatabase.DatabaseInputProperty(
                name=name.replace("-", "_"), description=f"Predictions of stage {self.stage}, a table for each model"
            ),
        )
        self.workgroup = athena.CfnWorkGroup(
            self,
            "Workgroup",
            name=name,
            description="Questions to captured predictions: serin query",
            recursive_delete_option=True,
            work_group_configuration=athena.CfnWorkGroup.WorkGroupConfigurationProperty(
                enforce_work_group_configuration=True,
                bytes_scanned_cutoff_per_query=_MOST_BYTES_A_QUERY,
                publish_cloud_watch_metrics_enabled=False,
                result_configuration=athena.CfnWorkGroup.ResultConfigurationProperty(
                    output_location=f"s3://{self.bucket.bucket_name}/queries/",
                    encryption_configuration=athena.CfnWorkGroup.EncryptionConfigurationProperty(
                        encryption_option="SSE_S3"
                    ),
                ),
            ),
        )
