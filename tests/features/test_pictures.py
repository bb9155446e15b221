from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from modelwright.features.pictures import PictureStatistics
from modelwright.records.problem import Modality
from modelwright.records.profile import Role
from modelwright.testing.records import problem, profile


def draw(path: Path, pixels: "np.ndarray") -> str:
    Image.fromarray(np.asarray(pixels, dtype=np.uint8)).save(path)
    return str(path)


def plain(colour: tuple[int, int, int], height: int = 40, width: int = 60) -> "np.ndarray":
    return np.full((height, width, 3), colour)


def measured(*paths: str | None) -> pd.DataFrame:
    table = pd.DataFrame({"picture": pd.Series(paths, dtype=object), "age": np.arange(len(paths))})
    return PictureStatistics().fit_transform(table)


def test_it_applies_to_pictures_that_get_one_answer() -> None:
    asked, seen = problem(modality=Modality.IMAGE), profile(Role.PATH)
    assert PictureStatistics.applies(asked, seen) is None
    assert PictureStatistics.applies(asked.model_copy(update={"kind": "segmentation"}), seen) is not None
    assert PictureStatistics.applies(problem(), seen) is not None
    assert PictureStatistics.applies(asked, profile(Role.NUMBER)) == "no column names pictures"


def test_paths_give_way_to_a_few_dozen_numbers_and_other_columns_stay(tmp_path: Path) -> None:
    made = measured(draw(tmp_path / "a.png", plain((255, 0, 0))), draw(tmp_path / "b.png", plain((0, 0, 255), 20, 20)))
    assert "picture" not in made
    assert made["age"].tolist() == [0, 1]
    assert 50 < made.shape[1] < 100
    assert np.isfinite(made.to_numpy()).all()


def test_size_and_colour_are_told(tmp_path: Path) -> None:
    made = measured(draw(tmp_path / "a.png", plain((255, 0, 0)))).iloc[0]
    assert (made["picture.width"], made["picture.height"], made["picture.ratio"]) == (60, 40, 1.5)
    assert (made["picture.red.mean"], made["picture.blue.mean"]) == (1.0, 0.0)
    assert made["picture.hue.0"] == 1.0
    assert made["picture.edges.across"] == 0.0


def test_the_grid_tells_where_it_is_bright(tmp_path: Path) -> None:
    pixels = plain((0, 0, 0), 64, 64)
    pixels[:16, 48:] = 255  # the upper right corner
    made = measured(draw(tmp_path / "a.png", pixels)).iloc[0]
    assert made["picture.green.03"] == 1.0
    assert made["picture.green.30"] == 0.0


def test_edges_along_and_across_are_told_apart(tmp_path: Path) -> None:
    stripes = plain((0, 0, 0), 64, 64)
    stripes[:, ::8] = 255
    made = measured(draw(tmp_path / "a.png", stripes), draw(tmp_path / "b.png", stripes.swapaxes(0, 1)))
    assert made["picture.edges.across"][0] > 10 * made["picture.edges.along"][0]
    assert made["picture.edges.along"][1] > 10 * made["picture.edges.across"][1]


@pytest.mark.parametrize("pixels", [np.zeros((8, 8)), np.full((8, 8, 4), 9)], ids=["grey", "with transparency"])
def test_pictures_of_any_mode_are_read(tmp_path: Path, pixels: "np.ndarray") -> None:
    assert np.isfinite(measured(draw(tmp_path / "a.png", pixels)).to_numpy()).all()


def test_sixteen_bits_are_scaled_to_their_range(tmp_path: Path) -> None:
    values = np.linspace(0, 60_000, 64 * 64).reshape(64, 64).astype(np.uint16)
    Image.fromarray(values).save(tmp_path / "a.png")
    assert measured(str(tmp_path / "a.png"))["picture.red.mean"][0] == pytest.approx(0.5, abs=0.02)


def test_a_missing_and_a_broken_picture_are_missing_values(tmp_path: Path) -> None:
    (tmp_path / "b.png").write_bytes(b"no picture")
    good = draw(tmp_path / "a.png", plain((9, 9, 9)))
    made = measured(good, str(tmp_path / "b.png"), str(tmp_path / "c.png"), None)
    assert made.filter(like="picture.").isna().all(axis=1).tolist() == [False, True, True, True]
