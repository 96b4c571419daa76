"""Which columns of a table does the local cloud know? By their types in Hive; infra/local/parquet.py writes them."""

import re

from serin.errors import InvalidSettings

__all__ = ["ARRAY", "MAP", "SIMPLE", "check_column"]

SIMPLE = ("timestamp", "string", "double", "float", "int", "bigint", "boolean")
MAP, ARRAY = re.compile(r"map<(\w+),(.+)>"), re.compile(r"array<(.+)>")


def check_column(hive: str) -> None:
    """Raises InvalidSettings for a type that is not known here."""
    if found := MAP.fullmatch(hive):
        check_column(found[1])
        check_column(found[2])
    elif found := ARRAY.fullmatch(hive):
        check_column(found[1])
    elif hive not in SIMPLE:
        raise InvalidSettings(f"the local cloud knows no column of type {hive}: there are {', '.join(SIMPLE)}")
