"""The template, real sandboxes, real HTTP: does a good release get through, and a bad one back, under traffic?"""

import io
import os
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import boto3
import httpx
import pytest
from botocore.exceptions import ClientError

from infra.app import ROOT
from infra.local.running import launch
from tests.local.conftest import command
from tests.unit.registry import folders

CLIENTS, PAUSE_S = 3, 0.02  # some hundred requests a second are evidence enough, and leave the cloud its processors
TABLE = "Serin-dev-RegistryTable"
CRASH = """
_plain = handler


def handler(event, context):
    if "0.2e" in (event.get("body") or ""):
        import os
        os._exit(1)
    return _plain(event, context)
"""


class Answer(NamedTuple):
    """When a client asked (monotonic seconds), the status it got, and the release that answered (None on failure)."""

    asked: float
    status: int
    release: str | None


class Rehearsal:
    """A local cloud with versions of flights registered, version 1 live, and commands as a user types them."""

    def __init__(self, running, home, folder, versions=(1, 2)):
        self.running, self.home = running, home
        for number in versions:
            self.serin("register", folders.write_folder(folder / f"m{number}", factor=float(number)), "--model",
                       "flights")  # fmt: skip
        self.serin("deploy", "flights@1")
        self.url = f"{running.api_url}/v2/models/flights/infer"
        self.headers = {"x-api-key": next(iter(running.keys.values()))}

    def serin(self, *words, code=0):
        return command(self.home, *words, code=code)

    def client(self, service):
        return boto3.client(service, endpoint_url=self.running.aws_endpoint, region_name="us-east-1",
                            aws_access_key_id="local", aws_secret_access_key="local")  # fmt: skip

    def session(self, role, service):
        """A client of somebody in this role."""
        role = f"arn:aws:iam::123456789012:role/{role}"
        keys = self.client("sts").assume_role(RoleArn=role, RoleSessionName="rob")["Credentials"]
        return boto3.client(service, endpoint_url=self.running.aws_endpoint, region_name="us-east-1",
                            aws_access_key_id=keys["AccessKeyId"], aws_secret_access_key=keys["SecretAccessKey"],
                            aws_session_token=keys["SessionToken"])  # fmt: skip

    def look(self):
        """A whole pass of the controller."""
        done = self.client("lambda").invoke(FunctionName="serin-dev-controller", Payload=b'{"model": "flights"}')
        assert "FunctionError" not in done, done["Payload"].read()

    def trail(self):
        """As a communicator sees it, once everything is sealed."""
        self.look()
        found = self.serin("audit", "flights", "--as", "communicator")
        assert {one["seal"] for one in found["entries"]} == {"sealed"}
        return found

    def said(self):
        return (self.home / "console.log").read_text()

    def history(self):
        return self.serin("history", "flights")["rollouts"][-1]

    @contextmanager
    def traffic(self):
        """Clients that go on asking; yields the answers, a list that grows."""
        answered, stop, failures = [], threading.Event(), []

        def ask(number):
            with httpx.Client(headers=self.headers, timeout=40) as http:
                at = number
                while not stop.wait(PAUSE_S):
                    at += CLIENTS
                    # Every fifth request carries what the crashing code stumbles over; the value is a plain 0.2.
                    value = "0.2e0" if at % 5 == 0 else "0.25"
                    body = f'{{"inputs":[{{"name":"x","datatype":"FP32","shape":[1,2],"data":[{value},1.5]}}]}}'
                    asked = time.monotonic()
                    try:
                        answer = http.post(self.url, content=body, headers={"content-type": "application/json"})
                    except httpx.HTTPError as error:
                        failures.append(error)
                        continue
                    document = answer.json()
                    release = document.get("parameters", {}).get("release")
                    answered.append(Answer(asked, answer.status_code, release))

        with ThreadPoolExecutor(CLIENTS) as pool:
            clients = [pool.submit(ask, number) for number in range(CLIENTS)]
            try:
                yield answered
            finally:
                stop.set()
            for one in clients:
                one.result()
        assert not failures, failures[:3]


@pytest.fixture(scope="module")
def rehearsal(assembly, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with launch(assembly, home, max_sandboxes=2, tick=1) as running:
        yield Rehearsal(running, home, tmp_path_factory.mktemp("models"))


PLAN = "40,100@2s+min=60+deadline=5m"
GUARDS = ("--guardrail", "errors:8%", "--guardrail", "invalid_output:8%")


def test_a_good_release_is_promoted_and_no_request_is_lost(rehearsal):
    """Through smoke test, canary and bake, on evidence; each answer is a 200 of one of the two releases."""
    with rehearsal.traffic() as answered:
        done = rehearsal.serin("deploy", "flights@2", "--plan", PLAN, *GUARDS, "--wait")
    assert (done["rollout"]["phase"], done["moved"]) == ("DONE", True)
    assert {answer.status for answer in answered} == {200}
    phases = [entry["phase"] for entry in rehearsal.history()["history"]]
    assert phases == ["SMOKE", "CANARY", "BAKE", "DONE"]
    (row,) = rehearsal.serin("status")["endpoints"]
    assert (row["version"], row["weights"], row["rollout"]) == (2, {}, None)
    said = (rehearsal.home / "console.log").read_text()
    assert "SNS serin-dev-flights: flights (dev): end of release" in said
    assert "AccessDenied" not in said


ROB, ANN = ("--as", "releaser:rob"), ("--as", "flights-approver:ann")


def test_only_an_approver_promotes(rehearsal):
    """By the command's own check; and who leaves the command out can't write what counts, by IAM. All of it stands on
    the trail with its reason, and the sealed copy shows what was written over."""
    slow = ("--plan", "10,100@60m+deadline=6h", *GUARDS)
    rehearsal.serin("deploy", "flights@1", *slow, "--reason", "we miss it", *ROB)
    assert "is no approver" in rehearsal.serin("promote", "flights", "--reason", "x", *ROB, code=10)["error"]
    command = {"SK": {"S": f"COMMAND#{rehearsal.history()['rollout']}#0"}, "ask": {"S": "promote"}, "by": {"S": "ann"},
               "at": {"S": "2100-01-01T00:00:00.000Z"}, "step": {"N": "0"}}  # fmt: skip
    table = rehearsal.session("flights-releaser", "dynamodb")
    with pytest.raises(ClientError, match=r"AccessDenied.*PutItem.*APPROVER#flights"):
        table.put_item(TableName=TABLE, Item={"PK": {"S": "APPROVER#flights"}, **command})
    table.put_item(TableName=TABLE, Item={"PK": {"S": "MODEL#flights"}, **command})
    rehearsal.look()
    assert rehearsal.serin("status", *ROB)["endpoints"][0]["rollout"]["weight"] == 10
    assert rehearsal.serin("promote", "flights", "--reason", "it is time", *ANN)["weight"] == 100
    assert rehearsal.serin("rollback", "flights", "--as", "watcher", code=10)["type"] == "AccessDenied"
    rehearsal.serin("rollback", "flights", "--reason", "it smells", *ROB)
    said = [(one["action"], one["actor"].rpartition("/")[2], one["details"].get("reason"))
            for one in rehearsal.trail()["entries"]]  # fmt: skip
    assert ("promote", "ann", "it is time") in said
    assert ("go-back", "rob", "it smells") in said
    assert "AccessDenied: User: arn:aws:sts::123456789012:assumed-role/flights-releaser/" in rehearsal.said()


def test_who_writes_over_the_trail_is_found_out(rehearsal):
    """Whatever the right by which it was done; the copy that shows it can't be removed, not by the developer."""
    (entry, *_) = rehearsal.trail()["entries"]
    table, s3 = rehearsal.client("dynamodb"), rehearsal.client("s3")
    place = {"PK": {"S": "AUDIT#flights"}, "SK": {"S": f"AUDIT#{entry['id']}"}}
    with pytest.raises(ClientError, match="explicit deny"):
        rehearsal.session("flights-approver", "dynamodb").delete_item(TableName=TABLE, Key=place)
    (item,) = [one for one in table.scan(TableName=TABLE)["Items"] if one["SK"] == place["SK"]]
    table.put_item(TableName=TABLE, Item={**item, "actor": {"S": "nobody"}})
    failed = rehearsal.serin("audit", "flights", "--as", "communicator", code=6)
    assert f"{entry['id']} differs from its sealed copy" in failed["error"]
    (bucket,) = [one["Name"] for one in s3.list_buckets()["Buckets"] if "sealed" in one["Name"]]
    (copy, *_) = s3.list_object_versions(Bucket=bucket, Prefix=f"flights/{entry['id']}")["Versions"]
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.delete_object(Bucket=bucket, Key=copy["Key"], VersionId=copy["VersionId"])
    table.put_item(TableName=TABLE, Item=item)
    assert rehearsal.trail()["broken"] == 0


@pytest.mark.soak
def test_a_release_that_earns_less_is_taken_back(rehearsal):
    """Its answers are fine; what became of them, told with their receipts, cost five times as much."""
    candidate = 3 - rehearsal.serin("status")["endpoints"][0]["version"]
    stop = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        told = pool.submit(_tell_outcomes, rehearsal, candidate, stop)
        try:
            failed = rehearsal.serin(
                "deploy", f"flights@{candidate}", "--plan", "40,100@60s+min=60+deadline=5m", *GUARDS,
                "--guardrail", "kpi:euro:-10..0:1", "--wait", code=12,
            )  # fmt: skip
        finally:
            stop.set()
        assert told.result() > 50
    assert failed["type"] == "RolledBack"
    assert "KPI euro does harm: -5 over" in failed["error"]
    (row,) = rehearsal.history()["kpis"]
    assert row["verdict"] == "HARM"


def _tell_outcomes(rehearsal, candidate, stop):
    """Asks and tells what became of it, until it is to stop; how many outcomes were accepted."""
    accepted, items = 0, []
    with httpx.Client(headers=rehearsal.headers, timeout=40) as http:
        while not stop.wait(PAUSE_S / CLIENTS):
            said = http.post(rehearsal.url, json=_row(0.25)).json()
            receipt, cost = said["parameters"]["receipt"], -5 if said["model_version"] == str(candidate) else -1
            items.append({"receipt": receipt, "row": 0, "outcome": "landed", "kpi": {"euro": cost}})
            if len(items) == 50:
                answer = http.post(f"{rehearsal.running.api_url}/outcomes", json={"outcomes": items})
                accepted, items = accepted + answer.json()["accepted"], []
    return accepted


def test_a_crash_of_new_code_is_rolled_back_and_nobody_waits_for_ever(rehearsal):
    """The very same model with new code that ends its process on a fifth of the inputs.

    Back within three periods of its alarm; requests in flight are answered, and after that all is well again.
    """
    function = f"serin-{rehearsal.running.stage}-flights"
    rehearsal.client("lambda").update_function_code(FunctionName=function, ZipFile=_crashing_code())
    with rehearsal.traffic() as answered:
        failed = rehearsal.serin("deploy", "flights@2", "--plan", PLAN, *GUARDS, "--wait", code=12)
        assert failed["type"] == "RolledBack"
        returned = time.monotonic()
        httpx.post(rehearsal.url, headers=rehearsal.headers, json=_row(0.2), timeout=40).raise_for_status()
    rollout = rehearsal.history()
    assert (rollout["phase"], rollout["previous_version"], rollout["version"]) == ("ROLLED_BACK", 2, 2)
    up, back = (next(e for e in rollout["history"] if e["action"] == a) for a in ("SET_WEIGHT", "ROLL_BACK"))
    assert "crashes went red" in back["reason"] or "failed requests do harm" in back["reason"]
    assert (datetime.fromisoformat(back["at"]) - datetime.fromisoformat(up["at"])).total_seconds() <= 3 * 60
    assert {answer.status for answer in answered} <= {200, 502, 503}
    # A request in flight at that moment may still be answered by the candidate, once its new sandbox is up.
    later = {answer.release for answer in answered if answer.asked > returned}
    assert str(rollout["release"]) not in later, "nobody meets the candidate after it was taken back"
    alarms = rehearsal.client("cloudwatch").describe_alarms()["MetricAlarms"]
    names = [one["AlarmName"] for one in alarms if one["AlarmName"].startswith("serin-dev.")]
    assert {name.split(".")[2] for name in names} == {"live"}


def test_a_wrong_answer_to_a_golden_example_never_meets_a_client(rehearsal):
    """The smoke test of the controller finds it: exit code 9, `live` unmoved."""
    before = rehearsal.serin("status")["endpoints"][0]["release"]
    function = f"serin-{rehearsal.running.stage}-flights"
    wrong = "\n\ndef handler(event, context):\n    return {'statusCode': 500, 'body': '{}'}\n"
    rehearsal.client("lambda").update_function_code(FunctionName=function, ZipFile=_code(wrong))
    failed = rehearsal.serin("deploy", "flights@1", "--plan", PLAN, code=9)
    assert "golden example 1: status 500" in failed["error"]
    assert rehearsal.serin("status")["endpoints"][0]["release"] == before


def _row(value):
    return {"inputs": [{"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [value, 1.5]}]}


def _crashing_code():
    return _code(CRASH)


def _code(more):
    """The functions folder as it is shipped, with something more at the end of inference.py."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for folder, _, names in os.walk(ROOT / "functions"):
            for name in names:
                path = Path(folder) / name
                if path.suffix == ".py":
                    text = path.read_text() + (more if name == "inference.py" else "")
                    archive.writestr(str(path.relative_to(ROOT / "functions")), text)
    return content.getvalue()
