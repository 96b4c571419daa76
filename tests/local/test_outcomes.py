"""From a prediction over HTTP to its realised quality, receipts, outcomes, counting, with writers that die; and to
the ledger."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import boto3
import httpx
import pytest
from botocore.config import Config

from infra.local.running import environment, launch
from serin.outcomes.quality import Quality
from tests.local.conftest import command
from tests.unit.registry import folders

POLL_S = 0.2  # to ask without a pause takes the processors from those that are asked

# Sends its lines in batches until all are acknowledged; a line of output for each batch.
WRITER = """
import json, sys, httpx
url, key, file = sys.argv[1:]
items = [json.loads(line) for line in open(file)]
with httpx.Client(headers={"x-api-key": key}, timeout=60) as http:
    for at in range(0, len(items), 50):
        answer = http.post(url, json={"outcomes": items[at : at + 50]})
        assert answer.status_code == 202, answer.text
        print(json.dumps(answer.json()), flush=True)
"""


def _sum_of_columns():
    """y = a + b, a regression with one number a row."""
    import onnx
    from onnx import TensorProto, helper

    shape = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("ReduceSum", ["x", "axes"], ["y"], keepdims=0)], "sum",
        [shape("x", TensorProto.FLOAT, [None, 2])], [shape("y", TensorProto.FLOAT, [None])],
        [helper.make_tensor("axes", TensorProto.INT64, [1], [1])],
    )  # fmt: skip
    return onnx.helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString()


def _golden():
    given = {"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [1.0, 2.0]}
    wanted = {"name": "y", "datatype": "FP32", "shape": [1], "data": [3.0]}
    return json.dumps({"examples": [{"inputs": [given], "outputs": [wanted]}]})


def _folder(at):
    manifest = folders.MANIFEST.replace('commit = "0123abc"', 'commit = "0123abc"\ncost_usd = "3.50"')
    return folders.write_folder(at, model_onnx=_sum_of_columns(), golden_json=_golden(), model_toml=manifest)


class Served:
    """A local cloud on which flights@1, a model that adds two columns, is live."""

    def __init__(self, running, home, folder):
        self.running, self.home = running, home
        self.serin("register", _folder(folder / "m"), "--model", "flights")
        self.serin("deploy", "flights@1")
        self.key = next(iter(running.keys.values()))
        self.http = httpx.Client(base_url=running.api_url, headers={"x-api-key": self.key}, timeout=60)

    def serin(self, *words, code=0):
        return command(self.home, *words, code=code)

    def receipt(self, rows):
        data = [float(value) for value in rows for _ in range(2)]
        tensor = {"name": "x", "datatype": "FP32", "shape": [len(rows), 2], "data": data}
        answer = self.http.post("/v2/models/flights/infer", json={"inputs": [tensor]})
        assert answer.status_code == 200, answer.text
        return answer.json()["parameters"]["receipt"]

    def tell(self, *items):
        answer = self.http.post("/outcomes", json={"outcomes": list(items)})
        return answer.status_code, answer.json()

    def client(self, service):
        patient = Config(read_timeout=300, retries={"total_max_attempts": 1})  # to count many outcomes takes a while
        return boto3.client(service, endpoint_url=self.running.aws_endpoint, region_name="us-east-1",
                            aws_access_key_id="local", aws_secret_access_key="local", config=patient)  # fmt: skip

    def count(self):
        """Runs the counting, as its schedule does."""
        self.run("quality")

    def run(self, name):
        answer = self.client("lambda").invoke(FunctionName=f"serin-dev-{name}", Payload=b"{}")
        payload = json.loads(answer["Payload"].read())
        assert "FunctionError" not in answer, payload
        return payload

    def spent(self, by):
        """Micro-dollars on the ledger, which is counted now."""
        self.run("ledger")
        return {row["name"]: row["micro"] for row in self.serin("cost", "--by", by)["rows"]}

    def waiting(self):
        """How many reviews wait, once those in the queue are collected, as their schedule does."""
        return self.run("review")["flights"]

    def quality(self):
        (row,) = self.serin("status")["endpoints"]
        return {one["version"]: one for one in row["quality"]}


@pytest.fixture(scope="module")
def served(assembly, tmp_path_factory):
    home = tmp_path_factory.mktemp("home")
    with launch(assembly, home, max_sandboxes=2) as running:
        yield Served(running, home, tmp_path_factory.mktemp("models"))


def test_what_became_of_predictions_shows_in_the_status(served):
    """Two rows of one receipt, told once, twice, and with a receipt that was altered."""
    receipt = served.receipt([1.0, 2.0])
    first = {"receipt": receipt, "row": 0, "outcome": 1.5, "kpi": {"euro": -3}}
    assert served.tell(first, {"receipt": receipt, "row": 1, "outcome": 4.0}) == (
        202, {"accepted": 2, "repeated": 0, "rejected": []},
    )  # fmt: skip
    status, said = served.tell(first, {"receipt": receipt[:-1] + "A" if receipt[-1] != "A" else receipt[:-1] + "B",
                                       "row": 0, "outcome": 9.0})  # fmt: skip
    assert (status, said["accepted"], said["repeated"], said["rejected"][0]["index"]) == (202, 0, 1, 1)
    served.count()
    row = served.quality()[1]
    assert (row["n"], row["kpi_euro"]) == (2, -3.0)
    assert row["mae"] == pytest.approx(0.25)


def test_requests_and_training_are_on_the_ledger_under_model_and_version(served):
    """A hundred requests are some 350 micro-dollars of API Gateway and 20 of Lambda, and what they took."""
    before = served.spent("line")
    for _ in range(100):
        served.receipt([1.0])
    after = served.spent("line")
    assert after["api_gateway.rest_request"] - before.get("api_gateway.rest_request", 0) in (350, 351)
    assert after["lambda.request"] - before.get("lambda.request", 0) in (20, 21)
    assert after["lambda.arm64.gb_second"] > before.get("lambda.arm64.gb_second", 0)
    assert after["training"] == 3_500_000
    versions = served.spent("version")
    assert versions["flights@1"] > 3_500_000
    assert sum(versions.values()) == sum(after.values())


def test_hours_that_are_over_are_closed_with_the_rights_that_the_template_gives(served):
    """As if the ledger had been opened eight hours ago: what steers and what is stored is read, too."""
    parameter = served.client("ssm").get_parameter(Name="/serin/dev/endpoints/flights")["Parameter"]["Value"]
    books = {"PK": {"S": "LEDGER"}, "SK": {"S": "BOOKS"}, "revision": {"N": "1"}, "spent": {"L": []},
             "trained": {"M": {}}, "open": {"S": f"{datetime.now(UTC) - timedelta(hours=8):%Y-%m-%dT%H}"}}  # fmt: skip
    served.client("dynamodb").put_item(TableName=json.loads(parameter)["table"], Item=books)
    assert len(served.run("ledger")["closed"]) >= 7
    lines = served.spent("line")
    assert lines["cloudwatch.dashboard_month"] > 6 * 3_000_000 / 744
    assert "s3.storage_gb_month" in lines


def _left(sqs, url):
    """Messages that are in a queue, in sight or not."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return sum(int(found[name]) for name in names)


def _forged(receipt):
    return receipt[:-1] + ("A" if receipt[-1] != "A" else "B")


def test_what_comes_by_the_queue_is_counted_exactly(served):
    """Thirty receipts of real predictions, one of them sent twice, one forged; the queue and its dead letters empty."""
    parameter = served.client("ssm").get_parameter(Name="/serin/dev/endpoints/flights")["Parameter"]["Value"]
    sqs, url = served.client("sqs"), json.loads(parameter)["outcome_queue"]
    before = so_far(served)
    receipts = [served.receipt([float(at)]) for at in range(30)]
    told = [*receipts, receipts[7], _forged(receipts[0])]
    for at in range(0, len(told), 10):
        entries = [{"Id": str(id), "MessageBody": json.dumps({"receipt": one, "outcome": 0.0, "kpi": {"crowns": 1}})}
                   for id, one in enumerate(told[at : at + 10])]  # fmt: skip
        assert not sqs.send_message_batch(QueueUrl=url, Entries=entries).get("Failed")
    patience = time.monotonic() + 60
    while _left(sqs, url) and time.monotonic() < patience:
        time.sleep(POLL_S)
    assert (_left(sqs, url), _left(sqs, f"{url}-dead-letters")) == (0, 0)
    served.count()
    row = served.quality()[1]
    assert (row["n"], row["kpi_crowns"]) == (before + 30, 1.0)
    log = (served.home / "logs" / "serin-dev-outcomes.log").read_text()
    assert log.count("outcome 0: the receipt is forged") == 1


@pytest.mark.parametrize(
    ("content", "status"), [(b"{", 400), (b"{}", 400), (b'{"outcomes": []}', 400), (b'{"outcomes": [1]}', 202)]
)
def test_what_is_no_outcome_gets_a_sentence(served, content, status):
    """And no traceback."""
    answer = served.http.post("/outcomes", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == status
    assert "error" in answer.json() or answer.json()["rejected"]


def test_without_a_key_nobody_tells_anything(served):
    """As for predictions."""
    assert httpx.post(f"{served.running.api_url}/outcomes", json={"outcomes": []}, timeout=30).status_code == 403


def test_a_file_is_imported_and_again_without_a_change(served, tmp_path):
    """With what was refused at the end, and exit code 2 for it."""
    receipt = served.receipt([1.0] * 3)
    file = tmp_path / "outcomes.csv"
    file.write_text("receipt,row,outcome,kpi_euro\n" + "".join(f"{receipt},{row},1.0,2\n" for row in range(3)))
    done = served.serin("outcomes", "import", file)
    assert (done["accepted"], done["repeated"], done["rejected"]) == (3, 0, [])
    file.write_text(file.read_text() + f"{receipt},9,1.0,2\n")
    failed = served.serin("outcomes", "import", file, code=2)
    assert "row 3: row 9 does not exist: the receipt covers 3" in failed["error"]


def test_predictions_are_captured_and_can_be_asked_for(served):
    """Of three requests on two sandboxes, at least one had enough rows to be sent; what came is what was asked."""
    receipts = [served.receipt([float(value) for value in range(10_000)]) for _ in range(3)]
    sql = """select count(*), count(distinct receipt), max(abs(numbers['distance'] + numbers['delay'] - score)),
             max(abs(outputs['y'][1] - score)), max(abs(2 * row_index - score)) from flights where row_index > 100"""
    until, rows = time.monotonic() + 30, [[0]]
    while rows[0][0] < 450:
        assert time.monotonic() < until, rows
        time.sleep(POLL_S)
        rows = served.serin("query", "flights", sql)["rows"]
    assert rows[0][1] <= len(receipts)
    assert rows[0][2:] == [0.0, 0.0, 0.0]
    assert "no_such_column" in served.serin("query", "flights", "select no_such_column from flights", code=2)["error"]


def totals(served, tmp_path, predictions, kills):
    """Eight writers, each with all of a shuffled list twice over, some killed in between: is each counted once?"""
    order = random.Random(4)
    receipts = [served.receipt([1.0] * 50) for _ in range(predictions // 50)]
    items = [{"receipt": receipt, "row": row, "outcome": order.random(), "kpi": order.randint(-9, 9)}
             for receipt in receipts for row in range(50)]  # fmt: skip
    url = f"{served.running.api_url}/outcomes"
    files = []
    for writer in range(8):
        mine = items[writer::8] + items[(writer + 1) % 8 :: 8][::3]
        order.shuffle(mine)
        files.append(tmp_path / f"{writer}.jsonl")
        files[-1].write_text("".join(json.dumps(item) + "\n" for item in mine))

    def write(file, dies):
        command = [sys.executable, "-c", WRITER, url, served.key, str(file)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment()) as process:
            for line in process.stdout:
                if dies and "accepted" in line:
                    os.kill(process.pid, signal.SIGKILL)
                    break
        return process.returncode

    with ThreadPoolExecutor(8) as pool:
        assert [code for code in pool.map(write, files[:kills], [True] * kills) if code not in (0, -9)] == []
        assert list(pool.map(write, files, [False] * 8)) == [0] * 8
    served.count()
    return sum((Quality.numeric(2.0, item["outcome"]) for item in items), Quality()), items


def so_far(served):
    served.count()
    return served.quality().get(1, {"n": 0})["n"]


def test_totals_are_exact_with_eight_writers_of_which_some_die(served, tmp_path):
    """Each was killed after its first acknowledged batch, and sends all of it again."""
    before = so_far(served)
    truth, items = totals(served, tmp_path, 800, kills=5)
    row = served.quality()[1]
    assert row["n"] == before + len(items) == before + truth.n


def _two_classes(at):
    """The probabilities of a flight's being late are what is asked, so that the test says how sure the model is."""
    from onnx import TensorProto, helper

    tensor = helper.make_tensor_value_info
    graph = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["probabilities"])], "sure",
        [tensor("x", TensorProto.FLOAT, [None, 2])], [tensor("probabilities", TensorProto.FLOAT, [None, 2])],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    given = {"name": "x", "datatype": "FP32", "shape": [1, 2], "data": [0.5, 0.5]}
    example = {"inputs": [given], "outputs": [{**given, "name": "probabilities"}]}
    manifest = folders.MANIFEST.replace("regression", "classification")
    more = {"golden_json": json.dumps({"examples": [example]}), "model_toml": manifest}
    return folders.write_folder(at, model_onnx=model.SerializeToString(), **more)


def _answer_of(served, version, asked):
    """A rollout is said to have begun a little before the alias moves."""
    until = time.monotonic() + 30
    while (answer := served.http.post("/v2/models/flights/infer", json=asked).json())["model_version"] != version:
        assert time.monotonic() < until, answer
        time.sleep(POLL_S)
    return answer


def test_a_person_decides_what_the_model_was_not_sure_of(served, tmp_path):
    """From the mark in the answer over the queue to the table, and back as an outcome; what is late is told before.

    Last in this file: another version is live from here on.
    """
    served.serin("register", _two_classes(tmp_path / "m"), "--model", "flights")
    served.serin("deploy", "flights@2", "--plan", "all-at-once")
    rows = [[0.1, 0.9], [0.4, 0.6], [0.45, 0.55]]
    data = [value for row in rows for value in row]
    tensor = {"name": "x", "datatype": "FP32", "shape": [3, 2], "data": data}
    marked = _answer_of(served, "2", {"inputs": [tensor]})["parameters"]
    assert (marked["needs_review"], marked["review_rows"]) == (True, [1, 2])
    console, until = served.home / "console.log", time.monotonic() + 30
    while served.waiting() < 2 or "flights (dev): 2 reviews are overdue" not in console.read_text():
        assert time.monotonic() < until, console.read_text()[-2000:]
        time.sleep(POLL_S)
    taken = served.serin("review", "take", "flights")
    assert (taken["version"], taken["inputs"]) == (2, pytest.approx({"distance": 0.4, "delay": 0.6}))
    decided = served.serin("review", "decide", "flights", taken["id"], "true", "--kpi", "euro=5")
    assert (decided["outcome"], served.waiting()) == ("counted", 1)
    served.count()
    row = served.quality()[2]
    assert (row["n"], row["kpi_euro"]) == (1, 5.0)
    assert "AccessDenied" not in console.read_text()
