"""Requests without boto3 are signed as boto3 signs them, and go on where one attempt fails."""

import http.server
import threading
from datetime import UTC, datetime

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st

from serin.aws.signed import Keys, Service, service, signature
from serin.errors import Unavailable

ENV = {"AWS_REGION": "eu-central-1", "AWS_ACCESS_KEY_ID": "AKID", "AWS_SECRET_ACCESS_KEY": "secret"}
texts = st.text(st.characters(min_codepoint=48, max_codepoint=122, categories=("Lu", "Ll", "Nd")), min_size=1)


@given(texts, texts, texts, st.sampled_from(["secretsmanager", "sqs"]), st.datetimes(datetime(2015, 1, 1)))
def test_the_signature_is_botocores(access: str, secret: str, token: str, name: str, at: datetime) -> None:
    """For any keys, token, service and time."""
    stamp = at.replace(tzinfo=UTC).strftime("%Y%m%dT%H%M%SZ")
    body = b"{}"
    request = AWSRequest("POST", f"https://{name}.eu-central-1.amazonaws.com/", {"x-amz-target": "a.B"}, body)
    request.context["timestamp"] = stamp
    signer = SigV4Auth(Credentials(access, secret, token), name, "eu-central-1")
    request.headers["X-Amz-Date"] = stamp
    request.headers["X-Amz-Security-Token"] = token
    wanted = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    headers = {
        "host": f"{name}.eu-central-1.amazonaws.com", "x-amz-date": stamp, "x-amz-security-token": token,
        "x-amz-target": "a.B",
    }  # fmt: skip
    found = signature("POST", "/", headers, signer.payload(request), Keys(access, secret, token), "eu-central-1", name)
    assert found.endswith(f"Signature={wanted}")


@pytest.mark.parametrize(
    "environment",
    [
        ENV | {"AWS_SECRET_ACCESS_KEY": ""}, ENV | {"AWS_REGION": "cn-north-1"}, ENV | {"AWS_REGION": ""},
        ENV | {"HTTPS_PROXY": "http://proxy"}, ENV | {"AWS_USE_FIPS_ENDPOINT": "true"},
    ],
)  # fmt: skip
def test_what_is_out_of_the_ordinary_is_left_to_boto3(environment: dict[str, str]) -> None:
    """No keys in the environment, another partition, a proxy, FIPS."""
    assert service("s3", ENV) is not None
    assert service("s3", environment) is None


def test_an_answer_of_503_is_asked_for_again() -> None:
    """Up to four times, with a pause between; then the last answer counts."""
    statuses = [503, 500, 200]
    with Server(statuses) as url:
        waited: list[float] = []
        assert Service("s3", "r", url, Keys("a", "b"), waited.append).request("GET", "/x") == (200, b"ok")
        assert len(waited) == 2
        statuses[:] = [503] * 5
        assert Service("s3", "r", url, Keys("a", "b"), waited.append).request("GET", "/x")[0] == 503
        assert len(statuses) == 1


def test_where_nobody_answers_it_is_unavailable() -> None:
    """A SerinError, after four attempts."""
    waited: list[float] = []
    with pytest.raises(Unavailable, match="did not answer"):
        Service("s3", "r", "http://127.0.0.1:9", Keys("a", "b"), waited.append).request("GET", "/x")
    assert len(waited) == 3


def test_a_connection_that_was_closed_meanwhile_is_opened_anew() -> None:
    """As after a sandbox was frozen for long; that takes one attempt."""
    with Server([200, 200, 200], silently_closes=True) as url:
        waited: list[float] = []
        store = Service("s3", "r", url, Keys("a", "b"), waited.append, attempts=2)
        assert [store.request("GET", "/x")[0] for _ in range(3)] == [200] * 3
        assert len(waited) == 2


def test_the_impatient_ask_less_often() -> None:
    """What a sandbox is held for after its response."""
    statuses = [503] * 5
    with Server(statuses) as url:
        assert Service("s3", "r", url, Keys("a", "b"), lambda _: None, attempts=3).request("GET", "/x")[0] == 503
    assert len(statuses) == 2


class Server:
    """Answers with these statuses in turn, and may close each connection after its answer without a word of it."""

    def __init__(self, statuses: list[int], *, silently_closes: bool = False) -> None:
        class Answer(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1" if silently_closes else "HTTP/1.0"

            def do_GET(self) -> None:
                self.close_connection = True
                self.send_response(statuses.pop(0))
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)

    def __enter__(self) -> str:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_port}"

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
