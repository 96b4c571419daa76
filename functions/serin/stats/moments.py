"""What do many values come to, in three numbers that add up over sandboxes and minutes?"""

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Moments"]


@dataclass(frozen=True)
class Moments:
    """Number, sum and sum of squares of values.

    >>> Moments.of([1.0, 2.0]) + Moments.of([3.0])
    Moments(n=3, total=6.0, squares=14.0)
    """

    n: int = 0
    total: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, values: Iterable[float]) -> "Moments":
        numbers = [float(value) for value in values]
        return cls(len(numbers), sum(numbers), sum(value * value for value in numbers))

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(self.n + other.n, self.total + other.total, self.squares + other.squares)

    @property
    def mean(self) -> float | None:
        """None without values."""
        return self.total / self.n if self.n else None

    def around(self, center: float) -> float:
        """Sum of squared distances from `center`: Q - 2 c S + n c^2.

        >>> Moments.of([1.0, 3.0]).around(2.0)
        2.0
        """
        # The three terms cancel for values far from zero: rounding must not make the sum negative.
        return max(0.0, self.squares - 2 * center * self.total + self.n * center * center)

    def rescaled(self, low: float, high: float) -> "Moments":
        """The moments of (x - low) / (high - low). Raises ValueError when they can't come from [low, high].

        >>> Moments.of([10.0, 20.0]).rescaled(0.0, 20.0)
        Moments(n=2, total=1.5, squares=1.25)
        """
        width = high - low
        total, squares = (self.total - self.n * low) / width, self.around(low) / width**2
        slack = 1e-9 * (1 + self.n)
        if not (-slack <= total <= self.n + slack and squares <= total + slack):
            raise ValueError(f"{self} can't come from values in [{low}, {high}].")
        return Moments(self.n, total, squares)
