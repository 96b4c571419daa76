"""Of which kind are all settings? What is not known is refused, and nothing changes afterwards."""

from pydantic import BaseModel, ConfigDict

__all__ = ["Strict"]


class Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
