"""`python -m tests.benchmarks [NAME …]`: all benchmarks, or those that are named, with their tables."""

from tests.benchmarks import drift, gateway, hotpath, sequential, watching
from tests.benchmarks.report import parser, run

BENCHMARKS = {
    "hotpath": hotpath.tables,
    "gateway": gateway.tables,
    "sequential": sequential.tables,
    "watching": watching.tables,
    "drift-speed": drift.speed,
    "drift-faults": drift.faults,
    "drift-weeks": drift.weeks,
    "drift-quiet": drift.quiet,
}


def main() -> None:
    command = parser(__doc__)
    command.add_argument("names", nargs="*", metavar="NAME", help=f"which ones: {', '.join(BENCHMARKS)}; default: all")
    command.add_argument("--list", action="store_true", help="say what there is, and run nothing")
    given = command.parse_args()
    if unknown := set(given.names) - BENCHMARKS.keys():
        command.error(f"there is no benchmark {sorted(unknown)[0]!r}: there are {', '.join(BENCHMARKS)}")
    if given.list:
        print("\n".join(BENCHMARKS))
        return
    run({name: BENCHMARKS[name] for name in BENCHMARKS if name in given.names or not given.names}, given.json)


if __name__ == "__main__":
    main()
