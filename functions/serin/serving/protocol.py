"""Which paths does a release answer, and what does it say of itself there: everything of the Open Inference
Protocol that does not need the model to run."""

from collections.abc import Mapping
from typing import Any

from serin.errors import NotFound, NotReady, SerinError
from serin.serving.signature import Signature

__all__ = ["SERVER_VERSION", "infer_event", "infer_paths", "normal_path", "pages", "refusal"]

SERVER_VERSION = "0.1.0"


def pages(model: str, version: str | None, signature: Signature | None) -> dict[str, dict[str, Any]]:
    """Every GET that this release answers with 200; they never change while it lives."""
    server = {"name": "serin", "version": SERVER_VERSION, "extensions": ["binary_tensor_data"]}
    found: dict[str, dict[str, Any]] = {"/v2": server, "/v2/health/live": {"live": True}}
    if version is None or signature is None:
        return found
    metadata = {"name": model, "versions": [version], "platform": "onnxruntime_onnx", **signature.to_dict()}
    found["/v2/health/ready"] = {"ready": True}
    for path in _model_paths(model, version):
        found[path] = metadata
        found[f"{path}/ready"] = {"name": model, "ready": True}
    return found


def infer_paths(model: str, version: str | None) -> frozenset[str]:
    return frozenset(f"{path}/infer" for path in _model_paths(model, version))


def normal_path(path: str) -> str:
    """Without what a custom domain's base path puts before /v2, percent-encoding and a slash at the end."""
    from urllib.parse import unquote  # noqa: PLC0415 - 5 ms of an init, for paths that few send

    parts = [part for part in unquote(path).split("/") if part]
    return "/" + "/".join(parts[parts.index("v2") :] if "v2" in parts else parts)


def refusal(method: str, path: str, model: str, version: str | None) -> SerinError:
    """Why nothing answers there; it names no model but the one asked for."""
    match path.split("/")[1:]:
        case ["v2", "models", asked, *_] if asked != model:
            return NotFound(f"there is no model '{asked[:100]}' here")
        case ["v2", "models", _, *_] | ["v2", "health", "ready"] if version is None:
            return NotReady(f"'{model}' has no release yet: run `serin deploy {model}@N`")
        case ["v2", "models", _, "versions", asked, *_] if asked != version:
            return NotFound(f"this release of '{model}' serves version {version}, not '{asked[:100]}'")
    return NotFound(f"nothing answers {method[:10]} {path[:200]}")


def infer_event(model: str, body: str) -> dict[str, Any]:
    """The least event that infers, for calling a release directly (the smoke check of a deploy)."""
    headers: Mapping[str, str] = {"Content-Type": "application/json"}
    path = f"/v2/models/{model}/infer"
    return {"httpMethod": "POST", "path": path, "headers": headers, "body": body, "isBase64Encoded": False}


def _model_paths(model: str, version: str | None) -> tuple[str, ...]:
    path = f"/v2/models/{model}"
    return (path,) if version is None else (path, f"{path}/versions/{version}")
