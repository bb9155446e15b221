from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from modelwright.errors import TaskError
from modelwright.records.problem import Output
from modelwright.task.interpret import Understanding

Understand = Callable[..., Understanding]

TEXT = """# Wet spots

Each folder below `train/` and `test/` is one field. `red.npy` and `near.npy` are two channels.
Training fields also hold `votes.npy` (what each of four farmers drew) and `wet_mask.npy`, which is the target.

## Evaluation

The Dice coefficient over the pixels of all fields together.

## Answer

Runs of `start length`; pixels are numbered from 1, top to bottom, then left to right. Write `-` for a
field without any.

    field,runs
    f07,3 4 9 1
"""


def scenes(root: Path, sample: bool = True, rows: int = 6) -> Path:
    rng = np.random.default_rng(0)
    for part, first, last in (("train", 0, rows), ("test", rows, rows + 3)):
        for i in range(first, last):
            folder = root / part / f"f{i:02d}"
            folder.mkdir(parents=True)
            for name in ("red", "near"):
                np.save(folder / f"{name}.npy", rng.normal(size=(8, 9, 2)).astype("float32"))
            if part == "train":
                votes = rng.random((8, 9, 1, 4)) < 0.3
                np.save(folder / "votes.npy", votes.astype("uint8"))
                np.save(folder / "wet_mask.npy", (votes.mean(axis=-1) > 0.5).astype("uint8"))
    pd.DataFrame({"field": [f"f{i:02d}" for i in range(rows)]}).to_csv(root / "train.csv", index=False)
    if sample:
        wanted = [f"f{i:02d}" for i in (rows + 2, rows, rows + 1)]
        pd.DataFrame({"field": wanted, "runs": "-"}).to_csv(root / "sample_submission.csv", index=False)
    (root / "description.md").write_text(TEXT)
    return root


def test_a_folder_of_scenes_is_a_segmentation(tmp_path: Path, understand: Understand) -> None:
    found = understand(scenes(tmp_path))
    problem = found.problem
    assert (problem.kind, problem.metric, problem.id, problem.targets) == (
        "segmentation",
        "dice-global",
        "field",
        ("runs",),
    )
    assert problem.output is Output.MASKS
    options: dict[str, Any] = dict(problem.options)
    assert options["inputs"] == ["near.npy", "red.npy"]
    assert options["mask"] == "wet_mask.npy"
    assert options["rle"] == {"order": "columns", "start": 1, "empty": "-"}
    assert options["path_column"] == "scene"


def test_tables_of_scenes_name_folders_and_masks_that_are_there(tmp_path: Path, understand: Understand) -> None:
    found = understand(scenes(tmp_path))
    assert list(found.train.columns) == ["field", "scene", "runs"]
    assert all(Path(p).is_dir() for p in found.train["scene"])
    assert all(np.load(p).ndim == 3 for p in found.train["runs"])
    assert found.test is not None
    assert found.test["field"].tolist() == ["f08", "f06", "f07"]
    assert all(Path(p).is_dir() for p in found.test["scene"])


def test_without_a_sample_all_test_scenes_are_wanted_and_the_form_names_the_answer(
    tmp_path: Path, understand: Understand
) -> None:
    found = understand(scenes(tmp_path, sample=False))
    assert found.problem.header == ("field", "runs")
    assert found.test is not None
    assert found.test["field"].tolist() == ["f06", "f07", "f08"]


@pytest.mark.parametrize(
    ("words", "rle"),
    [
        ("Pixels are counted from 0, row by row.", {"order": "rows", "start": 0}),
        ("One-based indices, running left to right, then top to bottom.", {"order": "rows", "start": 1}),
        ("Numbering starts at 1 and goes down the columns.", {"order": "columns", "start": 1}),
        ("Pixels are zero-indexed in column-major order.", {"order": "columns", "start": 0}),
    ],
)
def test_the_numbering_of_pixels_is_read_out_of_words(
    tmp_path: Path, understand: Understand, words: str, rle: dict[str, Any]
) -> None:
    path = scenes(tmp_path)
    (path / "description.md").write_text(f"Mean Dice per image. {words} Leave the cell empty if there is nothing.")
    found = understand(path).problem
    assert found.options["rle"] == {**rle, "empty": ""}
    assert found.metric == "dice-mean"


def test_a_listed_scene_that_is_not_there_is_an_error(tmp_path: Path, understand: Understand) -> None:
    path = scenes(tmp_path)
    with (path / "train.csv").open("a") as file:
        file.write("f99\n")
    with pytest.raises(TaskError, match="'f99'"):
        understand(path)


@pytest.mark.parametrize(
    ("words", "metric", "params"),
    [
        ("The mean average precision at different IoU thresholds, from 0.5 to 0.95.", "mask-hits", {}),
        ("At each IoU threshold (0.5 and 0.7) the precision is TP / (TP + FP + FN).", "mask-hits", {"iou": [0.5, 0.7]}),
        ("The IoU of each field, averaged.", "iou-mean", {}),
    ],
)
def test_overlaps_to_exceed_are_told_from_the_overlap_itself(
    tmp_path: Path, understand: Understand, words: str, metric: str, params: dict[str, Any]
) -> None:
    path = scenes(tmp_path)
    text = TEXT.replace("The Dice coefficient over the pixels of all fields together.", words)
    (path / "description.md").write_text(text)
    found = understand(path)
    assert (found.problem.metric, found.problem.metric_params) == (metric, params)
    assert not any("does not fit" in doubt for doubt in found.doubts)


def test_ids_may_be_called_as_we_call_paths(tmp_path: Path, understand: Understand) -> None:
    path = scenes(tmp_path)
    for name in ("train.csv", "sample_submission.csv"):
        pd.read_csv(path / name).rename(columns={"field": "scene"}).to_csv(path / name, index=False)
    found = understand(path)
    assert found.problem.id == "scene"
    assert found.test is not None
    assert found.test["scene"].tolist() == ["f08", "f06", "f07"]
    assert found.test[found.problem.inputs[0]].tolist() == [str(path / "test" / i) for i in ("f08", "f06", "f07")]


@pytest.mark.parametrize(
    ("images", "masks", "mark", "asked"),
    [
        ("images", "masks", "", "images"),  # those without a mask are asked for
        ("train", "train_masks", "_mask", "test"),
        ("train_images", "train_annotations", "", "test_images"),
        ("data/images", "data/labels", "_label", "data/test"),
    ],
)
def test_masks_may_lie_in_any_folder_beside_their_pictures(
    tmp_path: Path, understand: Understand, images: str, masks: str, mark: str, asked: str
) -> None:
    for k in range(12):
        for place, name in ((images if k < 9 else asked, f"p{k}"), *([(masks, f"p{k}{mark}")] if k < 9 else [])):
            (tmp_path / place).mkdir(parents=True, exist_ok=True)
            pixels = np.zeros((6, 7), dtype=np.uint8)
            pixels[k % 4 : 5, 2:4] = 255
            Image.fromarray(pixels).save(tmp_path / place / f"{name}.png")
    pd.DataFrame({"pond": [f"p{k}" for k in range(9, 12)], "rle": "1 1"}).to_csv(
        tmp_path / "sample_submission.csv", index=False
    )
    (tmp_path / "description.md").write_text("Mark the pixels of ponds. Mean Dice per image.")
    found = understand(tmp_path)
    assert (found.problem.kind, found.problem.metric, len(found.train)) == ("segmentation", "dice-mean", 9)
    assert found.train["rle"][2] == str(tmp_path / masks / f"p2{mark}.png")
    assert found.test is not None
    assert found.test[found.problem.inputs[0]].tolist() == [str(tmp_path / asked / f"p{k}.png") for k in range(9, 12)]


def test_a_folder_of_masks_makes_no_segmentation_where_nobody_speaks_of_pixels(
    tmp_path: Path, understand: Understand
) -> None:
    for place in ("images", "masks"):
        (tmp_path / place).mkdir()
        for k in range(30):
            Image.new("L", (6, 7), 255 * (k % 2)).save(tmp_path / place / f"p{k}.png")
    pd.DataFrame({"name": [f"p{k}" for k in range(30)], "sort": ["a", "b"] * 15}).to_csv(
        tmp_path / "train.csv", index=False
    )
    (tmp_path / "description.md").write_text("Predict `sort`. Accuracy.")
    assert understand(tmp_path).problem.kind == "binary"
