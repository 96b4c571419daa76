"""How does CDK get the bundle? As an asset whose hash follows the sources and the lock, built only when asked for."""

from pathlib import Path

import jsii
from aws_cdk import AssetHashType, BundlingOptions, DockerImage, IgnoreMode, ILocalBundling, Stack
from aws_cdk import aws_lambda as lambda_

from infra.bundling import FUNCTIONS, Bundle


@jsii.implements(ILocalBundling)
class _Local:
    """The bundle is made before CDK asks, where an error is still a sentence; CDK then gets a copy."""

    def __init__(self, bundle: Bundle) -> None:
        self._bundle = bundle

    def try_bundle(self, output_dir: str, *_: object, **__: object) -> bool:
        self._bundle.build(Path(output_dir))
        return True


def code(stack: Stack, bundle: Bundle) -> lambda_.Code:
    """The function's code; raises InvalidSettings when it has to be bundled and can't be."""
    if stack.bundling_required:
        bundle.dependencies()
    return lambda_.Code.from_asset(
        str(FUNCTIONS),
        asset_hash_type=AssetHashType.SOURCE,
        exclude=["**/__pycache__", "**/*.pyc", "**/*.egg-info"],
        ignore_mode=IgnoreMode.GLOB,
        bundling=BundlingOptions(
            image=DockerImage.from_registry("none"),  # never pulled: the local bundling always succeeds or raises
            local=_Local(bundle),
            environment=bundle.key,
        ),
    )
