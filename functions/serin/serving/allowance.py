"""How many more this hour? So a flood of rows costs no more than it was allowed to."""

__all__ = ["Allowance"]

_HOUR_S = 3600


class Allowance:
    """`hourly` for each hour by the clock; what is left of one is not saved for the next."""

    def __init__(self, hourly: int) -> None:
        self._hourly, self._hour, self._left = hourly, -1, 0

    def left(self, now: float) -> int:
        """`now` in seconds since 1970."""
        hour = int(now // _HOUR_S)
        if hour != self._hour:
            self._hour, self._left = hour, self._hourly
        return self._left

    def spend(self, number: int) -> None:
        self._left -= number
