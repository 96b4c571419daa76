"""What of an endpoint is deployed, as far as it has a price? Its releases, with the model version that each serves."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

from serin.cost.code import Code
from serin.cost.entry import Account
from serin.cost.metric import Metric, of_function, of_log, of_release, of_stream
from serin.registry.endpoints import Endpoint

__all__ = ["Deployed", "Published"]


@dataclass(frozen=True)
class Published:
    """A release: `version` is that of the model, 0 where it has none. `snapshot`: SnapStart keeps one of it."""

    release: int
    version: int
    memory_mb: int
    architecture: str
    snapshot: bool = False

    @property
    def gb(self) -> Fraction:
        return Fraction(self.memory_mb, 1024)

    @property
    def duration(self) -> Code:
        return Code.duration(self.architecture)


@dataclass(frozen=True)
class Deployed:
    """`live` is where the alias points; what no other release is known to have done is its. `watched` are those that
    may have had requests, which are counted one by one where there are several."""

    endpoint: Endpoint
    live: Published
    published: tuple[Published, ...] = ()
    watched: tuple[Published, ...] = ()

    def account(self, version: int) -> Account:
        return Account(self.endpoint.team, self.endpoint.model, version)

    @property
    def counted(self) -> tuple[Published, ...]:
        return self.watched if len(self.watched) > 1 else ()

    def requests(self) -> Iterator[Metric]:
        """What its requests were and took: read whenever there are new ones."""
        function, alias = self.endpoint.function, self.endpoint.alias
        for name in ("Invocations", "Duration"):
            yield of_function(name, function)
            yield from (of_release(name, function, alias, one.release) for one in self.counted)

    def rest(self) -> Iterator[Metric]:
        """What can wait for the hour's last count."""
        yield of_log(f"/aws/lambda/{self.endpoint.function}")
        if self.endpoint.captured:
            # The stream is named as the function is.
            yield from (of_stream(name, self.endpoint.function) for name in ("IncomingBytes", "IncomingRecords"))
