"""What captured predictions go through: databases and tables of Glue, workgroups of Athena, delivery streams."""

from datetime import UTC, datetime
from typing import Any

from infra.local.columns import check_column
from infra.local.deployer.intrinsics import Created
from infra.local.deployer.kinds import Account, applies, create
from infra.local.release import ACCOUNT, REGION
from infra.local.streams import evaluated
from serin.errors import InvalidSettings

Properties = dict[str, Any]


@applies("AWS::Glue::Database", uses="DatabaseInput", leaves="CatalogId")
def database(account: Account, _logical_id: str, given: Properties) -> Created:
    create(account.client("glue").create_database, DatabaseInput=given["DatabaseInput"])
    return Created(given["DatabaseInput"]["Name"])


@applies("AWS::Glue::Table", uses="DatabaseName TableInput", leaves="CatalogId")
def table(account: Account, _logical_id: str, given: Properties) -> Created:
    for column in given["TableInput"]["StorageDescriptor"]["Columns"]:
        check_column(column["Type"])
    create(account.client("glue").create_table, DatabaseName=given["DatabaseName"], TableInput=given["TableInput"])
    return Created(given["TableInput"]["Name"])


@applies("AWS::Athena::WorkGroup", uses="Name Description", leaves="WorkGroupConfiguration RecursiveDeleteOption Tags")
def workgroup(account: Account, _logical_id: str, given: Properties) -> Created:
    """It exists; questions are answered by DuckDB here."""
    create(account.client("athena").create_work_group, Name=given["Name"], Description=given.get("Description"))
    return Created(given["Name"])


@applies(
    "AWS::KinesisFirehose::DeliveryStream",
    uses="DeliveryStreamName DeliveryStreamType ExtendedS3DestinationConfiguration",
    leaves="DeliveryStreamEncryptionConfigurationInput Tags",
)
def delivery_stream(account: Account, logical_id: str, given: Properties) -> Created:
    name, destination = given["DeliveryStreamName"], given["ExtendedS3DestinationConfiguration"]
    if given.get("DeliveryStreamType", "DirectPut") != "DirectPut":
        raise InvalidSettings(f"{logical_id}: the local cloud knows delivery streams of type DirectPut only")
    if not destination.get("DataFormatConversionConfiguration", {}).get("Enabled"):
        raise InvalidSettings(f"{logical_id}: the local cloud knows delivery streams that convert to Parquet only")
    for prefix in ("Prefix", "ErrorOutputPrefix"):
        evaluated(destination[prefix], datetime.now(UTC))
    create(
        account.client("firehose").create_delivery_stream, DeliveryStreamName=name,
        ExtendedS3DestinationConfiguration=destination,
    )  # fmt: skip
    return Created(name, {"Arn": f"arn:aws:firehose:{REGION}:{ACCOUNT}:deliverystream/{name}"})
