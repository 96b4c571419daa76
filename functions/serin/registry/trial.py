"""Does the model load where it will be served, and answer its golden examples as expected?"""

from typing import Any

import orjson

from serin.errors import InvalidInput, InvalidModel
from serin.registry.agreement import check_agreement
from serin.registry.manifest import Manifest
from serin.registry.onnx_file import check_self_contained
from serin.serving import golden, session
from serin.serving.limits import Limits
from serin.serving.service import Service
from serin.serving.signature import Signature

__all__ = ["json_object", "try_model"]


def try_model(artifact: bytes, manifest: Manifest, examples: dict[str, Any]) -> Signature:
    """Load and run it as the inference function does; raise InvalidModel where something differs."""
    check_self_contained(artifact)
    model = session.load(artifact)
    check_agreement(manifest.features, model.signature)
    stored = golden.Golden.from_dict(examples)
    if not stored.examples:
        raise InvalidModel("golden.json has no examples: store at least one input with its expected output.")
    if stored.takes_zeros:
        raise InvalidModel(
            f"golden.json has a tolerance (rtol {stored.rtol:g}, atol {stored.atol:g}) within which zeros would pass "
            "for every expected number, so that the examples show nothing: make it smaller."
        )
    limits = Limits.from_manifest({**manifest.document, "signature": model.signature.to_dict()})
    service = Service.from_model(model, limits, name=manifest.name or "candidate")
    try:
        wrong = golden.failures(stored, service.predict)
    except InvalidInput as error:
        raise InvalidModel(f"golden.json holds an example that the model refuses: {error}. Correct it.") from error
    if wrong:
        raise InvalidModel(
            f"golden.json does not match what model.onnx answers: {'; '.join(wrong[:3])}. "
            "Correct the expected outputs, or export the model again."
        )
    return model.signature


def json_object(name: str, data: bytes) -> dict[str, Any]:
    """Read a JSON document; raise InvalidModel when it is none."""
    try:
        document = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise InvalidModel(f"{name} is not JSON: {error}. Correct that place.") from error
    if not isinstance(document, dict):
        raise InvalidModel(f"{name} must hold one JSON object, not {type(document).__name__}.")
    return document
