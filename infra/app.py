"""`python -m infra.app`: from cdk.json to a cloud assembly, with or without the CDK's own command around it."""

import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from infra.jsii_node import use_packaged_node
from infra.read_settings import check_region, read_settings
from serin.errors import InvalidSettings, SerinError

use_packaged_node()

from aws_cdk import App, Validations  # noqa: E402 - jsii starts its Node here

from infra.stack import SerinStack  # noqa: E402 - imports aws_cdk

__all__ = ["build", "main", "synthesize"]

ROOT = Path(__file__).resolve().parents[1]
_BUNDLING = "aws:cdk:bundling-stacks"


def build(
    outdir: Path | str,
    context: Mapping[str, Any] | None = None,
    *,
    bundle: bool = False,
    salt: str = "",
    warn: bool = False,
    nag: bool = True,
) -> Path:
    """Synthesize into outdir; `context` goes over cdk.json's. Raises InvalidSettings, for a finding of cdk-nag too, and
    for budgets in a region, where the CDK's command names one, that has no prices.

    Without `bundle` the template is the same, and the functions' code is the source folder. `salt` changes the
    code's hash as a change of the code would. `warn` has the CDK compare the template with CloudFormation's schemas,
    too: it tells on stderr what it finds, and takes as long as all the rest. Without `nag` the template is the same,
    a second sooner, but nobody looked whether it should go to AWS.
    """
    merged = _cdk_json() | {_BUNDLING: ["**"] if bundle else []} | dict(context or {})
    app = App(context=merged, outdir=str(outdir), builtin_cloud_formation_validation=warn)
    settings = read_settings(app.node.try_get_context("serin"))
    if region := os.environ.get("CDK_DEFAULT_REGION"):
        check_region(settings, region)
    SerinStack(app, settings=settings, salt=salt)
    return synthesize(app) if nag else Path(app.synth().directory)


def synthesize(app: App) -> Path:
    """Write the assembly if cdk-nag's AwsSolutions finds nothing that nobody gave a reason for."""
    from cdk_nag import AwsSolutionsChecks  # noqa: PLC0415 - half a second that only this needs

    Validations.of(app).add_plugins(AwsSolutionsChecks(app))
    try:
        return Path(app.synth().directory)
    except RuntimeError as error:
        if "ValidationFailed" not in str(error):
            raise
        raise InvalidSettings(_findings(Path(app.outdir) / "validation-report.json")) from None


def _cdk_json() -> dict[str, Any]:
    """What the CDK's command would pass on from cdk.json; what it passes itself goes over it."""
    given: dict[str, Any] = json.loads((ROOT / "cdk.json").read_text())
    return {
        **given["context"],
        "aws:cdk:enable-asset-metadata": given["assetMetadata"],
        "aws:cdk:enable-path-metadata": given["pathMetadata"],
    }


def _findings(report: Path) -> str:
    """What cdk-nag found, one line each."""
    plugins = json.loads(report.read_text())["pluginReports"]
    return "\n".join(
        f"{violation['ruleName']} at {place['constructPath']}: {violation['description']}"
        for plugin in plugins
        for violation in plugin["violations"]
        for place in violation["violatingConstructs"]
    )


def main() -> int:
    """As the CDK's app, or alone: then `--bundle` says whether to build what would be uploaded."""
    outdir = os.environ.get("CDK_OUTDIR") or str(ROOT / "cdk.out")
    bundle = "--bundle" in sys.argv
    try:
        assembly = build(outdir, bundle=bundle, warn=True)
    except SerinError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    if "CDK_OUTDIR" not in os.environ:
        print(f"{assembly}: {'with' if bundle else 'without'} bundles", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
