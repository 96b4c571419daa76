"""Keys and their rotation: what stays valid, and what is refused without telling a secret."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from serin.errors import InvalidSettings, NotFound
from serin.outcomes.keys import KEPT, Key, Keyring

secrets = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=32, max_size=256)


@given(st.lists(secrets, min_size=1, max_size=KEPT + 1, unique=True))
def test_a_keyring_survives_its_secret(texts: list[str]) -> None:
    """from_json and to_json are inverse."""
    ring = Keyring(Key(texts[0]), tuple(map(Key, texts[1:])))
    assert Keyring.from_json(ring.to_json()) == ring


def test_as_it_is_generated_it_is_a_keyring() -> None:
    """CloudFormation fills in one field and knows no list."""
    ring = Keyring.from_json('{"key": "' + "aB3" * 20 + '"}')
    assert (len(ring.current.id), ring.previous) == (8, ())


def test_a_rotation_keeps_the_last_keys_and_drops_the_oldest() -> None:
    """The new one signs; of those before, five stay, the newest first."""
    rings = [Keyring(Key.new())]
    for _ in range(KEPT + 2):
        rings.append(rings[-1].rotated())
    last, replaced = rings[-1], [ring.current for ring in reversed(rings[:-1])]
    assert last.previous == tuple(replaced[:KEPT])
    assert last.find(replaced[0].id) == replaced[0]
    assert last.find(replaced[KEPT].id) is None
    assert len({ring.current.id for ring in rings}) == len(rings)


@given(st.lists(secrets, min_size=2, max_size=KEPT + 1, unique=True), st.data())
def test_a_dropped_key_goes_alone(texts: list[str], data: st.DataObject) -> None:
    """The others stay in their order. Only for the current one a new one is made."""
    keys = [Key(text) for text in texts]
    dropped, fresh = data.draw(st.sampled_from(keys)), Key.new()
    ring = Keyring(keys[0], tuple(keys[1:])).without(dropped.id, fresh)
    rest = [key for key in keys if key is not dropped]
    assert ring.keys == tuple([fresh, *rest] if dropped is keys[0] else rest)


def test_what_is_dropped_must_be_there() -> None:
    """The sentence has the keys that are, never their secrets."""
    ring = Keyring(Key(SECRET), (Key(SECRET[::-1]),))
    with pytest.raises(NotFound, match=f"{ring.current.id}, {ring.previous[0].id}") as caught:
        ring.without("00000000")
    assert SECRET not in str(caught.value)


def test_the_key_before_stays_whatever_is_kept() -> None:
    """Else what was signed a moment ago would be void."""
    ring = Keyring(Key.new())
    assert ring.rotated(kept=0).previous == (ring.current,)


SECRET = "a-secret-that-nobody-may-ever-see-in-a-log"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no JSON object"),
        (SECRET, "no JSON object"),
        (f'["{SECRET}"]', "no JSON object"),
        ("{}", "needs 'key'"),
        (f'{{"key": "{SECRET}", "previous": "{SECRET}"}}', "a list"),
        (f'{{"key": "{SECRET}", "{SECRET}": 1}}', "1 unknown fields"),
        (f'{{"key": "{SECRET[:31]}"}}', "31 characters"),
        (f'{{"key": "{SECRET * 7}"}}', "294 characters"),
        (f'{{"key": "{SECRET}é"}}', "no ASCII text"),
        ('{"key": 7}', "no ASCII text"),
        (f'{{"key": "{SECRET}", "previous": ["{SECRET}"]}}', "twice"),
    ],
)
def test_nonsense_is_refused_in_a_sentence_without_the_secret(text: str, words: str) -> None:
    """An init error ends up in a log."""
    with pytest.raises(InvalidSettings, match=words) as caught:
        Keyring.from_json(text)
    assert SECRET[:10] not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_secret_is_in_no_representation() -> None:
    """Neither of a key nor of a keyring."""
    ring = Keyring(Key(SECRET), (Key(SECRET[::-1]),))
    assert SECRET not in repr(ring) + str(ring.current)
    assert SECRET[::-1] not in repr(ring)
