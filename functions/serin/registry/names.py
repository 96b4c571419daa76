"""How a model and one of its versions are named: `churn`, `churn@3`."""

import re
from dataclasses import dataclass

from serin.errors import BadRequest

__all__ = ["ModelRef", "check_name"]

_NAME = re.compile(r"(?=.{1,63}$)[a-z]([a-z0-9-]*[a-z0-9])?")
_NUMBER = re.compile(r"[1-9][0-9]{0,5}")


def check_name(name: str) -> str:
    """Return the name, or raise BadRequest when it can't be the name of a model."""
    if not _NAME.fullmatch(name):
        raise BadRequest(
            f"{name!r} is not a model name: use up to 63 lower-case letters, digits and '-' in between, a letter first."
        )
    return name


@dataclass(frozen=True)
class ModelRef:
    """A model, and a version of it unless `version` is None.

    >>> ModelRef.parse("churn@3")
    ModelRef(model='churn', version=3)
    """

    model: str
    version: int | None = None

    def __str__(self) -> str:
        return self.model if self.version is None else f"{self.model}@{self.version}"

    @classmethod
    def parse(cls, text: str) -> "ModelRef":
        """Read MODEL or MODEL@N; raise BadRequest when it is neither."""
        name, at, number = text.partition("@")
        check_name(name)
        if not at:
            return cls(name)
        if not _NUMBER.fullmatch(number):
            raise BadRequest(
                f"{text!r}: after '@' comes a version number from 1 to 999999, as in {name}@3, not {number!r}."
            )
        return cls(name, int(number))

    @classmethod
    def parse_version(cls, text: str) -> tuple[str, int]:
        """Read MODEL@N; raise BadRequest when the version is missing."""
        ref = cls.parse(text)
        if ref.version is None:
            raise BadRequest(f"{text!r} names no version: write MODEL@N, for example {text}@1.")
        return ref.model, ref.version
