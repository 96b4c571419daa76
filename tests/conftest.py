"""What every test runs under: no deadlines, and what libraries make anew each time is made once a process."""

import functools
import gc

import botocore.session
import typer.testing
from hypothesis import settings

# How long an example takes says more of the machine's other work than of the code.
settings.register_profile("suite", deadline=None)
settings.load_profile("suite")

# Each boto3 session parses AWS's API anew, and `mock_aws` ends boto3's default one; CliRunner builds all commands.
botocore.session.create_loader = functools.cache(botocore.session.create_loader)
typer.testing._get_command = functools.cache(typer.testing._get_command)

# moto and boto3 make very much that stays: a quarter of the time would go to looking for garbage among it.
gc.set_threshold(50_000, 20, 100)
