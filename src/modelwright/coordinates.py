"""Columns that are a place together: which latitude belongs to which longitude, told by their names."""

import re
from collections.abc import Iterable

LATITUDE, LONGITUDE = {"lat", "latitude"}, {"lon", "lng", "long", "longitude"}


def coordinate_pairs(norths: Iterable[str], easts: Iterable[str]) -> tuple[tuple[str, str], ...]:
    """Pairs of names (latitude, longitude): `start_lat` belongs to `start_lon`, and to no other."""
    first, second = _named(LATITUDE, norths), _named(LONGITUDE, easts)
    return tuple((first[rest], second[rest]) for rest in first if rest in second)


def _named(word: set[str], names: Iterable[str]) -> dict[tuple[str, ...], str]:
    """Names that hold one of the words, by what is left of them: `pickup_lat` meets `pickup_lon`, not `dropoff_lon`."""
    found = {}
    for name in names:
        words = re.findall(r"[a-z]+|\d+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower())
        if word & set(words):
            found[tuple(w for w in words if w not in word)] = name
    return found
