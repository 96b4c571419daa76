"""As whom does a command run on the local cloud? `--as approver:ann` is a session of the role flights-approver."""

import getpass
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from serin.errors import BadRequest
from serin.registry.owners import ROLES, role_name

__all__ = ["Persona"]

_NAME = re.compile(r"[\w+=,.@-]{2,64}", re.ASCII)


@dataclass(frozen=True)
class Persona:
    """`role` as it is named in IAM, `name` as the audit trail will have it."""

    role: str
    name: str

    @classmethod
    def parse(cls, text: str, models: Sequence[str]) -> Self:
        """ROLE[:NAME], where ROLE is one of the roles that the local cloud made, or its last word in a stage with one
        model. NAME is the user of this machine where it is not given. Raises BadRequest."""
        role, _, name = text.partition(":")
        known = [role_name(model, one) for model in models for one in ROLES]
        if role in ROLES and len(models) == 1:
            role = role_name(models[0], role)
        if role not in known:
            raise BadRequest(f"There is no role {role!r} to run as: there are {', '.join(known)}.")
        name = name or getpass.getuser()
        if not _NAME.fullmatch(name):
            raise BadRequest(f"{name!r} can't name a session: 2 to 64 letters, digits, or any of _+=,.@-.")
        return cls(role, name)
