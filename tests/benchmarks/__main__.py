"""How fast is it, beside floors that are measured in the same run? And studies: how often is it wrong?

    python -m tests.benchmarks [NAME …] [--quick] [--json FILE] [--against OLD.json]

Without a name all that tell of speed; `studies` stands for all others. It ends with one table of all figures.
Exit code 1: with --against, a ratio is surely worse than it was.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.benchmarks.against import Change, NotComparable, compare, read
from tests.benchmarks.catalog import ALL, GROUPS, chosen
from tests.benchmarks.report import parser, run

_TOLERANCE = 15.0
_TOLERATED = f"how much runs of the same code differ on this machine, which no interval of one run knows: {_TOLERANCE}"


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit code. What can't be compared is said before anything is measured."""
    command = _command()
    given = command.parse_args(arguments)
    if unknown := sorted(set(given.names) - {*ALL, *GROUPS}):
        command.error(f"there is no benchmark {unknown[0]!r}: there are {', '.join([*GROUPS, *ALL])}")
    if given.list:
        return _list()
    if given.json and not given.json.absolute().parent.is_dir():
        command.error(f"{given.json} can't be written: there is no such folder")
    entries = chosen(given.names or ["speed"])
    try:
        old = read(given.against, entries) if given.against else None
    except NotComparable as error:
        command.error(str(error))
    benchmarks = {name: entry.benchmark(quick=given.quick) for name, entry in entries.items()}
    report = run(benchmarks, given.json, [*(given.names or ["speed"]), *(["--quick"] if given.quick else [])])
    if old is None:
        return 0
    comparison = compare(old, report.lines, 1 + given.tolerance / 100)
    comparison.tell(given.against)
    return 1 if comparison.those(Change.WORSE) else 0


def _command() -> argparse.ArgumentParser:
    made = parser(__doc__)
    made.prog = "python -m tests.benchmarks"
    made.add_argument("names", nargs="*", metavar="NAME", help=f"any of {', '.join([*GROUPS, *ALL])}; default: speed")
    made.add_argument("--quick", action="store_true", help="fewer rounds: sooner, with wider intervals")
    made.add_argument("--against", type=Path, metavar="OLD.json", help="compare with what --json wrote before")
    made.add_argument("--tolerance", type=float, default=_TOLERANCE, metavar="PERCENT", help=_TOLERATED)
    made.add_argument("--list", action="store_true", help="say what there is, and run nothing")
    return made


def _list() -> int:
    for group, entries in GROUPS.items():
        print(f"{group}: about {sum(entry.seconds for entry in entries.values()) / 60:.0f} min")
        for name, entry in entries.items():
            print(f"  {name:<13} {entry.about}; about {entry.seconds} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
