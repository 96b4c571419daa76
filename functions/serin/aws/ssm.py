"""Which endpoints does a stage have? One parameter each, written by the stack."""

from collections.abc import Iterator
from typing import Any

from serin.aws.failures import call
from serin.errors import NotFound
from serin.registry.endpoints import Endpoint, parameter_name, parameter_path

__all__ = ["Directory"]


class Directory:
    """The endpoints of one stage."""

    def __init__(self, client: Any, stage: str) -> None:
        self._client, self._stage = client, stage

    def get(self, model: str) -> Endpoint:
        """Raise NotFound, with the models that there are."""
        name = parameter_name(self._stage, model)
        try:
            value = call(self._client.get_parameter, Name=name)["Parameter"]["Value"]
        except NotFound as error:
            known = ", ".join(endpoint.model for endpoint in self.all()) or "none"
            raise NotFound(
                f"There is no endpoint for {model!r} in stage {self._stage!r} (there is: {known}): "
                "add it to cdk.json and deploy the stack."
            ) from error
        return Endpoint.from_json(value, name)

    def all(self) -> tuple[Endpoint, ...]:
        """Sorted by model."""
        parameters = sorted(self._parameters(), key=lambda parameter: str(parameter["Name"]))
        return tuple(Endpoint.from_json(parameter["Value"], parameter["Name"]) for parameter in parameters)

    def _parameters(self) -> Iterator[dict[str, Any]]:
        arguments = {"Path": parameter_path(self._stage)}
        while True:
            page = call(self._client.get_parameters_by_path, **arguments)
            yield from page["Parameters"]
            if not page.get("NextToken"):
                return
            arguments["NextToken"] = page["NextToken"]
