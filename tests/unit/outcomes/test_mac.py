"""The MAC is the standard library's, whatever the lengths of key and text."""

import hmac

from hypothesis import given
from hypothesis import strategies as st

from serin.outcomes.mac import hmac_sha256


@given(st.binary(max_size=200), st.lists(st.binary(max_size=1500), min_size=1, max_size=4))
def test_it_is_hmac_sha256_of_each_text(key: bytes, texts: list[bytes]) -> None:
    """One after the other with one key: no text leaves anything behind."""
    mac = hmac_sha256(key)
    assert [mac(text) for text in texts] == [hmac.digest(key, text, "sha256") for text in texts]
