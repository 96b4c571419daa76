"""On which processors and Pythons may a function run? The settings' words for them, as CDK's; and what all of them want
in their environment."""

from aws_cdk import aws_lambda as lambda_

ARCHITECTURES = {"arm64": lambda_.Architecture.ARM_64, "x86_64": lambda_.Architecture.X86_64}
RUNTIMES = {
    "python3.12": lambda_.Runtime.PYTHON_3_12,
    "python3.13": lambda_.Runtime.PYTHON_3_13,
    "python3.14": lambda_.Runtime.PYTHON_3_14,
}
VARIABLES = {"OPENBLAS_NUM_THREADS": "1"}
"""numpy's BLAS starts a thread for each processor that it sees, which spins while it has nothing to do: in an init, on
the share of one processor that the memory buys."""
