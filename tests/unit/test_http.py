"""A connection gives answers whole, however they are sent; what is no answer is an OSError; and TLS is checked."""

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given
from hypothesis import strategies as st

from serin.http import Answer, Connection

HOST = {"host": "x"}


class TestAnswers:
    @given(st.binary(max_size=3000), st.lists(st.integers(1, 700), max_size=8), st.booleans())
    def test_a_body_arrives_whole(self, body: bytes, cuts: list[int], chunked: bool) -> None:
        """In chunks or with a length, in however many packets."""
        if chunked:
            parts = [body[at : at + 100] for at in range(0, len(body), 100)]
            sent = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"
            answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n" + sent
        else:
            answer = b"HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)
        packets, at = [], 0
        for cut in cuts:
            packets.append(answer[at : at + cut])
            at += cut
        with server([[*packets, answer[at:]]]) as port:
            found = Connection("127.0.0.1", port).request("GET", "/", HOST)
        assert (found.status, found.body, found.headers["x-a"]) == (200, body, "b")

    def test_a_connection_is_kept_until_it_is_closed(self) -> None:
        """By a word of the server's, after which the next request opens another; each gets its own answer."""
        kept = b"HTTP/1.1 201 OK\r\nContent-Length: 1\r\n\r\na"
        last = b"HTTP/1.1 202 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nb"
        with server([[kept], [last]], [[kept]]) as port:
            connection = Connection("127.0.0.1", port)
            found = [connection.request("GET", "/", HOST).status for _ in range(3)]
        assert found == [201, 202, 201]

    def test_what_is_sent_is_what_was_given(self) -> None:
        """A body with its length, also an empty one where a server may wait for it."""
        heard: list[bytes] = []
        none = b"HTTP/1.1 204 No Content\r\n\r\n"
        with server([[none], [none], [none]], heard=heard) as port:
            connection = Connection("127.0.0.1", port)
            connection.request("PUT", "/a", HOST, b"body")
            connection.request("PUT", "/b", HOST)
            connection.request("GET", "/c", HOST)
        assert heard == [
            b"PUT /a HTTP/1.1\r\nhost: x\r\ncontent-length: 4\r\n\r\nbody",
            b"PUT /b HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n",
            b"GET /c HTTP/1.1\r\nhost: x\r\n\r\n",
        ]

    @pytest.mark.parametrize(
        ("sent", "words"),
        [
            (b"", "ended before"), (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", "ended before"),
            (b"SSH-2.0-OpenSSH\r\n", "not HTTP"), (b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n", "not HTTP"),
        ],
    )  # fmt: skip
    def test_half_an_answer_is_none(self, sent: bytes, words: str) -> None:
        """And the connection is opened anew for the next request."""
        whole = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        with server([[sent]], [[whole]]) as port:
            connection = Connection("127.0.0.1", port)
            with pytest.raises(ConnectionError, match=words):
                connection.request("GET", "/", HOST)
            assert connection.request("GET", "/", HOST) == Answer(200, {"content-length": "0"}, b"")

    def test_who_does_not_answer_is_given_up(self) -> None:
        """After the time that was set."""
        with socket.create_server(("127.0.0.1", 0)) as silent:
            connection = Connection("127.0.0.1", silent.getsockname()[1], connect_s=5, read_s=0.01)
            with pytest.raises(TimeoutError):
                connection.request("GET", "/", HOST)


class TestTls:
    def test_a_host_that_an_authority_vouches_for_is_asked(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The authority is the one that `SSL_CERT_FILE` names."""
        certificate = certified(tmp_path)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        with server([[b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"]], certificate=certificate) as port:
            assert Connection("127.0.0.1", port, tls=True).request("GET", "/", HOST).body == b"ok"

    def test_a_host_for_which_nobody_vouches_gets_no_request(self, tmp_path: Path) -> None:
        """Its answer would be anybody's."""
        heard: list[bytes] = []
        tls = server([[b""]], certificate=certified(tmp_path), heard=heard)
        with tls as port, pytest.raises(ssl.SSLCertVerificationError):
            Connection("127.0.0.1", port, tls=True).request("GET", "/", HOST)
        assert not heard

    def test_a_certificate_of_another_host_is_not_enough(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """Even of a known authority's."""
        certificate = certified(tmp_path, address="127.0.0.2")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        tls = server([[b""]], certificate=certificate)
        with tls as port, pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
            Connection("127.0.0.1", port, tls=True).request("GET", "/", HOST)


@contextmanager
def server(
    *connections: Sequence[Sequence[bytes]], certificate: Path | None = None, heard: list[bytes] | None = None
) -> Iterator[int]:
    """Takes one connection after the other; on each, answers request by request with these packets, and ends it."""
    listening = socket.create_server(("127.0.0.1", 0))

    def answer() -> None:
        for requests in connections:
            try:
                taken, _ = listening.accept()
                _answer(_dressed(taken, certificate), requests, heard)
            except OSError:  # a client that did not like what it saw, or came no more
                continue

    thread = threading.Thread(target=answer)
    thread.start()
    try:
        yield listening.getsockname()[1]
    finally:
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()
        listening.close()


def _dressed(taken: socket.socket, certificate: Path | None) -> socket.socket:
    if certificate is None:
        return taken
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context.wrap_socket(taken, server_side=True)


def _answer(taken: socket.socket, requests: Sequence[Sequence[bytes]], heard: list[bytes] | None) -> None:
    with taken:
        for packets in requests:
            said = taken.recv(65536)
            if heard is not None and said:
                heard.append(said)
            for packet in packets:
                taken.sendall(packet)


def certified(folder: Path, address: str = "127.0.0.1") -> Path:
    """A key with a certificate that it signed itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "here")]), dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    encoding = serialization.Encoding.PEM
    private = key.private_bytes(encoding, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    place = folder / "certificate.pem"
    place.write_bytes(private + certificate.public_bytes(encoding))
    return place
