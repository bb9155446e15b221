import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from sklearn.base import clone

from modelwright.recipes import scenes
from modelwright.recipes.segment import PixelModel, Pixels
from modelwright.testing.records import problem, profile

SIZE = (40, 32)
INPUTS = ("one.npy", "two.npy")


def scene(folder: Path, seed: int, line: bool) -> np.ndarray:
    """Writes two noisy bands of three frames; a line of 2 pixels in their difference is what is marked."""
    rng = np.random.default_rng(seed)
    mask = np.zeros(SIZE, np.uint8)
    if line:
        start = int(rng.integers(5, 30))
        mask[start : start + 2, 4:28] = 1
    ground = rng.normal(280, 5) + rng.normal(0, 0.3, (*SIZE, 3))
    folder.mkdir()
    np.save(folder / "one.npy", ground.astype(np.float32))
    ground[:, :, 1] -= 2 * mask
    np.save(folder / "two.npy", ground.astype(np.float32))
    return mask


@pytest.fixture
def data(tmp_path: Path) -> tuple[pd.DataFrame, np.ndarray]:
    masks = np.empty(12, dtype=object)
    masks[:] = [scene(tmp_path / str(k), k, line=k % 3 > 0) for k in range(12)]
    return pd.DataFrame({"scene": [str(tmp_path / str(k)) for k in range(12)]}), masks


def model(**params: Any) -> PixelModel:
    return PixelModel("scene", INPUTS, **{"n_estimators": 40, "negatives": 200, "seed": 1, **params})


def dice(truth: np.ndarray, found: np.ndarray) -> float:
    t, f = (np.concatenate([m.ravel() for m in maps]) > 0.5 for maps in (truth, found))
    return 2 * float((t & f).sum()) / float(t.sum() + f.sum())


def test_lines_are_found_on_other_scenes(data: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = data
    found = model().fit(X[:8], y[:8]).predict_proba(X[8:])
    assert dice(y[8:], found) > 0.8


def test_maps_are_float32_probabilities_of_the_size_of_the_scene(data: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = data
    found = model().fit(X, y).predict_proba(X)
    assert found.shape == (12,)
    assert {m.shape for m in found} == {SIZE}
    assert {m.dtype for m in found} == {np.dtype(np.float32)}
    assert all(0 <= m.min() <= m.max() <= 1 for m in found)


def test_weights_keep_probabilities_calibrated(data: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = data
    found = model(negatives=100).fit(X, y).predict_proba(X)
    share = np.mean([m.mean() for m in y])
    assert np.mean([m.mean() for m in found]) == pytest.approx(share, rel=0.25)


def test_the_same_seed_gives_the_same_maps_pickled_cloned_or_alone(data: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = data
    fitted = model().fit(X, y)
    maps = fitted.predict_proba(X)
    for other in (pickle.loads(pickle.dumps(fitted)), clone(fitted).fit(X, y)):
        np.testing.assert_array_equal(other.predict_proba(X.iloc[[5]])[0], maps[5])


def test_scenes_without_anything_marked_give_a_map_of_zeros(data: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = data
    empty = np.array([np.zeros_like(m) for m in y] + [None], dtype=object)[:-1]
    found = model().fit(X, empty).predict_proba(X[:1])[0]
    assert found.shape == SIZE
    assert not found.any()


def test_a_mask_of_another_size_is_named(data: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = data
    y[4] = np.ones((3, 3), np.uint8)
    with pytest.raises(ValueError, match="has 9 pixels"):
        model().fit(X, y)


def test_a_scene_that_changes_on_disk_is_read_again(data: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = data
    fitted = model().fit(X, y)
    before = fitted.predict_proba(X[1:2])[0]
    file = Path(X["scene"][1]) / "two.npy"
    np.save(file, np.load(file)[::-1])
    assert not np.array_equal(fitted.predict_proba(X[1:2])[0], before)


def test_gaps_in_a_band_are_filled(data: tuple[pd.DataFrame, np.ndarray]) -> None:
    X, y = data
    file = Path(X["scene"][1]) / "two.npy"
    band = np.load(file)
    band[:5] = np.nan
    np.save(file, band)
    assert np.isfinite(model().fit(X, y).predict_proba(X[1:2])[0]).all()


def test_pictures_are_read_as_bands(tmp_path: Path) -> None:
    Image.fromarray(np.zeros((6, 9, 3), np.uint8)).save(tmp_path / "a.png")
    assert [band.shape for band in scenes.read(str(tmp_path / "a.png"), ())] == [(6, 9, 1)] * 3
    assert scenes.size(str(tmp_path), ("a.png",)) == (6, 9)


def test_inputs_of_different_sizes_are_named(tmp_path: Path) -> None:
    for name, size in (("a.npy", 4), ("b.npy", 5)):
        np.save(tmp_path / name, np.zeros((size, size)))
    with pytest.raises(ValueError, match="differ in size"):
        scenes.read(str(tmp_path), ("a.npy", "b.npy"))


@pytest.mark.parametrize("shape", [(40, 33, 3), (7, 5, 1), (16, 16, 8)])
def test_columns_are_the_same_for_every_scene_of_a_task(shape: tuple[int, int, int]) -> None:
    rng = np.random.default_rng(0)
    one, other = (scenes.columns([rng.normal(size=shape).astype(np.float32) for _ in range(2)]) for _ in range(2))
    assert one.shape == other.shape
    assert len(one) == shape[0] * shape[1]
    assert one.dtype == np.float32


def test_a_line_answers_more_than_a_spot() -> None:
    line, spot = np.zeros((32, 32), np.float32), np.zeros((32, 32), np.float32)
    line[16, 4:28], spot[16, 16] = 1, 1
    strength = [scenes._line_responses(image, 1.0).max(axis=0)[16, 16] for image in (line, spot)]
    assert strength[0] > 3 * strength[1]


def test_a_shelf_keeps_what_came_first_up_to_its_size() -> None:
    shelf, made = scenes.Shelf(most=1000), []

    def make(key: str) -> np.ndarray:
        made.append(key)
        return np.zeros(100)

    for key in ("a", "b", "a", "b"):  # 800 bytes each
        shelf.get(key, lambda key=key: make(key))  # type: ignore[misc]
    assert made == ["a", "b", "b"]


def test_only_masks_of_scenes_with_paths_are_its_business() -> None:
    assert Pixels().applies(problem(), profile()) is not None
    assert Pixels().applies(problem(kind="segmentation"), profile()) is not None
    named = problem(kind="segmentation", classes=(), options={"path_column": "scene", "inputs": ["one.npy"]})
    assert Pixels().applies(named, profile()) is None
    assert Pixels().build(named, {"seed": 2}).get_params()["inputs"] == ("one.npy",)
