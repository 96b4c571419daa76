"""Where captured predictions go: who may write what, for how long it is kept, and what a question may cost."""

from serin.serving.captured import COLUMNS
from tests.infra.conftest import Template
from tests.infra.test_template import allowed, serving, text


def test_each_endpoint_has_a_table_and_a_stream_that_fills_it(two: Template) -> None:
    """The stream converts by the very table, into the place that the table's partitions are looked for."""
    tables = {one["TableInput"]["Name"]: one["TableInput"] for one in two.properties("Glue::Table")}
    streams = two.properties("KinesisFirehose::DeliveryStream")
    assert tables.keys() == {"flights", "late_trains"}
    for stream in streams:
        target = stream["ExtendedS3DestinationConfiguration"]
        table = tables[target["DataFormatConversionConfiguration"]["SchemaConfiguration"]["TableName"]]
        template = text(table["Parameters"]["storage.location.template"])
        bucket = text(target["BucketARN"]).removesuffix(".Arn>") + ">"
        prefix = target["Prefix"].replace("!{timestamp:yyyy-MM-dd}", "${day}")
        assert template == f"s3://{bucket}/{prefix}"
        assert {one["Name"]: one["Type"] for one in table["StorageDescriptor"]["Columns"]} == COLUMNS


def test_a_function_may_only_add_to_its_own_stream(two: Template) -> None:
    """It reads nothing of what was captured, and the stream writes its own prefixes alone."""
    for function in serving(two):
        role, environment = function["Role"]["Fn::GetAtt"][0], function["Environment"]["Variables"]
        own = {action: on for action, on in allowed(two, role) if action.startswith(("firehose", "glue", "athena"))}
        (stream,) = [
            name for name, one in two.named("KinesisFirehose::DeliveryStream").items()
            if one["Properties"]["DeliveryStreamName"] == environment["SERIN_CAPTURE_STREAM"]
        ]  # fmt: skip
        assert own == {"firehose:PutRecord": f"<{stream}.Arn>"}
        model = environment["SERIN_MODEL"]
        target = two.named("KinesisFirehose::DeliveryStream")[stream]["Properties"]
        writer = target["ExtendedS3DestinationConfiguration"]["RoleARN"]["Fn::GetAtt"][0]
        written = {on.partition("/")[2] for action, on in allowed(two, writer) if action == "s3:PutObject"}
        assert written == {f"captured/{model}/*", f"errors/{model}/*"}


def test_the_share_follows_the_tier(two: Template) -> None:
    """A model of the highest tier captures nothing unless it is asked for."""
    shares = {one["Environment"]["Variables"]["SERIN_MODEL"]: one for one in serving(two)}
    share = {model: one["Environment"]["Variables"]["SERIN_CAPTURE_SHARE"] for model, one in shares.items()}
    assert share == {"flights": "0.05", "late-trains": "0"}


def test_what_is_kept_goes_and_a_question_has_a_highest_price(template: Template) -> None:
    """Predictions after 90 days, errors after 30, answers of queries after 7."""
    (bucket,) = [
        b for b in template.properties("S3::Bucket")
        if any(rule.get("Prefix") == "captured/" for rule in b.get("LifecycleConfiguration", {}).get("Rules", []))
    ]  # fmt: skip
    rules = {rule["Prefix"]: rule["ExpirationInDays"] for rule in bucket["LifecycleConfiguration"]["Rules"]}
    assert rules == {"captured/": 90, "errors/": 30, "queries/": 7}
    (group,) = template.properties("Athena::WorkGroup")
    assert group["WorkGroupConfiguration"]["EnforceWorkGroupConfiguration"] is True
    assert group["WorkGroupConfiguration"]["BytesScannedCutoffPerQuery"] == 100 * 10**9
