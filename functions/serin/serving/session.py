"""One ONNX model, ready to run: built from bytes for the CPU that the function's memory buys."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from serin.errors import InvalidInput, InvalidModel
from serin.serving.signature import Session, Signature, of_session
from serin.serving.tensors import Array

__all__ = ["Model", "load"]

_KERNEL_ERRORS = frozenset({"InvalidArgument", "Fail", "RuntimeException"})
_REFUSED = "the model can't run on these values: they fit its signature, but not its graph"


class Model(NamedTuple):
    """`run_checked` is `session.run` for names and feeds that are known to fit: the codec has checked them."""

    session: Session
    signature: Signature
    run_checked: Callable[..., Sequence[Array]]

    def run(self, names: Sequence[str], feeds: Mapping[str, Array]) -> Sequence[Array]:
        """Raises InvalidInput, with its cause, when a kernel refuses the values. Out of memory is our error."""
        try:
            return self.run_checked(names, feeds, None)
        except Exception as error:
            if type(error).__name__ in _KERNEL_ERRORS and "alloc" not in str(error).lower():
                raise InvalidInput(_REFUSED) from error
            raise


def load(artifact: bytes, threads: int = 1) -> Model:
    """Raises InvalidModel when ONNX Runtime can't load it or the protocol can't carry its tensors."""
    import onnxruntime  # noqa: PLC0415 - 80 ms that a bootstrap release need not pay

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # Spinning threads burn the CPU share that the one request in flight needs.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    # What a kernel refuses is the caller's doing and is told once, by the service.
    options.log_severity_level = 4
    try:
        session = onnxruntime.InferenceSession(artifact, options, providers=["CPUExecutionProvider"])
    except Exception as error:
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise InvalidModel(f"ONNX Runtime can't load the model: {reason}"[:500]) from error
    return Model(session, of_session(session), _without_checks(session))


def _without_checks(session: Any) -> Callable[..., Sequence[Array]]:
    """What InferenceSession.run calls after checks of its own: a sixth of a small model's time. It is no public name,
    so another release of ONNX Runtime may lack it."""
    core = getattr(session, "_sess", None)
    run: Callable[..., Sequence[Array]] = getattr(core, "run", session.run)
    return run
