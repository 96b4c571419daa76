"""As whom does a command run on the local cloud?"""

import getpass

import pytest

from infra.cli.persona import Persona
from serin.errors import BadRequest
from tests.unit.cli.conftest import Serin


def test_a_role_is_named_in_full_or_by_its_last_word() -> None:
    """The last word is enough in a stage with one model; the name is the user's own where it is left out."""
    ann = Persona("flights-approver", "ann")
    assert Persona.parse("flights-approver:ann", ["flights", "trains"]) == ann
    assert Persona.parse("approver:ann", ["flights"]) == ann
    assert Persona.parse("watcher", ["flights"]) == Persona("flights-watcher", getpass.getuser())


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("approver:ann", "There is no role 'approver' to run as: there are flights-watcher, flights-releaser"),
        ("trains-boss", "There is no role 'trains-boss'"),
        ("flights-approver:a b", "can't name a session"),
    ],
)
def test_what_is_no_role_or_no_name_is_refused(text: str, sentence: str) -> None:
    """With those that there are."""
    with pytest.raises(BadRequest, match=sentence):
        Persona.parse(text, ["flights", "trains"])


def test_on_aws_people_are_who_they_are(serin: Serin) -> None:
    """The refusal says how to choose."""
    done = serin("status", "--as", "approver")
    assert done.exit_code == 2
    assert "--profile" in done.stderr
