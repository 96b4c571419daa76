"""How fast is it, against floors that are measured in the same run? And studies: how often is it wrong?

    python -m tests.benchmarks [NAME …] [--quick] [--json FILE] [--against OLD.json]

Without a name all that tell of speed; `studies` stands for the others. It ends with one table of all figures.
"""

from tests.benchmarks.catalog import SPEED, STUDIES, Entry
from tests.benchmarks.report import parser, run

_GROUPS = {"speed": SPEED, "studies": STUDIES}
_ALL = {**SPEED, **STUDIES}


def main() -> None:
    command = parser(__doc__)
    command.add_argument("names", nargs="*", metavar="NAME", help=f"one of {', '.join([*_ALL, *_GROUPS])}")
    command.add_argument("--quick", action="store_true", help="fewer rounds: wider intervals, sooner")
    command.add_argument("--list", action="store_true", help="say what there is, and run nothing")
    given = command.parse_args()
    if unknown := set(given.names) - {*_ALL, *_GROUPS}:
        command.error(f"there is no benchmark {sorted(unknown)[0]!r}: there are {', '.join([*_ALL, *_GROUPS])}")
    if given.list:
        _list()
        return
    chosen = _chosen(given.names or ["speed"])
    run({name: entry.benchmark(given.quick) for name, entry in chosen.items()}, given.json, quick=given.quick)


def _chosen(names: list[str]) -> dict[str, Entry]:
    """In the order of the catalog, whichever way they are named."""
    wanted = {one for name in names for one in _GROUPS.get(name, {name: None})}
    return {name: entry for name, entry in _ALL.items() if name in wanted}


def _list() -> None:
    for group, entries in _GROUPS.items():
        print(f"{group}:")
        for name, entry in entries.items():
            print(f"  {name:<14} {entry.about}; about {entry.seconds} s")


if __name__ == "__main__":
    main()
