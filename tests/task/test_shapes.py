import random
import uuid

import numpy as np
import pandas as pd
import pytest

from modelwright.task import shapes

N = 500
bits = random.Random(0)


def strings(values: list[str]) -> "pd.Series[str]":
    return pd.Series(values, dtype=object)


def drawn(alphabet: str, length: int, seed: int = 0) -> "pd.Series[str]":
    letters = np.random.default_rng(seed).choice(list(alphabet), (N, length))
    return strings(["".join(row) for row in letters])


@pytest.mark.parametrize(
    "values",
    [
        drawn("0123456789abcdef", 32),
        drawn("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", 22),
        strings([str(uuid.UUID(int=bits.getrandbits(128), version=4)) for _ in range(N)]),
    ],
)
def test_characters_drawn_evenly_from_a_large_alphabet_look_random(values: "pd.Series[str]") -> None:
    found = shapes.positions(values)
    assert found is not None
    assert found.random


def test_a_strand_of_dna_and_uneven_letters_do_not_look_random() -> None:
    uneven = np.minimum(np.random.default_rng(0).geometric(0.3, (N, 10)), 12)
    letters = strings(["".join(chr(64 + k) for k in row) for row in uneven])
    for values in (drawn("ACGT", 40), letters):
        found = shapes.positions(values)
        assert found is not None
        assert not found.random


def test_a_count_behind_a_fixed_beginning_is_told() -> None:
    found = shapes.positions(strings([f"PASSENGER{k:05d}" for k in range(N)]))
    assert found is not None
    assert found.counter


@pytest.mark.parametrize("values", [["abc", "abcd", "abcde"] * 50, ["a b c", "d e f"] * 50, []])
def test_strings_of_several_lengths_or_with_blanks_have_no_positions(values: list[str]) -> None:
    assert shapes.positions(strings(values)) is None


GENRES = ["Action", "Comedy", "Drama", "Horror", "War", "Noir"]


@pytest.mark.parametrize("separator", ["|", ";", ", ", "/"])
def test_values_that_come_again_in_varying_number_are_a_list(separator: str) -> None:
    rng = np.random.default_rng(0)
    cells = [separator.join(rng.choice(GENRES, rng.integers(1, 4), replace=False)) for _ in range(N)]
    assert shapes.list_separator(strings(cells)) == separator.strip()


def test_prose_names_composites_and_numbers_are_no_lists() -> None:
    rng = np.random.default_rng(0)
    words = ["red", "slow", "river", "stone", "house", "tree", "old", "quick", "cloud"]
    prose = [", ".join(" ".join(rng.choice(words, 4)) for _ in range(rng.integers(1, 4))) for _ in range(N)]
    names = [f"{rng.choice(words)}, Mr. {rng.choice(words)}" for _ in range(N)]
    parts = [f"{rng.choice(words)}/{k % 7}/P" for k in range(N)]
    thousands = [f"{k * 997:,}" for k in range(N)]
    assert [shapes.list_separator(strings(v)) for v in (prose, names, parts, thousands)] == [""] * 4


def test_arrays_are_told_by_their_brackets() -> None:
    assert shapes.is_json(strings(['["a", "b"]', "[]", "[1, 2.5]", "['x']"]))
    assert not shapes.is_json(strings(["[a", "b]"]))
    assert not shapes.is_json(strings(["[see page 4]"] * 3))
    assert not shapes.is_json(strings(['[{"a": 1}]']))


@pytest.mark.parametrize(
    ("text", "expected"),
    [("48.85,2.35", True), ("POINT(2.35 48.85)", True), ("(48.85; -122.4)", True), ("-33.8 151.2", True),
     ("12,5", False), ("480.85,2.35", False), ("1.5,2.5,3.5", False), ("95.2,99.5", False)],
)  # fmt: skip
def test_a_place_is_a_pair_of_degrees(text: str, expected: bool) -> None:
    assert shapes.is_place(strings([text] * 3)) is expected


def test_latitude_meets_the_longitude_of_the_same_place() -> None:
    ranges = {
        "pickup_lon": (-74.0, -73.0),
        "pickup_lat": (40.0, 41.0),
        "dropoffLatitude": (40.0, 41.0),
        "dropoffLongitude": (-74.0, -73.0),
        "lat": (-500.0, 500.0),
        "lon": (0.0, 1.0),
        "platform": (0.0, 1.0),
    }
    pairs = shapes.place_pairs(ranges)
    assert pairs == (("pickup_lat", "pickup_lon"), ("dropoffLatitude", "dropoffLongitude"))
