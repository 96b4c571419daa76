"""What does a receipt take, to sign and to check, and an outcome to be counted?

python -m tests.benchmarks receipts [--json FILE]
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from functools import partial

import numpy as np

from serin.outcomes.keys import Key, Keyring
from serin.outcomes.outcome import MICRO
from serin.outcomes.quality import BINS, Quality, by_segment
from serin.outcomes.receipts import Column, Signer
from serin.outcomes.receipts import read as check
from tests.benchmarks.beside import Pair, alike_long, both
from tests.benchmarks.report import Figures, parser, run

__all__ = ["tables"]

_KEYS = Keyring(Key.new())
_AT_MS = 1_767_602_474_271
_SIGNED, _CHECKED = "HMAC-SHA256 and base64 of as many bytes", "base64 and HMAC-SHA256 of the same bytes"
_COUNTED = "a loop that sums scores and outcomes by segment and bin"
_ROWS = (1, 32, 1024)
_OUTCOMES = 1_000


def tables(quick: bool = False) -> Figures:
    print("A receipt with a score and a segment a row, µs; and outcomes counted by segment, µs an outcome\n")
    pairs = [pair for rows in _ROWS for pair in _receipt(rows)]
    return both([*pairs, _counting()], 5 if quick else 15)


def _receipt(rows: int) -> list[Pair]:
    signer = Signer(_KEYS, model="flights", version=3, release="12", segments=("origin_code",))
    scores = np.random.default_rng(rows).random((rows, 2), np.float32)[:, 1]
    column: Column = (("0", "1", "2"), np.arange(rows) % 3) if rows > 1 else (("1",), None)
    sign = partial(signer.sign, _AT_MS, rows, scores, [column], "00ff00ff")
    text, key = sign(), _KEYS.current.secret.encode()
    raw, padded = bytes(len(text) * 3 // 4 - 16), text + "=" * (-len(text) % 4)
    pairs = {
        ("signed", _SIGNED): (sign, lambda: urlsafe_b64encode(raw + hmac.digest(key, raw, "sha256")[:16])),
        ("checked", _CHECKED): (
            lambda: check(text, _KEYS), lambda: hmac.digest(key, urlsafe_b64decode(padded)[:-16], "sha256"),
        ),
    }  # fmt: skip
    size = f"{rows:,} {'row' if rows == 1 else 'rows'}"
    return [Pair(f"receipt, {did}, {size}", *alike_long(*ways), floor, 20) for (did, floor), ways in pairs.items()]


def _counting() -> Pair:
    """Predictions of a classifier, in three segments, with their outcomes."""
    rng = np.random.default_rng(1)
    scores, late, places = rng.random(_OUTCOMES), rng.random(_OUTCOMES) < 0.2, np.arange(_OUTCOMES) % 3
    plain = list(zip((scores * MICRO).astype(int).tolist(), late.tolist(), map(str, places), strict=True))
    given = [(Quality.of(score, one, {}, "classification"), {"origin": place}) for score, one, place in plain]

    def sums() -> None:
        found: dict[tuple[str, int], tuple[int, int, int]] = {}
        for score, positive, place in plain:
            for segment in ("", place):
                slot = segment, score * BINS // MICRO
                n, positives, total = found.get(slot, (0, 0, 0))
                found[slot] = n + 1, positives + positive, total + score

    return Pair("outcome, counted", *alike_long(lambda: by_segment(given), sums), _COUNTED, 2, per=_OUTCOMES)


if __name__ == "__main__":
    run({"receipts": tables}, parser(__doc__).parse_args().json)
