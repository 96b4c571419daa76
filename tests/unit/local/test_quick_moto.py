"""Does moto answer as ever when its start is shortened?"""

import subprocess
import sys

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
