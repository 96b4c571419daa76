"""From an ONNX model whose weights lie in files beside it to one that is complete in itself."""

from functools import cache
from pathlib import Path
from typing import Any

import onnx

from serin.errors import InvalidModel
from serin.registry.folder import read_file
from serin.registry.onnx_file import parsed, tensors

__all__ = ["embedded"]


def embedded(artifact: bytes, folder: Path, limit: int) -> bytes:
    """The same model with every tensor inside; the same bytes where that is so already.

    Only plain files in the folder itself are read, no links. Raises InvalidModel for any other place, for a piece that
    its file does not have, and for a model that gets larger than the limit.
    """
    model = parsed(artifact)
    external = [one for one in tensors(model) if one.data_location == onnx.TensorProto.EXTERNAL or one.external_data]
    if not external:
        return artifact

    @cache
    def content(name: str) -> bytes:
        path = folder / name
        if name in ("", ".", "..") or "/" in name or "\\" in name or not path.is_file() or path.is_symlink():
            raise InvalidModel(f"model.onnx keeps weights in {name!r}, which is no file in its folder: embed them.")
        return read_file(path, limit)

    left = limit - len(artifact)
    for tensor in external:
        piece = _piece(tensor, content)
        left -= len(piece)
        if left < 0:
            raise InvalidModel(f"model.onnx with its weights is over the limit of {limit:,} bytes: make it smaller.")
        tensor.raw_data = piece
        tensor.data_location = onnx.TensorProto.DEFAULT
        del tensor.external_data[:]
    return bytes(model.SerializeToString())


def _piece(tensor: Any, content: Any) -> bytes:
    where = {entry.key: entry.value for entry in tensor.external_data}
    data: bytes = content(where.get("location", ""))
    try:
        offset = int(where.get("offset", 0))
        length = int(where.get("length", len(data) - offset))
    except ValueError:
        offset = length = -1
    if offset < 0 or length < 0 or offset + length > len(data):
        raise InvalidModel(f"model.onnx keeps the tensor {tensor.name!r} beyond the end of its file: log it again.")
    return data[offset : offset + length]
