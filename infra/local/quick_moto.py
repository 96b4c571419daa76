"""What does moto do at its start that once, or later, is soon enough? Half of the time that its answers to a template's
first calls take.

Each of these names is bound when it is imported. So this comes before the services of moto are.
"""

from collections.abc import Callable
from functools import cache
from typing import Any

import moto.core.utils
from werkzeug.routing import Rule

__all__ = ["quicken"]


def quicken() -> None:
    """One reader of AWS's API descriptions, which would list all of them anew for each service; and of each route the
    code that builds its URLs, which only a redirect asks for, compiled when it does."""
    moto.core.utils.create_loader = cache(moto.core.utils.create_loader)
    compile_now = Rule._compile_builder

    def compile_later(rule: Rule, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:
        def build(self: Rule, /, **values: Any) -> tuple[str, str]:
            return compile_now(rule, append_unknown).__get__(self, None)(**values)

        return build

    Rule._compile_builder = compile_later  # type: ignore[method-assign]
