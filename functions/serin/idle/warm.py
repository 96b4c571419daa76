"""What is kept ready of a function, whether anybody asks or not?"""

from dataclasses import dataclass
from datetime import datetime

__all__ = ["Warm"]


@dataclass(frozen=True)
class Warm:
    """Provisioned concurrency: so many sandboxes for a version or an alias, set at that time."""

    qualifier: str
    count: int
    at: datetime
