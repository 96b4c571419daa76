"""Which imports of moto can wait until somebody calls them? SSM's of EC2, and API Gateway's of a validator of OpenAPI
documents: half of what moto imports for a start, for calls that Serin does not make.

moto binds their names when it is imported. So a stand-in is there for that moment, and the real module ever after.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import ModuleType
from typing import Any

__all__ = ["put_off"]


class InvalidDocument(Exception):
    """What moto catches where it has a document validated, and tells the message of."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class _Ec2:
    def __getitem__(self, account: str) -> Any:
        return import_module("moto.ec2").ec2_backends[account]


def put_off() -> None:
    """Before anything imports these services of moto."""
    with _standing_in("moto.ec2", ec2_backends=_Ec2()):
        import_module("moto.ssm.models")
    with (
        _standing_in("openapi_spec_validator", validate=_validate),
        _standing_in("openapi_spec_validator.validation"),
        _standing_in("openapi_spec_validator.validation.exceptions", OpenAPIValidationError=InvalidDocument),
    ):
        import_module("moto.apigateway.models")


def _validate(document: Any) -> None:
    validator = import_module("openapi_spec_validator")
    error = import_module("openapi_spec_validator.validation.exceptions").OpenAPIValidationError
    try:
        validator.validate(document)
    except error as invalid:
        raise InvalidDocument(invalid.message) from invalid


@contextmanager
def _standing_in(name: str, **names: object) -> Iterator[None]:
    """Nothing where the module is imported already."""
    if name in sys.modules:
        yield
        return
    stand_in = ModuleType(name)
    vars(stand_in).update(names)
    sys.modules[name] = stand_in
    try:
        yield
    finally:
        del sys.modules[name]
