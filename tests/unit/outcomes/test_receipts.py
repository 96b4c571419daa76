"""Receipts: what goes in comes out, and whatever was not signed so is refused."""

import base64
import hmac
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from serin.errors import InvalidReceipt
from serin.outcomes.keys import Key, Keyring
from serin.outcomes.receipts import Receipt, Signer, client_tag, read

ROOT = Path(__file__).parents[3]
RING = Keyring(Key.new())
NAMES = ("origin_code", "carrier_code")
NOW = datetime(2026, 1, 5, 8, 31, 14, 271_000, UTC)
AT = int(NOW.timestamp() * 1000)
ONE = [(("12",), None), (("UA",), None)]

texts = st.text(st.characters(codec="utf-8"), max_size=24)
floats = st.floats(width=32, allow_nan=False)


def signer(ring: Keyring = RING, **more) -> Signer:
    return Signer(ring, **{"model": "flights", "version": 3, "release": "12", "segments": NAMES, **more})


def one(**more) -> str:
    return signer(**more).sign(AT, 1, [0.25], ONE, client_tag("key"))


def altered(text: str, change) -> str:
    raw = bytearray(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    change(raw)
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@st.composite
def predictions(draw):
    """A batch, as a signer takes it and as its receipt should tell it."""
    rows = draw(st.integers(1, 40))
    names = draw(st.lists(texts, max_size=4))
    per_row = [draw(st.lists(texts, min_size=rows, max_size=rows)) for _ in names]
    scores = draw(st.none() | st.lists(floats, min_size=rows, max_size=rows))
    columns = []
    for values in per_row:
        distinct = list(dict.fromkeys(values))
        codes = np.array([distinct.index(value) for value in values])
        columns.append((distinct, None if len(distinct) == 1 and draw(st.booleans()) else codes))
    return rows, names, per_row, scores, columns


@given(
    predictions(),
    st.integers(0, 253_402_300_799_999),
    st.text(st.characters(codec="utf-8"), max_size=63),
    st.integers(1, 999_999),
    st.sampled_from(["1", "$LATEST", "123456"]),
    st.sampled_from(["", "key-1"]),
)
def test_what_is_signed_is_read(prediction, at_ms, model, version, release, api_key) -> None:
    """Model, version, release, time, client, rows, scores and segments come out as they went in."""
    rows, names, per_row, scores, columns = prediction
    client = client_tag(api_key) if api_key else ""
    mine = Signer(RING, model=model, version=version, release=release, segments=names)
    receipt = read(mine.sign(at_ms, rows, scores, columns, client), RING)
    assert receipt == Receipt(
        id=receipt.id, model=model, version=version, release=release, client=client, rows=rows,
        at=datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=at_ms), scores=tuple(scores or ()),
        segment_names=tuple(names), segments=tuple(zip(*per_row, strict=True)),
    )  # fmt: skip


@given(predictions())
@settings(max_examples=30)
def test_a_receipt_a_row_says_what_the_whole_says(prediction) -> None:
    """Row by row the same scores and segments, each with an id of its own."""
    rows, names, _, scores, columns = prediction
    mine = signer(segments=names)
    whole = read(mine.sign(AT, rows, scores, columns), RING)
    each = [read(text, RING) for text in mine.sign_each(AT, rows, scores, columns)]
    assert [receipt.rows for receipt in each] == [1] * rows
    assert tuple(receipt.scores[0] for receipt in each if receipt.scores) == whole.scores
    assert tuple(receipt.segments[0] for receipt in each if receipt.segments) == whole.segments
    assert len({receipt.id for receipt in each}) == rows


@pytest.mark.parametrize(("distinct", "width"), [(256, 1), (257, 2), (65_536, 2), (65_537, 4)])
def test_many_different_values_take_as_many_bytes_as_they_need(distinct, width) -> None:
    """One byte a row up to 256 of them, then two, then four."""
    values, codes = [f"{number:x}" for number in range(distinct)], np.arange(distinct)
    text = signer(segments=["a"]).sign(AT, distinct, None, [(values, codes)])
    assert [row[0] for row in read(text, RING).segments] == values
    more = signer(segments=["a"]).sign(AT, distinct + 300, None, [(values, np.append(codes, np.zeros(300, int)))])
    assert len(more) - len(text) == pytest.approx(300 * width * 4 / 3, abs=4)


def test_a_nan_is_a_score_like_any_other() -> None:
    """A model may give one, and its receipt says so."""
    assert np.isnan(read(signer().sign(AT, 1, [np.nan]), RING).scores[0])


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("form", [np.array, list, tuple])
def test_a_score_beyond_single_precision_is_infinite_without_a_word(form) -> None:
    """In whatever form it comes, with others or alone; and numpy warns elsewhere as before."""
    scores = form([1e300, -1e300, 0.5])
    told = (np.inf, -np.inf, 0.5)
    assert read(signer().sign(AT, 3, scores), RING).scores == told
    assert tuple(read(text, RING).scores[0] for text in signer().sign_each(AT, 3, scores)) == told
    with pytest.raises(RuntimeWarning, match="overflow"):
        np.asarray(scores, "<f4")


class TestForgery:
    @given(st.data())
    @settings(max_examples=300)
    def test_no_bit_may_flip(self, data) -> None:
        """Wherever: in the head, the payload or the signature."""
        text = one()
        bit = data.draw(st.integers(0, len(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))) * 8 - 1))

        def flip(raw: bytearray) -> None:
            raw[bit // 8] ^= 1 << bit % 8

        with pytest.raises(InvalidReceipt, match=r"forged|key is unknown"):
            read(altered(text, flip), RING)

    def test_no_character_may_change(self) -> None:
        """Not even in the bits of the last one that base64 does not read: each receipt is written in one way only."""
        for length in ("a", "ab", "abc"):  # all three remainders
            text = one(model=length)
            for place in range(len(text)):
                for other in "A-_a9=+/ é":
                    if other != text[place]:
                        with pytest.raises(InvalidReceipt):
                            read(text[:place] + other + text[place + 1 :], RING)
            last = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
            assert sum(_reads(text[:-1] + letter) for letter in last) == 1

    def test_nothing_may_be_cut_off_or_added(self) -> None:
        """At either end, of letters or of bytes."""
        text = one()
        for size in range(len(text)):
            assert not _reads(text[:size])
            assert not _reads(text[size + 1 :])
        for more in ("A", "AA", "AAAA", "=", "==", "\n", " "):
            assert not _reads(text + more)
            assert not _reads(more + text)

    @given(st.integers(8, 60))  # fewer bytes may be the same by chance
    def test_no_payload_takes_another_signature(self, cut: int) -> None:
        """Neither of another receipt of the same key, wherever behind their ids they are joined."""
        first, second = (base64.urlsafe_b64decode(text + "==") for text in (one(), one(model="trains.")))
        joined = base64.urlsafe_b64encode(first[:-cut] + second[-cut:]).rstrip(b"=").decode()
        with pytest.raises(InvalidReceipt, match="forged"):
            read(joined, RING)

    def test_the_keys_of_another_stage_are_unknown(self) -> None:
        """What they signed is nothing here."""
        with pytest.raises(InvalidReceipt, match="key is unknown"):
            read(one(ring=Keyring(Key.new())), RING)

    def test_a_known_key_id_does_not_help_a_forger(self) -> None:
        """It stands in every receipt; without the secret it signs nothing."""
        raw = base64.urlsafe_b64decode(one(ring=Keyring(Key.new())) + "==")
        forged = raw[:1] + bytes.fromhex(RING.current.id) + raw[5:]
        with pytest.raises(InvalidReceipt, match="forged"):
            read(base64.urlsafe_b64encode(forged).rstrip(b"=").decode(), RING)

    @given(st.text(max_size=300) | st.binary(max_size=200).map(lambda raw: base64.urlsafe_b64encode(raw).decode()))
    def test_anything_else_is_no_receipt(self, text: str) -> None:
        """A sentence, never another error."""
        with pytest.raises(InvalidReceipt):
            read(text, RING)

    @pytest.mark.parametrize("text", [None, 7, b"AAAA", ["A"], {}])
    def test_what_is_no_text_is_no_receipt(self, text: object) -> None:
        """JSON has more than strings."""
        with pytest.raises(InvalidReceipt, match="not a receipt"):
            read(text, RING)  # type: ignore[arg-type]

    def test_a_signed_format_of_the_future_is_refused(self) -> None:
        """A newer release may sign what an older reader can't know."""
        mine = signer()
        for head in (b"\x02", b"\x01"):
            mine._head = head + bytes.fromhex(RING.current.id)
            mine._bound = b"\x00"
            with pytest.raises(InvalidReceipt, match="format is unknown"):
                read(mine.sign(AT, 1), RING)


def _reads(text: str) -> bool:
    try:
        read(text, RING)
    except InvalidReceipt:
        return False
    return True


def test_receipts_of_the_keys_before_stay_valid() -> None:
    """Those of the key that a rotation replaced, until it is dropped; and a new receipt needs the new key."""
    text, ring = one(), RING.rotated()
    assert read(text, ring) == read(text, RING)
    with pytest.raises(InvalidReceipt, match="key is unknown"):
        read(one(ring=ring), RING)
    with pytest.raises(InvalidReceipt, match="key is unknown"):
        read(text, replace(ring, previous=()))


def test_a_receipt_of_one_row_is_short() -> None:
    """40 characters of model, two segments with their names: under 170 characters, safe in a URL."""
    text = Signer(RING, model="m" * 40, version=12, release="34", segments=NAMES).sign(AT, 1, [0.5], ONE, "00ff00ff")
    assert len(text) == 166
    assert text.replace("-", "").replace("_", "").isalnum()
    assert text.isascii()


def test_a_batch_costs_four_bytes_a_row_and_one_a_segment() -> None:
    """Base64 adds a third."""
    codes = np.arange(10_000) % 20
    values = [str(number) for number in range(20)]
    text = signer().sign(AT, 10_000, np.zeros(10_000), [(values, codes)] * 2)
    assert len(text) < 10_000 * 6 * 4 / 3 + 500


class TestIds:
    def test_the_same_prediction_twice_has_two_ids(self) -> None:
        """In the same millisecond, from one signer, from another, and from several threads."""
        mine, other = signer(), signer()
        with ThreadPoolExecutor(4) as pool:
            texts = list(pool.map(lambda number: (mine, other)[number % 2].sign(AT, 1), range(2_000)))
        assert len({read(text, RING).id for text in texts}) == 2_000

    def test_a_fork_repeats_nothing(self) -> None:
        """Parent and children go on from the same memory, as sandboxes restored from one snapshot do."""
        mine = signer()
        mine.sign(AT, 1)
        context = get_context("fork")
        queue = context.SimpleQueue()

        def child() -> None:
            queue.put([mine.sign(AT, 1) for _ in range(20)])

        children = [context.Process(target=child) for _ in range(3)]
        for process in children:
            process.start()
        texts = [text for _ in children for text in queue.get()] + [mine.sign(AT, 1) for _ in range(20)]
        for process in children:
            process.join()
        assert len({read(text, RING).id for text in texts}) == 80

    def test_a_new_process_repeats_nothing(self) -> None:
        """Each starts with the same code, key and time."""
        code = (
            "from serin.outcomes.keys import *; from serin.outcomes.receipts import *\n"
            f"mine = Signer(Keyring(Key({RING.current.secret!r})), model='m', version=1, release='1')\n"
            f"print(*(mine.sign({AT}, 1) for _ in range(20)))"
        )
        run = [sys.executable, "-c", code]
        outs = [subprocess.run(run, cwd=ROOT / "functions", capture_output=True, text=True, check=True) for _ in "ab"]
        ids = {read(text, RING).id for out in outs for text in out.stdout.split()}
        assert len(ids) == 40


def test_a_client_is_told_apart_but_not_named() -> None:
    """The same tag for the same key, and nothing of the key in it."""
    assert client_tag("q1w2e3r4t5") == client_tag("q1w2e3r4t5") != client_tag("q1w2e3r4t6")
    assert len(client_tag("q1w2e3r4t5")) == 8
    assert read(signer().sign(AT, 1, client=client_tag("q1")), RING).client == client_tag("q1")


def test_the_time_is_exact_to_the_millisecond() -> None:
    """No float in between."""
    assert read(one(), RING).at == NOW


@pytest.mark.parametrize("length", [32, 63, 64, 65, 256])
def test_the_signature_is_hmac_sha256_cut_to_128_bits(length: int) -> None:
    """RFC 2104, whatever the length of the key: a block is 64 bytes."""
    ring = Keyring(Key("k" * length))
    for text in (one(ring=ring), signer(ring).sign(AT, 1_000, np.zeros(1_000))):  # short and long
        raw = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        assert raw[-16:] == hmac.digest(b"k" * length, raw[:-16], "sha256")[:16]
