"""Columns that are the pixels of pictures, told from other tables of numbers."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_digits

from modelwright.grids import Grid
from modelwright.plugins import load
from modelwright.records.problem import Modality
from modelwright.task.gridded import find_grid
from modelwright.task.interpret import Understanding
from modelwright.task.profiling import profile
from modelwright.task.prose import parse

Write = Callable[..., Path]
Understand = Callable[..., Understanding]
SPEAKS, SILENT = parse("Each row is a picture of a digit."), parse("Say which it is.")
DIGITS = load_digits()


def digits(rows: int, form: str = "pixel{n}", start: int = 0, times: float = 1.0) -> pd.DataFrame:
    names = Grid(form, start, 8, 8).names
    return pd.DataFrame(DIGITS.data[:rows] * times, columns=names)


@pytest.mark.parametrize(
    ("form", "start", "times"),
    [
        ("pixel{n}", 0, 1.0),
        ("pixel{n}", 1, 15.0),
        ("p_{n}", 0, 1 / 16),
        ("{row}x{column}", 1, 1.0),
        ("px{row}_{column}", 0, 1.0),
    ],
)
def test_pixels_are_told_by_their_names_and_by_neighbours_that_are_alike(form: str, start: int, times: float) -> None:
    table = digits(300, form, start, times)
    grid = find_grid(table, list(table.columns), SPEAKS)
    assert grid is not None
    assert (grid.form, grid.start, grid.height, grid.width, grid.channels) == (form, start, 8, 8, 1)
    assert grid.highest == {15.0: 255.0, 1.0: 16.0, 1 / 16: 1.0}[times]
    pixels = grid.pixels(table, 8)
    assert pixels.shape == (300, 8, 8, 3)
    assert (pixels[..., 0] == np.rint(DIGITS.images[:300] / 16 * (240 if times == 15 else 255))).all()


@pytest.mark.parametrize("planar", [True, False])
def test_three_channels_are_found_whether_they_stand_apart_or_together(planar: bool) -> None:
    rng = np.random.default_rng(0)
    seen = DIGITS.images[:200, :, :, None] * 15 * np.array([1.0, 0.6, 0.3]) + rng.integers(0, 9, (200, 8, 8, 1))
    flat = (np.moveaxis(seen, -1, 1) if planar else seen).reshape(200, -1)
    table = pd.DataFrame(flat, columns=[f"pixel{k}" for k in range(192)])
    grid = find_grid(table, list(table.columns), SILENT)  # "pix" says enough
    assert grid is not None
    assert (grid.channels, grid.planar) == (3, planar)
    assert np.allclose(grid.block(table), seen, atol=1e-4)


@pytest.mark.parametrize("kind", ["noise", "shuffled", "series", "few", "gaps", "negative", "beside", "unsaid"])
def test_other_tables_of_as_many_columns_are_no_pictures(kind: str) -> None:
    table, rng = digits(300, "f{n}"), np.random.default_rng(0)
    if kind == "noise":
        table[:] = rng.integers(0, 255, table.shape)
    if kind == "shuffled":
        table[:] = table.to_numpy()[:, rng.permutation(64)]
    if kind == "series":  # neighbours in time are alike, and those eight steps later are not
        table[:] = 100 + 100 * np.sin(np.arange(64) * np.pi / 8 + rng.random((300, 1)) * 6)
    if kind == "few":
        table = table.iloc[:, :49]
    if kind == "gaps":
        table = table.drop(columns="f12")
    if kind == "beside":
        table = table.assign(**{f"other{k}": rng.random(300) for k in range(30)})
    if kind == "negative":
        table["f3"] -= 1
    assert find_grid(table, list(table.columns), SILENT if kind == "unsaid" else SPEAKS) is None


def test_a_column_that_is_the_same_everywhere_may_be_missing() -> None:
    table = digits(20)
    grid = Grid("pixel{n}", 0, 8, 8, highest=16.0)
    assert (grid.pixels(table.drop(columns=["pixel0", "pixel32"]), 8) == grid.pixels(table, 8)).all()
    assert grid.stamp(table) != grid.stamp(table * 2)
    assert grid.pixels(table, 16).shape == (20, 16, 16, 3)


def test_a_table_of_pixels_is_answered_by_recipes_that_see(write: Write, understand: Understand) -> None:
    table = digits(500).assign(label=DIGITS.target[:500])
    path = write(
        "Each row is a picture. Predict `label`. Accuracy.", train=table[:400], test=table[400:].drop(columns="label")
    )
    found = understand(path)
    problem: Any = found.problem
    assert (problem.kind, problem.modality, problem.inputs) == ("multiclass", Modality.IMAGE, ())
    assert problem.options["pictures"] == {"height": 8, "width": 8}
    seen = profile(found.train, found.test, problem)
    recipe = load("recipes", "image-patches")
    assert recipe.applies(problem, seen) is None
    model = recipe.build(problem, {"filters": 100, "mirrored": False})
    features = [c for c in found.train.columns if c != "label"]
    model.fit(found.train[features], found.train["label"].to_numpy())
    chances = model.predict_proba(table[features][400:])
    assert (chances.argmax(axis=1) == DIGITS.target[400:500]).mean() > 0.8
    assert understand(path, overrides={"modality": "table"}).problem.modality == Modality.TABLE
