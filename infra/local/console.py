"""What does the developer have to see at once? Lines on standard error, beside the log files."""

import sys

__all__ = ["say"]


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)
