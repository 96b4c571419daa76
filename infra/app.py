"""`python -m infra.app`: from cdk.json to a cloud assembly, with or without the CDK's own command around it."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.jsii_node import use_packaged_node
from serin.errors import SerinError

use_packaged_node()

from aws_cdk import App, Validations  # noqa: E402  (jsii starts its Node here)
from cdk_nag import AwsSolutionsChecks  # noqa: E402

from infra.settings import Settings  # noqa: E402
from infra.stack import SerinStack  # noqa: E402

__all__ = ["build", "main"]

ROOT = Path(__file__).resolve().parents[1]
_BUNDLING = "aws:cdk:bundling-stacks"


def build(
    outdir: Path | str, context: Mapping[str, Any] | None = None, *, bundle: bool = False, salt: str = ""
) -> Path:
    """Synthesize into outdir; `context` goes over cdk.json's. Raises InvalidSettings, also for a finding of cdk-nag."""
    merged = _cdk_json() | {_BUNDLING: ["**"] if bundle else []} | dict(context or {})
    app = App(context=merged, outdir=str(outdir))
    SerinStack(app, settings=Settings.parse(app.node.try_get_context("serin")), salt=salt)
    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    return Path(app.synth().directory)


def _cdk_json() -> dict[str, Any]:
    return json.loads((ROOT / "cdk.json").read_text())["context"]


def main() -> int:
    outdir = os.environ.get("CDK_OUTDIR") or str(ROOT / "cdk.out")
    try:
        assembly = build(outdir, bundle="--bundle" in sys.argv)
    except SerinError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    print(assembly, file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
