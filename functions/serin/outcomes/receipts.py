"""What was predicted, by which release, for whom? A receipt says so, signed: it comes back with the outcome, and so
a join needs no storage, and nobody can tell the outcome of a prediction that was never made.

A receipt is base64url without padding, of these bytes:

    1  format              4  id of the key          6  time, ms since 1970     8  random: with the time, its id
    4  client              model, version, release, names of the segments       rows
    1  form: 1 scores, 2 segments       4 a row: score, float32
    for each segment: its different values, and for each row which of them it is, where there are several
    16 HMAC-SHA256 over all before it, the leftmost 128 bits (RFC 2104, section 5)

Counts are LEB128, texts UTF-8 with their length before them, the time is big-endian and the rest little-endian. It is
signed and not secret: who holds it can read scores and segments, which are what the client sent and got.
"""

import hashlib
from base64 import b64decode
from binascii import b2a_base64
from collections.abc import Sequence
from contextvars import Context
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hmac import compare_digest, digest
from os import urandom
from struct import Struct
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

from serin.errors import InvalidReceipt
from serin.outcomes.keys import Keyring
from serin.outcomes.mac import hmac_sha256

__all__ = ["Column", "Receipt", "Signer", "client_tag", "identity_of", "read"]

Numbers: TypeAlias = npt.NDArray[Any] | Sequence[float]
Scores: TypeAlias = Numbers | None
Column: TypeAlias = tuple[Sequence[str], npt.NDArray[Any] | None]
"""One segment: its different values, and for each row the index of its own; None where all rows have the one value."""

_FORMAT, _KEY, _TAG = b"\x01", 4, 16
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_SCORES, _SEGMENTS = 1, 2
_SMALL = tuple(bytes((number,)) for number in range(128))
_NOBODY = bytes(4)
_SINGLE = Struct("<f")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
# numpy keeps what it does at an overflow in a context variable: a context of its own costs 0.03 µs, np.errstate 0.8.
_QUIET = Context()
_QUIET.run(np.seterr, over="ignore")
_NO_RECEIPT = "not a receipt: send it as it came with the prediction"
_FORGED = "the receipt is forged, or was altered on its way"
_UNKNOWN = "the receipt's key is unknown here: it is of another stage, was dropped, or was replaced too long ago"


class Receipt(NamedTuple):
    """`scores` and `segments` have one entry a row, or none at all; an entry of `segments` has one value for each name.

    `id` is unique. `client` tells API keys apart without naming them, and is empty where there was none.
    """

    id: str
    model: str
    version: int
    release: str
    at: datetime
    client: str
    rows: int
    scores: tuple[float, ...]
    segment_names: tuple[str, ...]
    segments: tuple[tuple[str, ...], ...]


@lru_cache(4096)
def client_tag(api_key_id: str) -> str:
    """Eight hexadecimal digits that are the same for the same API key."""
    return hashlib.sha256(b"serin client\0" + api_key_id.encode()).hexdigest()[:8]


class Signer:
    """Signs for one release. It keeps the key it was made with: what it signs stays valid after a rotation."""

    def __init__(
        self, keyring: Keyring, *, model: str, version: int, release: str, segments: Sequence[str] = ()
    ) -> None:
        key = keyring.current
        self._mac = hmac_sha256(key.secret.encode())
        self._head = _FORMAT + bytes.fromhex(key.id)
        names = b"".join(map(_text, segments))
        self._bound = _text(model) + _count(version) + _text(release) + _count(len(segments)) + names
        self._middle = lru_cache(1024)(self._between)

    def sign(
        self, at_ms: int, rows: int, scores: Scores = None, segments: Sequence[Column] = (), client: str = ""
    ) -> str:
        """One receipt for all rows. `segments` are in the order of the names, or none."""
        # Drawn for each receipt: a fork or a restored snapshot (SnapStart) would repeat what a process drew before,
        # and the kernel alone is reseeded then. With the time it can't repeat, and 0.3 µs buy that.
        nonce = urandom(8)
        form = (0 if scores is None else _SCORES) | (_SEGMENTS if segments else 0)
        payload = self._head + at_ms.to_bytes(6, "big") + nonce + self._middle(client, rows, form)
        if scores is not None:
            payload += _packed(scores)
        for values, codes in segments:
            payload += _same(values[0]) if codes is None else _column(values, codes)
        return _written(payload + self._mac(payload)[:_TAG])

    def _between(self, client: str, rows: int, form: int) -> bytes:
        """What nearly all receipts for one client have in common."""
        return (bytes.fromhex(client) if client else _NOBODY) + self._bound + _count(rows) + bytes((form,))

    def sign_each(
        self, at_ms: int, rows: int, scores: Scores = None, segments: Sequence[Column] = (), client: str = ""
    ) -> list[str]:
        """One receipt a row, each as if the row had come alone."""
        spread = [_spread(column, rows) for column in segments]
        alone: list[list[Column]] = [[((value,), None) for value in row] for row in zip(*spread, strict=True)]
        alone = alone or [[]] * rows
        if scores is None:
            return [self.sign(at_ms, 1, None, row, client) for row in alone]
        each = _singles(scores).reshape(-1, 1)
        return [self.sign(at_ms, 1, score, row, client) for score, row in zip(each, alone, strict=True)]


def read(text: str, keyring: Keyring) -> Receipt:
    """Reads only what is signed. Raises InvalidReceipt: no receipt at all, of an unknown key, or forged or altered."""
    payload = _signed(text, keyring)
    try:
        return _parsed(_Bytes(payload))
    except (ValueError, OverflowError):
        raise InvalidReceipt(f"{_NO_RECEIPT} (its format is unknown here)") from None


def identity_of(text: str) -> str:
    """The id of a receipt that this process signed: it is not verified."""
    return b64decode(text[:28], b"-_")[1 + _KEY : 15 + _KEY].hex()


def _signed(text: str, keyring: Keyring) -> bytes:
    """The bytes that a key of this ring has signed."""
    try:
        raw = b64decode(text + "=" * (-len(text) % 4), b"-_")
    except (ValueError, TypeError):
        raise InvalidReceipt(_NO_RECEIPT) from None
    # Base64 may be written in several ways: other letters are skipped, and the last one has bits that nobody reads.
    if len(raw) <= _TAG + _KEY or _written(raw) != text:
        raise InvalidReceipt(_NO_RECEIPT)
    payload, tag = raw[:-_TAG], raw[-_TAG:]
    key = keyring.find(payload[1 : 1 + _KEY].hex())
    if key is None:
        raise InvalidReceipt(_UNKNOWN)
    if not compare_digest(tag, digest(key.secret.encode(), payload, "sha256")[:_TAG]):
        raise InvalidReceipt(_FORGED)
    return payload


def _parsed(payload: "_Bytes") -> Receipt:
    if payload.take(1) != _FORMAT:
        raise ValueError("another format")
    payload.take(_KEY)
    identity, client = payload.take(14), payload.take(4)
    model, version, release = payload.text(), payload.count(), payload.text()
    names = tuple(payload.text() for _ in range(payload.count()))
    rows, form = payload.count(), payload.take(1)[0]
    scores = np.frombuffer(payload.take(4 * rows), "<f4").tolist() if form & _SCORES else ()
    columns = [_spread(payload.column(rows), rows) for _ in names] if form & _SEGMENTS else []
    if not payload.ended:
        raise ValueError("there is more")
    return Receipt(
        id=identity.hex(), model=model, version=version, release=release,
        at=_EPOCH + timedelta(milliseconds=int.from_bytes(identity[:6], "big")),
        client="" if client == _NOBODY else client.hex(), rows=rows, scores=tuple(scores), segment_names=names,
        segments=tuple(zip(*columns, strict=True)),
    )  # fmt: skip


class _Bytes:
    """Reads from the front."""

    def __init__(self, raw: bytes) -> None:
        self._raw, self._at = raw, 0

    @property
    def ended(self) -> bool:
        return self._at == len(self._raw)

    def take(self, size: int) -> bytes:
        found = self._raw[self._at : self._at + size]
        if len(found) != size:
            raise ValueError("it ends too early")
        self._at += size
        return found

    def count(self) -> int:
        number = shift = 0
        while True:
            byte = self.take(1)[0]
            number |= (byte & 127) << shift
            if byte < 128:
                return number
            shift += 7

    def text(self) -> str:
        return self.take(self.count()).decode()

    def column(self, rows: int) -> Column:
        values = [self.text() for _ in range(self.count())]
        if len(values) == 1:
            return values, None
        width = _width(len(values))
        return values, np.frombuffer(self.take(rows * width.itemsize), width)


def _packed(scores: Numbers) -> bytes:
    if len(scores) == 1:
        try:
            return _SINGLE.pack(scores[0])  # half the time of numpy
        except OverflowError:
            pass
    return _singles(scores).tobytes()


def _singles(scores: Numbers) -> npt.NDArray[np.float32]:
    """In single precision; infinite beyond its range, of which numpy would warn."""
    # A copy: two threads can't be in one context at once.
    return _QUIET.copy().run(np.asarray, scores, "<f4")


def _written(raw: bytes) -> str:
    return b2a_base64(raw).translate(_URL_SAFE, b"=\n").decode()


@lru_cache(4096)
def _same(value: str) -> bytes:
    """The column of rows that all have this value."""
    return b"\x01" + _text(value)


def _column(values: Sequence[str], codes: npt.NDArray[Any]) -> bytes:
    if len(values) == 1:
        return _same(values[0])
    return _count(len(values)) + b"".join(map(_text, values)) + codes.astype(_width(len(values))).tobytes()


def _spread(column: Column, rows: int) -> list[str]:
    """The value of each row."""
    values, codes = column
    return [values[0]] * rows if codes is None or len(values) == 1 else [values[code] for code in codes.tolist()]


def _width(values: int) -> np.dtype[Any]:
    return np.dtype("u1" if values <= 1 << 8 else "<u2" if values <= 1 << 16 else "<u4")


def _text(text: str) -> bytes:
    """No prediction fails for a text that UTF-8 can't hold."""
    raw = text.encode("utf-8", "replace")
    return _count(len(raw)) + raw


def _count(number: int) -> bytes:
    if number < 128:
        return _SMALL[number]
    return bytes((number & 127 | 128,)) + _count(number >> 7)
