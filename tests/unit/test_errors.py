"""Is the tree of errors that its docstring draws the tree that the classes form?"""

import inspect
import re

from serin import errors


def _drawn() -> list[tuple[int, str]]:
    _, *lines = inspect.cleandoc(errors.__doc__ or "").splitlines()
    found = [match for line in lines if (match := re.match(r"([│ ├└─]*)([A-Z]\w+)", line))]
    margin = min((len(match[1]) for match in found), default=0)
    return [((len(match[1]) - margin) // 4, match[2]) for match in found]


def _real(kind: type[errors.SerinError], depth: int = 0) -> list[tuple[int, str]]:
    below = [line for child in kind.__subclasses__() for line in _real(child, depth + 1)]
    return [(depth, kind.__name__), *below]


def test_the_docstring_draws_every_error_where_it_belongs() -> None:
    """No class is missing, none is drawn under another parent."""
    assert sorted(_drawn()) == sorted(_real(errors.SerinError))


def test_every_error_is_exported_with_a_status_and_an_exit_code() -> None:
    """Exit codes 1 to 125 are free for a program to use; statuses are HTTP errors."""
    names = {name for _, name in _real(errors.SerinError)}
    assert names == set(errors.__all__)
    for name in names:
        kind = getattr(errors, name)
        assert 400 <= kind.status < 600
        assert 1 <= kind.exit_code < 126
