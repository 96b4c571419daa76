"""How do an endpoint's captured predictions get to the table that Athena reads? By a delivery stream, as Parquet."""

from typing import cast

from aws_cdk import CfnElement, RemovalPolicy, Stack
from aws_cdk import aws_glue as glue
from aws_cdk import aws_iam as iam
from aws_cdk import aws_kinesisfirehose as firehose
from aws_cdk import aws_logs as logs
from constructs import Construct

from infra.capture import Capture
from infra.endpoint import Endpoint
from infra.findings import acknowledge
from serin.serving.captured import COLUMNS

_DELIVER_EVERY_S = 900  # fewer and larger files: Athena reads them faster


class Stream(Construct):
    """One endpoint's: a table with a partition a day, which Athena works out by itself, and the stream that fills it.

    The function may put records into its own stream, the stream may write its own prefix; neither can read.
    """

    def __init__(self, endpoint: Endpoint, *, capture: Capture, log_retention: logs.RetentionDays) -> None:
        super().__init__(endpoint, "Capture")
        self._capture, self._model = capture, endpoint.settings.model
        self._bucket = capture.bucket
        self.table = self._model.replace("-", "_")
        self.name = f"serin-{capture.stage}-{self._model}"
        table = self._table()
        group = logs.LogGroup(
            self,
            "Logs",
            log_group_name=f"/aws/kinesisfirehose/{self.name}",
            retention=log_retention,
            removal_policy=RemovalPolicy.DESTROY,
        )
        stream_log = logs.LogStream(self, "Log", log_group=group, log_stream_name="delivery")
        role = self._role(group)
        self._stream = self._firehose(role, group, stream_log)
        self._stream.node.add_dependency(table, role)
        self._feed(endpoint)

    def describe(self) -> dict[str, str]:
        """For whoever asks."""
        return {
            "bucket": self._bucket.bucket_name,
            "prefix": f"captured/{self._model}/",
            "database": self._capture.database.ref,
            "table": self.table,
            "workgroup": self._capture.workgroup.ref,
        }

    def _feed(self, endpoint: Endpoint) -> None:
        """Let the function put, and tell it how much."""
        wanted, function = endpoint.settings.captured, endpoint.function
        function.add_environment("SERIN_CAPTURE_STREAM", self.name)
        function.add_environment("SERIN_CAPTURE_SHARE", f"{wanted.share:g}")
        function.add_environment("SERIN_CAPTURE_HOURLY_ROWS", str(wanted.hourly_rows))
        endpoint.role.add_to_policy(
            iam.PolicyStatement(actions=["firehose:PutRecord"], resources=[self._stream.attr_arn])
        )

    def _table(self) -> glue.CfnTable:
        location = f"s3://{self._bucket.bucket_name}/captured/{self._model}/"
        column = glue.CfnTable.ColumnProperty
        return glue.CfnTable(
            self,
            "Table",
            catalog_id=Stack.of(self).account,
            database_name=self._capture.database.ref,
            table_input=glue.CfnTable.TableInputProperty(
                name=self.table,
                description=f"Predictions of {self._model} that were captured, one row each",
                table_type="EXTERNAL_TABLE",
                partition_keys=[column(name="day", type="string", comment="of the delivery, UTC")],
                parameters=_projected(location, self._capture.days),
                storage_descriptor=glue.CfnTable.StorageDescriptorProperty(
                    columns=[column(name=name, type=kind) for name, kind in COLUMNS.items()],
                    location=location,
                    input_format="org.apache.hadoop.hive.ql.io.parquet.MapredParquetInputFormat",
                    output_format="org.apache.hadoop.hive.ql.io.parquet.MapredParquetOutputFormat",
                    serde_info=glue.CfnTable.SerdeInfoProperty(
                        serialization_library="org.apache.hadoop.hive.ql.io.parquet.serde.ParquetHiveSerDe"
                    ),
                ),
            ),
        )

    def _role(self, group: logs.LogGroup) -> iam.Role:
        stack, database = Stack.of(self), self._capture.database.ref
        role = iam.Role(
            self,
            "Role",
            assumed_by=iam.ServicePrincipal("firehose.amazonaws.com"),
            description=f"Delivers the captured predictions of {self._model}",
        )
        prefixes = [f"{kind}/{self._model}/*" for kind in ("captured", "errors")]
        statements = {
            ("s3:PutObject", "s3:AbortMultipartUpload"): [self._bucket.arn_for_objects(one) for one in prefixes],
            ("s3:GetBucketLocation", "s3:ListBucket", "s3:ListBucketMultipartUploads"): [self._bucket.bucket_arn],
            ("glue:GetTable", "glue:GetTableVersion", "glue:GetTableVersions"): [
                stack.format_arn(service="glue", resource="catalog"),
                stack.format_arn(service="glue", resource="database", resource_name=database),
                stack.format_arn(service="glue", resource="table", resource_name=f"{database}/{self.table}"),
            ],
        }
        for actions, resources in statements.items():
            role.add_to_policy(iam.PolicyStatement(actions=list(actions), resources=resources))
        group.grant_write(role)
        bucket = stack.get_logical_id(cast("CfnElement", self._bucket.node.default_child))
        for prefix in prefixes:
            acknowledge(role, f"IAM5[Resource::<{bucket}.Arn>/{prefix}]", "Firehose names its objects by time and id.")
        return role

    def _firehose(self, role: iam.Role, group: logs.LogGroup, log: logs.LogStream) -> firehose.CfnDeliveryStream:
        stream = firehose.CfnDeliveryStream
        return stream(
            self,
            "Stream",
            delivery_stream_name=self.name,
            delivery_stream_type="DirectPut",
            delivery_stream_encryption_configuration_input=stream.DeliveryStreamEncryptionConfigurationInputProperty(
                key_type="AWS_OWNED_CMK"
            ),
            extended_s3_destination_configuration=stream.ExtendedS3DestinationConfigurationProperty(
                bucket_arn=self._bucket.bucket_arn,
                role_arn=role.role_arn,
                prefix=f"captured/{self._model}/day=!{{timestamp:yyyy-MM-dd}}/",
                error_output_prefix=f"errors/{self._model}/!{{firehose:error-output-type}}/",
                buffering_hints=stream.BufferingHintsProperty(interval_in_seconds=_DELIVER_EVERY_S, size_in_m_bs=128),
                cloud_watch_logging_options=stream.CloudWatchLoggingOptionsProperty(
                    enabled=True, log_group_name=group.log_group_name, log_stream_name=log.log_stream_name
                ),
                data_format_conversion_configuration=self._conversion(role),
            ),
        )

    def _conversion(self, role: iam.Role) -> firehose.CfnDeliveryStream.DataFormatConversionConfigurationProperty:
        """JSON documents, several in a record, become Parquet by the table's own columns."""
        stream = firehose.CfnDeliveryStream
        return stream.DataFormatConversionConfigurationProperty(
            enabled=True,
            input_format_configuration=stream.InputFormatConfigurationProperty(
                deserializer=stream.DeserializerProperty(open_x_json_ser_de=stream.OpenXJsonSerDeProperty())
            ),
            output_format_configuration=stream.OutputFormatConfigurationProperty(
                serializer=stream.SerializerProperty(parquet_ser_de=stream.ParquetSerDeProperty(compression="SNAPPY"))
            ),
            schema_configuration=stream.SchemaConfigurationProperty(
                catalog_id=Stack.of(self).account,
                database_name=self._capture.database.ref,
                table_name=self.table,
                region=Stack.of(self).region,
                role_arn=role.role_arn,
                version_id="LATEST",
            ),
        )


def _projected(location: str, days: int) -> dict[str, str]:
    """Athena computes the partitions instead of asking for them: nobody has to add any."""
    return {
        "EXTERNAL": "TRUE",
        "classification": "parquet",
        "projection.enabled": "true",
        "projection.day.type": "date",
        "projection.day.format": "yyyy-MM-dd",
        "projection.day.interval": "1",
        "projection.day.interval.unit": "DAYS",
        "projection.day.range": f"NOW-{days + 1}DAYS,NOW",
        "storage.location.template": f"{location}day=${{day}}/",
    }
