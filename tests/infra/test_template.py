"""What the template promises: facts by resource type, never by logical id."""

import json
import re
from typing import Any

import pytest
from jsonschema import Draft4Validator

from serin.outcomes.keys import Keyring
from tests.infra.conftest import Template


def text(value: object) -> str:
    """A property with its intrinsic functions flattened: `<Bucket.Arn>/artifacts/sha256/*`."""
    match value:
        case {"Fn::Join": [glue, parts]}:
            return str(glue).join(text(part) for part in parts)
        case {"Ref": name}:
            return f"<{name}>"
        case {"Fn::GetAtt": [name, attribute]}:
            return f"<{name}.{attribute}>"
    return str(value)


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def serving(template: Template) -> list[dict[str, Any]]:
    """The functions that answer clients, one an endpoint."""
    return [f for f in template.properties("Lambda::Function") if f["Handler"] == "inference.handler"]


def allowed(template: Template, role: str) -> set[tuple[str, str]]:
    """Every action and resource that a role's policies allow; what they deny is in test_owners.py."""
    return {
        (action, text(resource))
        for policy in template.properties("IAM::Policy")
        if {"Ref": role} in policy["Roles"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Effect"] == "Allow"
        for action in listed(statement["Action"])
        for resource in listed(statement["Resource"])
    }


def tags(resource: dict[str, Any]) -> dict[str, str]:
    given = resource["Properties"].get("Tags", [])
    return given if isinstance(given, dict) else {tag["Key"]: tag["Value"] for tag in given}


class TestRegistry:
    def test_buckets_are_closed_encrypted_and_kept(self, template: Template) -> None:
        """Nothing public, nothing in the clear, nothing lost with the stack."""
        for bucket in template.all("S3::Bucket"):
            assert set(bucket["Properties"]["PublicAccessBlockConfiguration"].values()) == {True}
            assert bucket["Properties"]["BucketEncryption"]
            assert bucket["DeletionPolicy"] == bucket["UpdateReplacePolicy"] == "Retain"

    def test_every_bucket_refuses_plain_http(self, template: Template) -> None:
        """Each bucket has a policy that denies what does not come by TLS."""
        policies = template.properties("S3::BucketPolicy")
        denied = [
            text(policy["Bucket"])
            for policy in policies
            for statement in policy["PolicyDocument"]["Statement"]
            if statement["Effect"] == "Deny"
            and statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
        ]
        assert sorted(denied) == sorted(f"<{name}>" for name in template.named("S3::Bucket"))

    def test_artifacts_are_versioned_and_logged_and_leftovers_go(self, template: Template) -> None:
        """One bucket is versioned; superseded versions and uploads that never ended expire; access is logged."""
        (artifacts,) = [b for b in template.properties("S3::Bucket") if "VersioningConfiguration" in b]
        (rule,) = [rule for rule in artifacts["LifecycleConfiguration"]["Rules"] if "Prefix" not in rule]
        assert artifacts["VersioningConfiguration"] == {"Status": "Enabled"}
        assert rule["NoncurrentVersionExpiration"] == {"NoncurrentDays": 30}
        assert rule["AbortIncompleteMultipartUpload"]
        assert artifacts["LoggingConfiguration"]["DestinationBucketName"]

    def test_windows_go_and_nothing_that_was_registered(self, template: Template, two: Template) -> None:
        """After the days of the settings, and what compaction deletes a day later, with the marks of its deletion."""
        for found, days in ((template, 400), (two, 35)):
            (artifacts,) = [b for b in found.properties("S3::Bucket") if "VersioningConfiguration" in b]
            rules = {rule["Id"]: rule for rule in artifacts["LifecycleConfiguration"]["Rules"]}
            common = {"Prefix": "windows/", "Status": "Enabled"}
            assert rules["windows"] == {"Id": "windows", **common, "ExpirationInDays": days}
            left = {"NoncurrentVersionExpiration": {"NoncurrentDays": 1}, "ExpiredObjectDeleteMarker": True}
            assert rules["window-leftovers"] == {"Id": "window-leftovers", **common, **left}
            assert [rule["Id"] for rule in rules.values() if "ExpirationInDays" in rule] == ["windows"]

    def test_the_table_is_on_demand_recoverable_and_protected(self, template: Template) -> None:
        """The registry costs nothing at rest and can't be deleted by accident."""
        (table,) = template.all("DynamoDB::Table")
        properties = table["Properties"]
        assert [key["AttributeName"] for key in properties["KeySchema"]] == ["PK", "SK"]
        assert properties["BillingMode"] == "PAY_PER_REQUEST"
        assert properties["PointInTimeRecoverySpecification"] == {"PointInTimeRecoveryEnabled": True}
        assert properties["DeletionProtectionEnabled"] is True
        assert table["DeletionPolicy"] == "Retain"


class TestEndpoint:
    def test_settings_reach_the_function(self, two: Template) -> None:
        """Memory, architecture, runtime, timeout, SnapStart and concurrency are the owner's choice."""
        functions = {f["FunctionName"]: f for f in serving(two)}
        flights, trains = functions["serin-prod-flights"], functions["serin-prod-late-trains"]
        assert (flights["MemorySize"], flights["Architectures"], flights["Runtime"]) == (1024, ["arm64"], "python3.13")
        assert (trains["MemorySize"], trains["Architectures"], trains["Runtime"]) == (512, ["x86_64"], "python3.12")
        assert flights["SnapStart"] == {"ApplyOn": "PublishedVersions"}
        assert "SnapStart" not in trains
        assert (trains["Timeout"], trains["ReservedConcurrentExecutions"]) == (10, 5)
        assert flights["Environment"]["Variables"].keys() == {
            "OPENBLAS_NUM_THREADS",
            "SERIN_STAGE",
            "SERIN_MODEL",
            "SERIN_TEAM",
            "SERIN_BUCKET",
            "SERIN_TABLE",
            "SERIN_LATENCY_BUDGET_MS",
            "SERIN_CONFIDENCE_LIMIT",
            "SERIN_RECEIPT_SECRET",
            "SERIN_CAPTURE_STREAM",
            "SERIN_CAPTURE_SHARE",
            "SERIN_CAPTURE_HOURLY_ROWS",
            "SERIN_BUDGETED",
        }

    def test_no_function_has_threads_of_numpy_that_spin(self, two: Template) -> None:
        """All have a share of one processor while they start."""
        variables = [function["Environment"]["Variables"] for function in two.properties("Lambda::Function")]
        assert len(variables) > len(serving(two))
        assert {found.get("OPENBLAS_NUM_THREADS") for found in variables} == {"1"}

    def test_live_points_at_a_bootstrap_version(self, two: Template) -> None:
        """Each function has one version and one alias, `live`."""
        assert len(two.all("Lambda::Version")) == len(serving(two)) == 2
        assert [alias["Name"] for alias in two.properties("Lambda::Alias")] == ["live", "live"]

    def test_changed_code_moves_no_traffic(self, template: Template, changed_code: Template) -> None:
        """A new `cdk deploy` with other code leaves version, alias and API as they were: only the function changes."""
        before, after = template.body["Resources"], changed_code.body["Resources"]
        assert before.keys() == after.keys()
        changed = {before[name]["Type"] for name in before if before[name] != after[name]}
        assert changed == {"AWS::Lambda::Function"}

    def test_a_function_may_read_by_digest_and_write_its_own_log_and_no_more(self, two: Template) -> None:
        """Eight actions in all: reading on two prefixes of one bucket and adding windows of its own model there, the
        function's own log group, the receipts' key, and its own stream, queue and budget (see test_capture.py,
        test_review.py and test_budget.py)."""
        for function in serving(two):
            role = function["Role"]["Fn::GetAtt"][0]
            own_log = function["LoggingConfig"]["LogGroup"]["Ref"]
            bucket = text(function["Environment"]["Variables"]["SERIN_BUCKET"])[1:-1]
            elsewhere = {"firehose:PutRecord", "sqs:SendMessage", "dynamodb:GetItem"}
            assert {one for one in allowed(two, role) if one[0] not in elsewhere} == {
                ("s3:GetObject", f"<{bucket}.Arn>/artifacts/sha256/*"),
                ("s3:GetObject", f"<{bucket}.Arn>/documents/sha256/*"),
                ("s3:PutObject", f"<{bucket}.Arn>/windows/{function['Environment']['Variables']['SERIN_MODEL']}/*"),
                ("secretsmanager:GetSecretValue", text(function["Environment"]["Variables"]["SERIN_RECEIPT_SECRET"])),
                ("logs:CreateLogStream", f"<{own_log}.Arn>"),
                ("logs:PutLogEvents", f"<{own_log}.Arn>"),
            }
            assert "ManagedPolicyArns" not in two.body["Resources"][role]["Properties"]

    def test_what_belongs_to_an_endpoint_carries_its_team_and_model(self, two: Template) -> None:
        """Function, role, log group, keys, plans and parameter can be told apart on the bill."""
        for kind, count in {
            "Lambda::Function": 2,
            "SNS::Topic": 2,
            "SSM::Parameter": 2,
            "ApiGateway::ApiKey": 3,
            "ApiGateway::UsagePlan": 3,
        }.items():
            of_endpoints = [r for r in two.all(kind) if "model" in tags(r)]
            assert len(of_endpoints) == count
            owners = {(tags(r)["team"], tags(r)["model"], tags(r)["stage"]) for r in of_endpoints}
            assert owners == {("operations", "flights", "prod"), ("rail", "late-trains", "prod")}

    def test_everything_that_can_be_tagged_carries_its_stage(self, template: Template) -> None:
        """No cost of the stack goes to nobody."""
        for kind in ("S3::Bucket", "DynamoDB::Table", "Logs::LogGroup", "ApiGateway::RestApi", "ApiGateway::Stage"):
            assert all(tags(resource)["stage"] == "dev" for resource in template.all(kind))

    def test_the_directory_tells_the_command_what_it_must_know(self, two: Template) -> None:
        """One parameter an endpoint, JSON once the references are filled in."""
        parameters = {p["Name"]: json.loads(text(p["Value"])) for p in two.properties("SSM::Parameter")}
        assert parameters.keys() == {"/serin/prod/endpoints/flights", "/serin/prod/endpoints/late-trains"}
        trains = parameters["/serin/prod/endpoints/late-trains"]
        assert trains["owners"].keys() == {"watcher", "approver", "communicator"}
        assert (trains["tier"], trains["critical"], trains["snapstart"]) == ("high", True, False)
        assert [one["memory_mb"] for one in parameters.values()] == [
            function["MemorySize"]
            for name in ("flights", "late-trains")
            for function in two.properties("Lambda::Function")
            if function["FunctionName"] == f"serin-prod-{name}"
        ]
        assert (trains["alias"], trains["architecture"], trains["runtime"]) == ("live", "x86_64", "python3.12")
        assert [p["name"] for p in trains["plans"]] == ["web", "batch"]
        assert re.fullmatch(r"https://<\w+>\.execute-api\.<AWS::Region>\.<AWS::URLSuffix>/prod", trains["api_url"])
        assert trains.keys() >= {"model", "team", "stage", "function", "bucket", "table", "rest_api_id"}


class TestReceipts:
    def test_the_stage_has_one_key_which_is_a_keyring_once_generated(self, two: Template) -> None:
        """64 characters in the field that the template leaves open make a keyring; it outlives the stack."""
        (secret,) = two.all("SecretsManager::Secret")
        rule = secret["Properties"]["GenerateSecretString"]
        document = {**json.loads(rule["SecretStringTemplate"]), rule["GenerateStringKey"]: "x" * rule["PasswordLength"]}
        assert Keyring.from_json(json.dumps(document)).previous == ()
        assert secret["DeletionPolicy"] == "Retain"

    def test_only_who_signs_and_who_verifies_may_read_it(self, two: Template) -> None:
        """The functions of the endpoints and the one that takes outcomes in; nobody in the stack may write it."""
        (name,) = two.named("SecretsManager::Secret")
        readers = {
            role: {action for action, resource in allowed(two, role) if resource == f"<{name}>"}
            for role in two.named("IAM::Role")
        }
        assert {role for role, actions in readers.items() if actions} == {
            "FlightsRole", "LateTrainsRole", "OutcomesRole",
        }  # fmt: skip
        assert set().union(*readers.values()) == {"secretsmanager:GetSecretValue"}

    def test_the_directory_says_where_it_is(self, two: Template) -> None:
        """The same for each endpoint: `serin rotate-key` finds it there."""
        (name,) = two.named("SecretsManager::Secret")
        values = [json.loads(text(p["Value"])) for p in two.properties("SSM::Parameter")]
        assert {value["receipt_secret"] for value in values} == {f"<{name}>"}


class TestRollouts:
    def test_the_controller_looks_every_minute_and_an_alarm_wakes_the_rollback(self, two: Template) -> None:
        """Each by a rule of its own, which may call it; only red alarms of this stage count."""
        rules = {text(rule["Targets"][0]["Arn"]): rule for rule in two.properties("Events::Rule")}
        assert rules["<ControllerFunction.Arn>"]["ScheduleExpression"] == "rate(1 minute)"
        pattern = rules["<RollbackFunction.Arn>"]["EventPattern"]
        assert pattern["detail"] == {"alarmName": [{"prefix": "serin-prod."}], "state": {"value": ["ALARM"]}}
        called = {
            text(p["FunctionName"]) for p in two.properties("Lambda::Permission") if p["Principal"].startswith("events")
        }
        assert called == rules.keys()

    def test_both_may_steer_every_endpoint_and_nothing_else(self, two: Template) -> None:
        """The same rights: move aliases, ask releases, read and write records, tell the owners. The controller seals
        the audit trail besides."""
        expected = {
            *(("lambda:" + action, f"<{name}.Arn>") for action in ("GetAlias", "UpdateAlias") for name in _FUNCTIONS),
            *(("lambda:InvokeFunction", f"<{name}.Arn>:*") for name in _FUNCTIONS),
            *(("sns:Publish", f"<{name}NoticesTopic>") for name in ("Flights", "LateTrains")),
            *(("dynamodb:" + action, "<RegistryTable.Arn>") for action in _TABLE_ACTIONS),
            *(("cloudwatch:" + action, "*") for action in ("DescribeAlarms", "GetMetricData")),
            *(("cloudwatch:" + action, f"{_ARN}:alarm:serin-prod.*") for action in _ALARM_ACTIONS),
            *(
                ("ssm:" + action, f"{_ARN.replace('cloudwatch', 'ssm')}:parameter/serin/prod/endpoints{rest}")
                for action in ("GetParameter", "GetParametersByPath")
                for rest in ("", "/*")
            ),
            ("events:PutEvents", f"{_ARN.replace('cloudwatch', 'events')}:event-bus/default"),
            ("s3:GetObject", "<RegistryArtifacts.Arn>/documents/sha256/*"),
        }
        seals = {("s3:" + action, "<TrailSealed.Arn>/*") for action in ("GetObject", "PutObject")}
        for name, more in (("Controller", {*seals, ("s3:ListBucket", "<TrailSealed.Arn>")}), ("Rollback", set())):
            logs = {(f"logs:{action}", f"<{name}Logs.Arn>") for action in ("CreateLogStream", "PutLogEvents")}
            assert allowed(two, f"{name}Role") == expected | logs | more

    def test_each_role_hears_only_what_is_meant_for_it(self, two: Template) -> None:
        """One topic an endpoint; every owner is subscribed by mail, filtered by role."""
        subscriptions = [one for one in two.properties("SNS::Subscription") if one["Protocol"] != "lambda"]
        for subscription in subscriptions:
            (role,) = subscription["FilterPolicy"]["role"]
            assert subscription["Protocol"] == "email"
            assert role in {"watcher", "approver", "communicator"}
        assert len(subscriptions) == 6

    def test_an_endpoint_has_alarms_for_crashes_and_failures(self, template: Template) -> None:
        """On what alias traffic emits, by counts; no data is no alarm; EventBridge hears of them, nobody else."""
        every = {alarm["AlarmName"]: alarm for alarm in template.properties("CloudWatch::Alarm")}
        alarms = {name: alarm for name, alarm in every.items() if name.startswith("serin-dev.")}
        assert alarms.keys() == {"serin-dev.flights.live.crashes", "serin-dev.flights.live.failures"}
        crashes, failures = alarms.values()
        dimensions = {one["Name"]: text(one["Value"]) for one in crashes["Dimensions"]}
        assert dimensions == {"FunctionName": "<FlightsFunction>", "Resource": "<FlightsFunction>:live"}
        assert (crashes["Namespace"], crashes["MetricName"], crashes["Period"]) == ("AWS/Lambda", "Errors", 60)
        assert (failures["Namespace"], failures["MetricName"], failures["Period"]) == ("Serin/dev", "Failures", 10)
        for alarm in alarms.values():
            assert (alarm["Statistic"], alarm["TreatMissingData"]) == ("Sum", "notBreaching")
            assert "AlarmActions" not in alarm

    def test_the_dashboard_shows_every_endpoint(self, two: Template) -> None:
        """Traffic, bad events, latency and crashes by release, and the alarms."""
        (dashboard,) = two.properties("CloudWatch::Dashboard")
        widgets = json.loads(text(dashboard["DashboardBody"]))["widgets"]
        titles = [widget["properties"].get("title", "") for widget in widgets]
        assert titles.count("bad events by release") == titles.count("alarms") == 2
        assert any("late-trains, team rail, tier high" in str(widget) for widget in widgets)

    def test_the_directory_tells_how_to_roll_out(self, two: Template) -> None:
        """Plan, guardrails and approvers are reviewed with cdk.json."""
        parameters = [json.loads(text(p["Value"])) for p in two.properties("SSM::Parameter")]
        for parameter in parameters:
            assert parameter["controller"] == "<ControllerFunction>"
            assert parameter["topic"].endswith("NoticesTopic>")
            assert (parameter["rollout"], parameter["guardrails"]) == ("canary", [])
            assert parameter["approvers"]


class TestOutcomes:
    def test_who_joins_windows_may_touch_windows_alone(self, two: Template) -> None:
        """No artifact can be written or removed by it."""
        touched = {one for one in allowed(two, "CompactionRole") if one[0].startswith("s3:")}
        bucket = "<RegistryArtifacts.Arn>"
        assert touched == {
            ("s3:ListBucket", bucket),
            ("s3:GetObject", f"{bucket}/documents/sha256/*"),
            *((f"s3:{action}", f"{bucket}/windows/*") for action in ("GetObject", "PutObject", "DeleteObject")),
        }

    def test_who_takes_outcomes_in_may_write_and_read_the_receipts_key(self, two: Template) -> None:
        """No record can be read or removed by it."""
        arn = _ARN.replace("cloudwatch", "ssm") + ":parameter/serin/prod/endpoints"
        directory = {("ssm:GetParametersByPath", arn), ("ssm:GetParametersByPath", f"{arn}/*")}
        logs = {(f"logs:{action}", "<OutcomesLogs.Arn>") for action in ("CreateLogStream", "PutLogEvents")}
        (secret,) = two.named("SecretsManager::Secret")
        queue = {(f"sqs:{action}", "<OutcomesIntakeQueue.Arn>") for action in _QUEUE_ACTIONS}
        assert allowed(two, "OutcomesRole") == directory | logs | queue | {
            ("dynamodb:PutItem", "<RegistryTable.Arn>"),
            ("secretsmanager:GetSecretValue", f"<{secret}>"),
        }

    def test_a_stage_without_a_queue_has_nothing_that_is_polled(self, template: Template) -> None:
        """Which is the default: a queue that Lambda reads has a price also when nothing comes."""
        kinds = {resource["Type"] for resource in template.body["Resources"].values()}
        assert not {kind for kind in kinds if kind.startswith("AWS::SQS") or "EventSourceMapping" in kind}
        assert "sqs:" not in str(allowed(template, "OutcomesRole"))
        (parameter,) = template.properties("SSM::Parameter")
        assert json.loads(text(parameter["Value"]))["outcome_queue"] == ""

    def test_the_queue_gives_a_message_five_attempts_and_then_keeps_it(self, two: Template) -> None:
        """Longer than it may lie in the queue itself; an attempt takes as long as AWS advises for this function."""
        queues = {queue["QueueName"]: queue for queue in two.properties("SQS::Queue")}
        assert queues.keys() >= {"serin-prod-outcomes", "serin-prod-outcomes-dead-letters"}
        queue, dead = queues["serin-prod-outcomes"], queues["serin-prod-outcomes-dead-letters"]
        redrive = {name: text(value) for name, value in queue["RedrivePolicy"].items()}
        assert redrive == {"deadLetterTargetArn": "<OutcomesIntakeDeadLetters.Arn>", "maxReceiveCount": "5"}
        (function,) = [f for f in two.properties("Lambda::Function") if f["Handler"] == "outcomes.handler"]
        assert queue["VisibilityTimeout"] >= 6 * function["Timeout"]
        assert 4 * 86_400 <= queue["MessageRetentionPeriod"] < dead["MessageRetentionPeriod"]

    def test_the_queues_are_encrypted_and_refuse_plain_http(self, two: Template) -> None:
        """Both, as the buckets do; nobody outside the account is let in."""
        assert all(queue["SqsManagedSseEnabled"] is True for queue in two.properties("SQS::Queue"))
        denied = set()
        for policy in two.properties("SQS::QueuePolicy"):
            (statement,) = policy["PolicyDocument"]["Statement"]
            assert (statement["Effect"], statement["Action"]) == ("Deny", "sqs:*")
            assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
            denied |= {text(one) for one in policy["Queues"]}
        assert denied == {f"<{name}>" for name in two.named("SQS::Queue")}

    def test_a_message_fails_alone_and_a_backlog_leaves_room_for_the_models(self, two: Template) -> None:
        """The directory and an output say where to send."""
        (mapping,) = two.properties("Lambda::EventSourceMapping")
        assert text(mapping["EventSourceArn"]) == "<OutcomesIntakeQueue.Arn>"
        assert text(mapping["FunctionName"]) == "<OutcomesFunction>"
        assert mapping["FunctionResponseTypes"] == ["ReportBatchItemFailures"]
        assert (mapping["BatchSize"], mapping["ScalingConfig"]) == (10, {"MaximumConcurrency": 5})
        values = [json.loads(text(p["Value"])) for p in two.properties("SSM::Parameter")]
        assert {value["outcome_queue"] for value in values} == {"<OutcomesIntakeQueue>"}
        assert text(two.body["Outputs"]["OutcomeQueueUrl"]["Value"]) == "<OutcomesIntakeQueue>"

    def test_who_counts_them_may_read_and_write_records(self, two: Template) -> None:
        """Every five minutes; it can't see the key."""
        actions = {action for action, _ in allowed(two, "QualityRole")}
        assert {action for action in actions if action.startswith("dynamodb:")} == {
            "dynamodb:GetItem", "dynamodb:Query", "dynamodb:PutItem", "dynamodb:DeleteItem",
        }  # fmt: skip
        assert not [action for action in actions if action.startswith("secretsmanager:")]
        rules = {text(rule["Targets"][0]["Arn"]): rule for rule in two.properties("Events::Rule")}
        assert rules["<QualityFunction.Arn>"]["ScheduleExpression"] == "rate(5 minutes)"


_FUNCTIONS = ("FlightsFunction", "LateTrainsFunction")
_TABLE_ACTIONS = ("GetItem", "Query", "PutItem", "DeleteItem", "ConditionCheckItem")
_QUEUE_ACTIONS = ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
_ALARM_ACTIONS = ("PutMetricAlarm", "DeleteAlarms", "TagResource")
_ARN = "arn:<AWS::Partition>:cloudwatch:<AWS::Region>:<AWS::AccountId>"


class TestApi:
    @pytest.fixture
    def paths(self, two: Template) -> dict[tuple[str, str], dict[str, Any]]:
        resources = two.named("ApiGateway::Resource")

        def path(name: str) -> str:
            if name not in resources:
                return ""
            properties = resources[name]["Properties"]
            parent = properties["ParentId"]
            return path(parent.get("Ref", "")) + "/" + properties["PathPart"]

        return {
            (m["HttpMethod"], path(m["ResourceId"].get("Ref", ""))): m for m in two.properties("ApiGateway::Method")
        }

    def test_the_protocol_has_a_path_each(self, paths: dict[tuple[str, str], dict[str, Any]]) -> None:
        """Server, health, and each model with and without a version: nothing else is reachable."""
        model = ["", "/ready", "/versions/{version}", "/versions/{version}/ready"]
        names = ("flights", "late-trains")
        expected = {("GET", "/v2"), ("GET", "/v2/health/live"), ("GET", "/v2/health/ready")}
        expected |= {("GET", f"/v2/models/{name}{rest}") for name in names for rest in model}
        expected |= {("POST", f"/v2/models/{name}/{v}infer") for name in names for v in ("", "versions/{version}/")}
        expected |= {("POST", "/outcomes")}
        assert paths.keys() == expected

    def test_every_method_wants_a_key_and_calls_live(self, paths: dict[tuple[str, str], dict[str, Any]]) -> None:
        """Health and metadata too; and each model's path leads to its own alias."""
        for (_, path), method in paths.items():
            assert method["ApiKeyRequired"] is True
            assert method["Integration"]["Type"] == "AWS_PROXY"
            alias = "LateTrainsLive" if "late-trains" in path else "FlightsLive"
            called = "OutcomesFunction.Arn" if path == "/outcomes" else alias
            assert f"functions/<{called}>/invocations" in text(method["Integration"]["Uri"])

    def test_the_gateway_waits_as_long_as_the_function_and_29_seconds_at_most(
        self, paths: dict[tuple[str, str], dict[str, Any]]
    ) -> None:
        """A timeout of 30 s is cut at API Gateway's own limit; one of 10 s is kept."""
        assert paths["POST", "/v2/models/flights/infer"]["Integration"]["TimeoutInMillis"] == 29_000
        assert paths["POST", "/v2/models/late-trains/infer"]["Integration"]["TimeoutInMillis"] == 10_000

    def test_json_is_checked_for_shape_and_binary_goes_through(
        self, two: Template, paths: dict[tuple[str, str], dict[str, Any]]
    ) -> None:
        """Only application/json has a model; application/octet-stream is binary and has none."""
        posts = [method for (_, path), method in paths.items() if path.endswith("/infer")]
        validators = two.named("ApiGateway::RequestValidator")
        (api,) = two.properties("ApiGateway::RestApi")
        assert all(method["RequestModels"].keys() == {"application/json"} for method in posts)
        assert all(
            validators[method["RequestValidatorId"]["Ref"]]["Properties"]["ValidateRequestBody"] for method in posts
        )
        assert api["BinaryMediaTypes"] == ["application/octet-stream"]

    @pytest.mark.parametrize(
        ("body", "passes"),
        [
            ({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1.0, 2]}]}, True),
            ({"inputs": [{"name": "x", "datatype": "FP32", "shape": [2, 1], "data": [[1.0], [None]]}]}, True),
            (
                {"id": "7", "inputs": [{"name": "x", "datatype": "BYTES", "shape": [0], "data": []}], "outputs": []},
                True,
            ),
            ({"inputs": []}, False),
            ({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1]}]}, False),
            ({"inputs": [{"name": "x", "datatype": "FLOAT", "shape": [1], "data": [1]}]}, False),
            ({"inputs": [{"name": "x", "datatype": "FP32", "shape": [-1], "data": [1]}]}, False),
            ({"inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": 1}]}, False),
            ({"id": 7, "inputs": [{"name": "x", "datatype": "FP32", "shape": [1], "data": [1]}]}, False),
            ([], False),
        ],
    )
    def test_the_shape_is_the_protocols(self, template: Template, body: object, passes: bool) -> None:
        """What the model lets through is an inference request; what it refuses is none."""
        (model,) = template.properties("ApiGateway::Model")
        assert Draft4Validator(model["Schema"]).is_valid(body) is passes

    def test_live_lets_this_api_alone_call_it(self, two: Template) -> None:
        """The permission is on the alias, for this API's stage and the protocol's paths."""
        permissions = [p for p in two.properties("Lambda::Permission") if p["Principal"].startswith("apigateway")]
        (outcomes,) = [p for p in permissions if text(p["FunctionName"]) == "<OutcomesFunction.Arn>"]
        assert text(outcomes["SourceArn"]).endswith("/POST/outcomes")
        permissions.remove(outcomes)
        assert {text(p["FunctionName"]) for p in permissions} == {f"<{name}>" for name in two.named("Lambda::Alias")}
        assert all(text(p["SourceArn"]).endswith("/*/v2*") for p in permissions)

    def test_the_stage_is_throttled_and_logs_access(self, two: Template, default: dict[str, Any]) -> None:
        """The stage as a whole gets the sum of all plans, a model the sum of its own."""
        (stage,) = two.properties("ApiGateway::Stage")
        limits = {s["ResourcePath"]: s["ThrottlingRateLimit"] for s in stage["MethodSettings"]}
        flights = sum(plan["rate"] for plan in default["endpoints"][0]["plans"])
        of_models = {"/~1v2~1models~1flights~1infer": flights, "/~1v2~1models~1late-trains~1infer": 10 + 2}
        assert limits == {"/*": flights + 10 + 2, **of_models}
        assert stage["AccessLogSetting"]["DestinationArn"]
        json.loads(stage["AccessLogSetting"]["Format"])

    def test_each_plan_is_a_key_with_its_limits(self, two: Template) -> None:
        """Rate, burst and daily quota come from the settings, and each plan has a key of its own."""
        plans = {p["UsagePlanName"]: p for p in two.properties("ApiGateway::UsagePlan")}
        assert plans["serin-prod-late-trains-web"]["Throttle"] == {"BurstLimit": 20, "RateLimit": 10}
        assert plans["serin-prod-late-trains-batch"]["Quota"] == {"Limit": 500, "Period": "DAY"}
        keyed = {(text(k["UsagePlanId"]), text(k["KeyId"])) for k in two.properties("ApiGateway::UsagePlanKey")}
        assert len({plan for plan, _ in keyed}) == len({key for _, key in keyed}) == 3

    def test_every_refusal_is_an_error_object(self, template: Template) -> None:
        """The gateway's own answers are `{"error": "…"}` once its variables are filled in, with the right status."""
        answers = {}
        for response in template.properties("ApiGateway::GatewayResponse"):
            (body,) = response["ResponseTemplates"].values()
            filled = body.replace("$context.error.messageString", '"why"').replace(
                "$context.error.validationErrorString", "why"
            )
            assert json.loads(filled).keys() == {"error"}
            answers[response["ResponseType"]] = response.get("StatusCode")
        assert answers.items() >= {
            "BAD_REQUEST_BODY": "400", "INVALID_API_KEY": "403", "MISSING_AUTHENTICATION_TOKEN": "404",
            "RESOURCE_NOT_FOUND": "404", "REQUEST_TOO_LARGE": "413", "UNSUPPORTED_MEDIA_TYPE": "415",
            "THROTTLED": "429", "QUOTA_EXCEEDED": "429", "INTEGRATION_FAILURE": "503", "INTEGRATION_TIMEOUT": "504",
            "DEFAULT_4XX": None, "DEFAULT_5XX": "503",
        }.items()  # fmt: skip

    def test_who_can_not_be_answered_is_told_when_to_come_back(self, template: Template) -> None:
        """Whatever API Gateway calls it when Lambda throttles: 503, Retry-After, and a sentence without internals."""
        for response in template.properties("ApiGateway::GatewayResponse"):
            parameters, stopped = response.get("ResponseParameters"), response.get("StatusCode") == "503"
            assert parameters == ({"gatewayresponse.header.Retry-After": "'30'"} if stopped else None)
            assert stopped == ("stopped by its spend guard" in response["ResponseTemplates"]["application/json"])


class TestStack:
    def test_every_log_group_forgets(self, two: Template) -> None:
        """Functions, streams, access log and the gateway's own execution log are kept for the days in the settings."""
        groups = two.properties("Logs::LogGroup")
        assert len(groups) == 15
        assert {group["RetentionInDays"] for group in groups} == {30}

    def test_logical_ids_are_readable(self, two: Template) -> None:
        """`sam local invoke FlightsFunction` can be typed: no hash in an id, but for API Gateway's deployments."""
        hashed = re.compile(r"(?=[0-9A-Fa-f]*\d)[0-9A-Fa-f]{8}$")
        ids = {name: r["Type"] for name, r in two.body["Resources"].items() if hashed.search(name)}
        assert set(ids.values()) == {"AWS::ApiGateway::Deployment"}
        names = {"Flights", "LateTrains", "Controller", "Rollback", "Outcomes", "Quality", "Compaction", "Drift"}
        names |= {"Review", "Shutdown", "Ledger"}
        assert set(two.named("Lambda::Function")) == {f"{name}Function" for name in names}

    def test_nothing_runs_but_what_was_written_here(self, template: Template) -> None:
        """No custom resource, no parameter, no metadata resource: the template is the whole of it."""
        kinds = {resource["Type"] for resource in template.body["Resources"].values()}
        assert not {kind for kind in kinds if kind.startswith("Custom::") or "CustomResource" in kind or "CDK" in kind}
        assert template.body.keys() == {"Description", "Resources", "Outputs"}
