"""What is paid for? One code for each thing that AWS meters and a stack of Serin uses, or what it is compared with."""

from enum import StrEnum

__all__ = ["Code"]


class Code(StrEnum):
    """Dotted names; the unit stands with each price."""

    LAMBDA_REQUEST = "lambda.request"
    LAMBDA_ARM64 = "lambda.arm64.gb_second"
    LAMBDA_X86_64 = "lambda.x86_64.gb_second"
    PROVISIONED_ARM64 = "lambda.arm64.provisioned_gb_second"
    PROVISIONED_X86_64 = "lambda.x86_64.provisioned_gb_second"
    SNAP_START_CACHE = "lambda.snap_start.cache_gb_second"
    SNAP_START_RESTORE = "lambda.snap_start.restore_gb"
    API_REQUEST = "api_gateway.rest_request"
    S3_STORAGE = "s3.storage_gb_month"
    S3_PUT = "s3.put_or_list"
    S3_GET = "s3.get"
    TABLE_WRITE = "dynamodb.write_unit"
    TABLE_READ = "dynamodb.read_unit"
    TABLE_STORAGE = "dynamodb.storage_gb_month"
    TABLE_RECOVERY = "dynamodb.recovery_gb_month"
    METRIC = "cloudwatch.metric_month"
    ALARM = "cloudwatch.alarm_month"
    FAST_ALARM = "cloudwatch.fast_alarm_month"
    DASHBOARD = "cloudwatch.dashboard_month"
    LOG_INGESTED = "cloudwatch.log_ingested_gb"
    LOG_STORED = "cloudwatch.log_stored_gb_month"
    METRIC_READ = "cloudwatch.metric_read"
    EVENT = "eventbridge.event"
    PUBLISH = "sns.publish"
    EMAIL = "sns.email"
    QUEUE_REQUEST = "sqs.request"
    SECRET = "secrets.secret_month"  # noqa: S105 - a price
    SECRET_CALL = "secrets.call"  # noqa: S105 - a price
    FIREHOSE = "firehose.ingested_gb"
    ATHENA = "athena.scanned_tb"
    TRANSFER_OUT = "transfer.out_gb"
    ALWAYS_ON = "sagemaker.ml_c5_large_hour"
    SAGEMAKER_DATA = "sagemaker.data_gb"
    SERVERLESS_1GB = "sagemaker.serverless_1gb_second"
    SERVERLESS_2GB = "sagemaker.serverless_2gb_second"
    SERVERLESS_3GB = "sagemaker.serverless_3gb_second"
    SERVERLESS_4GB = "sagemaker.serverless_4gb_second"
    SERVERLESS_5GB = "sagemaker.serverless_5gb_second"
    SERVERLESS_6GB = "sagemaker.serverless_6gb_second"

    @classmethod
    def duration(cls, architecture: str) -> "Code":
        """GB-seconds of a function. Raises ValueError for an architecture that Lambda does not have."""
        return cls(f"lambda.{architecture}.gb_second")

    @classmethod
    def serverless(cls, gb: int) -> "Code":
        """Seconds of SageMaker Serverless with so much memory. Raises ValueError for sizes that it does not have."""
        return cls(f"sagemaker.serverless_{gb}gb_second")
