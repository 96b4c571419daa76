"""A deployed function finds the same stage as the gateways do."""

from tests.unit.aws.conftest import aws

__all__ = ["aws"]
