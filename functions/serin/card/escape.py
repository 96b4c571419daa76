"""How does a text stay a text in Markdown, whoever wrote it and whatever it holds?"""

import re

__all__ = ["escaped", "paragraphs"]

_SPECIAL = re.compile(r"[\\`*\[\]<>&|~$]|(?<![^\W_])_|_(?![^\W_])")
_START = re.compile(r"[-+](?=\s|$)|[-=][-=\s]*$|#+(?=\s|$)|\d+(?=[.)](?:\s|$))")
_BLANK = re.compile(r"\n[^\S\n]*\n")


def escaped(text: object) -> str:
    """On one line, as it must be in a table. What can't be seen, such as a mark that turns the direction of writing,
    becomes a space.

    >>> escaped("a_b <b>*x*</b> | 1")
    'a_b \\\\<b\\\\>\\\\*x\\\\*\\\\</b\\\\> \\\\| 1'
    """
    line = " ".join("".join(one if one.isprintable() else " " for one in str(text)).split())
    line = _SPECIAL.sub(lambda found: f"\\{found[0]}", line)
    begins = _START.match(line)
    return _at_start(begins) + line[begins.end() :] if begins else line


def _at_start(found: re.Match[str]) -> str:
    """A list, a heading, a rule begin so."""
    return f"{found[0]}\\" if found[0].isdigit() else f"\\{found[0]}"


def paragraphs(text: str) -> str:
    """With its own paragraphs."""
    return "\n\n".join(filter(None, map(escaped, _BLANK.split(text))))
