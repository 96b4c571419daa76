"""How the demo writes a command down that it runs."""

import subprocess

from infra.demo.stage import typed


def test_a_short_command_is_one_line():
    """As one types it."""
    assert typed(["deploy", "flights@1"]) == "  $ serin deploy flights@1 --local"


def test_a_command_that_needs_no_cloud_is_not_pointed_at_one():
    """It would not take the option."""
    assert typed(["cost", "estimate"], cloud=False) == "  $ serin cost estimate"


def test_a_long_command_can_be_pasted():
    """Lines end with a backslash, and no option is parted from its value."""
    words = ["deploy", "flights@2", "--plan", "20,50,100@4s+min=200+deadline=90s", "--guardrail", "errors:3%"]
    words += ["--guardrail", "low_confidence:10%", "--wait"]
    lines = typed(words).splitlines()
    assert len(lines) == 2
    assert all(len(line) < 80 for line in lines)
    assert all(line.endswith(" \\") for line in lines[:-1])
    assert " ".join(line.removesuffix("\\").strip() for line in lines) == f"$ serin {' '.join(words)} --local"
    assert not any(line.removesuffix(" \\").endswith("--guardrail") for line in lines)


def test_a_question_in_sql_can_be_pasted():
    """A shell reads it as it was meant, though it is broken into lines and has quotes in it."""
    sql = "select version, avg(numbers['wind_speed']) as wind from flights where day > '2026' group by version"
    shown = typed(["query", "flights", sql])
    assert len(shown.splitlines()) > 1
    said = subprocess.run(
        ["sh", "-c", shown.strip().replace("$ serin", "printf '%s\\n'")], capture_output=True, text=True, check=True
    )
    assert [" ".join(line.split()) for line in said.stdout.splitlines()] == ["query", "flights", sql, "--local"]
