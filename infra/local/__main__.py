"""`python -m infra.local`: run the local cloud in the foreground until Ctrl-C or SIGTERM."""

import argparse
import asyncio
import gc
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import uvloop

from infra.local.put_off import put_off
from infra.local.quick_moto import quicken
from serin.aws.descriptions import share

if __name__ == "__main__":
    gc.disable()  # until it is up: what a start makes stays, and a third of its time would go to searching it
share()
quicken()
put_off()

from infra.local.cloud import LocalCloud, Options  # noqa: E402 - imports moto, which binds names for good
from infra.local.running import Running, default_home  # noqa: E402
from serin.errors import SerinError  # noqa: E402

__all__ = ["main", "serve"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Returns the exit code; a domain error becomes one line and its own code."""
    try:
        uvloop.run(serve(_options(arguments)))
    except SerinError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return 130
    return 0


def _options(arguments: Sequence[str] | None) -> Options:
    parser = argparse.ArgumentParser(prog="python -m infra.local", description=__doc__)
    parser.add_argument("--assembly", type=Path, required=True, help="cdk.out, as synthesized")
    parser.add_argument("--home", type=Path, default=default_home(), help="where code, logs and local.json go")
    parser.add_argument("--aws-port", type=int, default=0)
    parser.add_argument("--gateway-port", type=int, default=0)
    parser.add_argument("--bundled", action="store_true", help="sandboxes see their bundle and Lambda's runtime only")
    parser.add_argument("--max-sandboxes", type=int, help="per version; default: two per core")
    parser.add_argument("--idle-seconds", type=float, default=300.0, help="a sandbox idle for longer ends")
    parser.add_argument("--state", type=Path, help="keep the AWS state in this file, and replay it at the start")
    parser.add_argument("--tick", type=float, default=60.0, help="seconds that a schedule's minute lasts")
    return Options(**vars(parser.parse_args(arguments)))


async def serve(options: Options) -> None:
    """Prints how to call it, then waits for SIGINT or SIGTERM. Raises Conflict when one is already running."""
    sys.setswitchinterval(0.001)  # a request is not to wait 5 ms for moto's thread
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    async with LocalCloud(options) as cloud:
        assert cloud.running
        print(banner(cloud.running, options, cloud.replayed), flush=True)
        print("ready", flush=True)
        gc.freeze()  # moto's models stay: no collection has to look at them again
        gc.enable()
        await stop.wait()


def banner(running: Running, options: Options, replayed: tuple[int, int]) -> str:
    key = next(iter(running.keys.values()), "")
    kept = f"kept in {options.state} ({replayed[0]} changes replayed)" if options.state else "lost at exit: see --state"
    lines = [
        f"Serin's local cloud, stage {running.stage}",
        f"  API    {running.api_url}",
        *(f"  key    {value}  (plan {name})" for name, value in running.keys.items()),
        f"  AWS    AWS_ENDPOINT_URL={running.aws_endpoint}",
        f"  logs   {options.home / 'logs'}",
        f"  state  {kept}",
        "",
        f"  curl -H 'x-api-key: {key}' {running.api_url}/v2",
        "",
    ]
    if replayed[1]:
        lines.insert(-3, f"  {replayed[1]} recorded changes could not be replayed")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
