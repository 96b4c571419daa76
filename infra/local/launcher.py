"""First thing that runs in a sandbox: die with the local cloud, keep to the memory limit, become Lambda's runtime."""

import importlib.util
import os
import resource
import runpy
import signal
import sys


def die_with(parent: int) -> None:
    """Linux only; elsewhere a kill -9 of the local cloud leaves the sandbox to find its Runtime API gone."""
    if sys.platform == "linux":
        import ctypes  # noqa: PLC0415 - not needed elsewhere

        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    if os.getppid() != parent:  # it died before the call above
        os.kill(os.getpid(), signal.SIGKILL)


def limit_memory(megabytes: int) -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":
        resource.setrlimit(resource.RLIMIT_DATA, (megabytes << 20, megabytes << 20))


def lend_client() -> None:
    """awslambdaric finds our `runtime_client`. From Python 3.12 on it polls on a new thread for each event, so that the
    main thread can hear signals, which it can't while the C extension waits; while ours waits it can."""
    place = os.path.join(os.path.dirname(__file__), "runtime_client.py")
    spec = importlib.util.spec_from_file_location("runtime_client", place)
    assert spec
    assert spec.loader
    module = sys.modules["runtime_client"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    from awslambdaric.lambda_config import LambdaConfigProvider  # noqa: PLC0415 - only what is above may be there

    LambdaConfigProvider.SUPPORTED_THREADPOLLING_ENVS = frozenset()


if __name__ == "__main__":
    die_with(int(sys.argv[1]))
    limit_memory(int(os.environ["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]))
    lend_client()
    sys.argv = ["awslambdaric", sys.argv[2]]
    runpy.run_module("awslambdaric", run_name="__main__", alter_sys=True)
