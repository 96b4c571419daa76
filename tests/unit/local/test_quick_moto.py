"""Does moto answer as ever when its start is shortened?"""

import json
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from moto.core.serialize import BaseJSONSerializer, JSONSerializer
from moto.core.utils import get_service_model

from infra.local.quick_moto import _at_once
from infra.local.running import environment

_ROUTES = """
from werkzeug.routing import Map, Rule
rules = ("/things/<self>/<path:rest>", "/things/<int:number>", "//a/b")
def told():
    urls = Map([Rule(rule, endpoint=rule, defaults={"page": 1}) for rule in rules]).bind("h")
    given = ({"self": "a b", "rest": "c/d", "page": 1, "more": "e"}, {"number": 7, "page": 1}, {"page": 1})
    return [urls.build(rule, values) for rule, values in zip(rules, given)] + [urls.match("/things/7")[0]]
before = told()
from infra.local.quick_moto import quicken
quicken()
print(before == told(), before[0])
"""
_MODELS = """
import moto.core.utils
plain = moto.core.utils._load_service_model("sqs", "service-2")
from infra.local.quick_moto import quicken
quicken()
print(moto.core.utils.create_loader() is moto.core.utils.create_loader())
print(moto.core.utils._load_service_model("sqs", "service-2") == plain)
"""


def _said(code: str) -> list[str]:
    done = subprocess.run([sys.executable, "-c", code], env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_routes_build_the_urls_that_they_would_have_built() -> None:
    """Also where a value is named as a method's first argument is."""
    assert _said(_ROUTES) == ["True /things/a%20b/c/d?more=e"]


def test_moto_reads_its_models_with_one_loader() -> None:
    """And reads the same in them."""
    assert _said(_MODELS) == ["True", "True"]


_SCALAR = st.one_of(
    st.text(max_size=5).map(lambda text: {"S": text}),
    st.integers().map(lambda number: {"N": str(number)}),
    st.booleans().map(lambda flag: {"BOOL": flag}),
    st.just({"NULL": True}),
    st.lists(st.text(min_size=1, max_size=3), min_size=1, max_size=3, unique=True).map(lambda texts: {"SS": texts}),
    st.binary(min_size=1, max_size=5).map(lambda raw: {"B": raw}),
)
_ATTRIBUTE = st.recursive(
    _SCALAR,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(lambda held: {"L": held}),
        st.dictionaries(st.text(min_size=1, max_size=3), inner, max_size=3).map(lambda held: {"M": held}),
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.text(min_size=1, max_size=4).filter(lambda name: name != "k"), _ATTRIBUTE, max_size=4))
def test_an_item_is_answered_as_moto_would(item: dict[str, Any]) -> None:
    """Whatever is nested in it, bytes among it, in an answer with one item and with several."""
    item = {"k": {"S": "1"}, **item}
    for operation, answer in (("GetItem", {"Item": item}), ("Query", {"Items": [item, item], "Count": 2})):
        plain, quick = (_serialized(operation, answer, way) for way in (_SLOW, _at_once(_SLOW)))
        assert plain == quick


_SLOW = BaseJSONSerializer._serialize_type_structure


def _serialized(operation: str, answer: dict[str, Any], way: Callable[..., None]) -> Any:
    model = get_service_model("dynamodb")
    serializer = type("Serializer", (JSONSerializer,), {"_serialize_type_structure": way})
    return json.loads(serializer(model.operation_model(operation)).serialize(answer)["body"])
