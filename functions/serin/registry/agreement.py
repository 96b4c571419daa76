"""Does the manifest describe the tensors that the ONNX file really takes?"""

from serin.errors import InvalidModel
from serin.registry.manifest import Feature
from serin.serving.signature import Signature, TensorSpec

__all__ = ["check_agreement", "is_matrix"]

_FLOATS = frozenset({"FP16", "FP32", "FP64"})
_INTEGERS = frozenset(f"{sign}{bits}" for sign in ("INT", "UINT") for bits in (8, 16, 32, 64))
_TAKES = {
    "float": _FLOATS,
    "int": _INTEGERS | _FLOATS,
    "bool": frozenset({"BOOL"}) | _INTEGERS | _FLOATS,
    "string": frozenset({"BYTES"}),
}


def is_matrix(signature: Signature, features: tuple[Feature, ...]) -> bool:
    """One input whose column i is features[i], rather than one input per feature."""
    if len(signature.inputs) != 1 or len(signature.inputs[0].shape) != 2:
        return False
    return len(features) > 1 or signature.inputs[0].name != features[0].name


def check_agreement(features: tuple[Feature, ...], signature: Signature) -> None:
    """Raise InvalidModel where names, counts or types differ."""
    if is_matrix(signature, features):
        _check_matrix(features, signature.inputs[0])
        return
    inputs = {spec.name: spec for spec in signature.inputs}
    names = {feature.name for feature in features}
    missing, unknown = sorted(inputs.keys() - names), sorted(names - inputs.keys())
    if missing or unknown:
        raise InvalidModel(
            "model.toml's features are not the inputs of model.onnx: "
            f"{_list('no feature for the inputs', missing)}{_list('no input for the features', unknown)}"
            "use one feature per input, with the same name."
        )
    for feature in features:
        _check_type(feature, inputs[feature.name])


def _check_matrix(features: tuple[Feature, ...], spec: TensorSpec) -> None:
    columns = spec.shape[1]
    if columns not in (-1, len(features)):
        raise InvalidModel(
            f"model.toml has {len(features)} features, but the input {spec.name!r} of model.onnx has "
            f"{columns} columns: list one feature per column, in their order."
        )
    for feature in features:
        _check_type(feature, spec)


def _check_type(feature: Feature, spec: TensorSpec) -> None:
    if spec.datatype not in _TAKES[feature.type]:
        raise InvalidModel(
            f"model.toml says that the feature {feature.name!r} is {feature.type}, but the input {spec.name!r} of "
            f"model.onnx is {spec.datatype}: correct the type, or export the model with another input type."
        )
    if feature.nullable and spec.datatype not in _FLOATS:
        raise InvalidModel(f"The feature {feature.name!r} is nullable, but {spec.datatype} has no NaN: drop nullable.")


def _list(what: str, names: list[str]) -> str:
    return f"{what} {', '.join(names)}; " if names else ""
