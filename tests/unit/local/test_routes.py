"""Which method of the API answers a path?"""

import doctest

import pytest

from infra.local.gateway import throttle
from infra.local.gateway.model import Method, RestApi
from infra.local.gateway.refusal import refuse


@pytest.fixture
def api():
    api = RestApi("id", stage="dev")
    for resource in ("/v2", "/v2/models/{model}", "/v2/models/flights", "/v2/{proxy+}"):
        api.add(Method(resource, resource, "GET", True, "f", None))
    return api


@pytest.mark.parametrize(
    ("path", "resource", "parameters"),
    [
        ("/v2", "/v2", None),
        ("/v2/", "/v2", None),
        ("/v2/models/flights", "/v2/models/flights", None),
        ("/v2/models/other", "/v2/models/{model}", {"model": "other"}),
        ("/v2/a/b", "/v2/{proxy+}", {"proxy": "a/b"}),
    ],
)
def test_the_most_literal_resource_wins(api, path, resource, parameters):
    """Literal, then parameter, then greedy."""
    route = api.route("GET", path)
    assert (route.method.resource, route.path_parameters) == (resource, parameters)


@pytest.mark.parametrize(("verb", "path"), [("POST", "/v2"), ("GET", "/"), ("GET", "/v3")])
def test_nothing_else_is_routed(api, verb, path):
    """No method, no resource."""
    assert api.route(verb, path) is None


def test_a_refusal_escapes_what_the_client_sent():
    """The body stays JSON, whatever the validation error quotes."""
    template = {"ResponseTemplates": {"application/json": '{"error":"$context.error.validationErrorString"}'}}
    answer = refuse({"BAD_REQUEST_BODY": template}, "BAD_REQUEST_BODY", "1", detail='"} , {"')
    assert answer.body == b'{"error":"\\"} , {\\""}'


def test_throttle_examples():
    """The doctests of the module, run where pytest looks."""
    assert doctest.testmod(throttle).failed == 0
