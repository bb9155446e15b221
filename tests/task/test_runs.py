"""Masks written as run lengths in a table: read the way they were drawn, and answered in the same form."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from modelwright.deliver import submission
from modelwright.errors import TaskError
from modelwright.kinds import arrays, rle
from modelwright.kinds.segmentation import Segmentation
from modelwright.metrics import catalogue
from modelwright.records.experiment import Rule
from modelwright.task.interpret import Understanding

Write = Callable[..., Path]
Understand = Callable[..., Understanding]
ROWS, WANTED = 24, 6
TEXT = "Mark the ponds. Judged by the Dice coefficient over all pixels. Answers are run-length encoded."


def pond(k: int, side: int = 0) -> "np.ndarray[Any, Any]":
    mask = np.zeros((20, 26), dtype=np.uint8)
    mask[2 + k % 5 : 9 + k % 7, 3 + k % 4 + side : 12 + side] = 1
    return mask


def pictures(root: Path, ending: str = ".png") -> None:
    for part, first, last in (("train", 0, ROWS), ("test", ROWS, ROWS + WANTED)):
        (root / part).mkdir()
        for k in range(first, last):
            Image.new("RGB", (26, 20), (k, 0, 0)).save(root / part / f"p{k:02d}{ending}")


def names(first: int, last: int) -> list[str]:
    return [f"p{k:02d}" for k in range(first, last)]


def masks(found: Understanding) -> dict[str, "np.ndarray[Any, Any]"]:
    truth = Segmentation().truth(found.train, found.problem)
    return dict(zip(found.train[str(found.problem.id)], truth, strict=True))


@pytest.mark.parametrize("order", ["columns", "rows"])
@pytest.mark.parametrize("start", [0, 1])
def test_runs_are_read_the_way_they_were_drawn_though_no_word_tells(
    write: Write, understand: Understand, order: Any, start: int
) -> None:
    drawn = [pond(k) if k % 3 else np.zeros((20, 26), dtype=np.uint8) for k in range(ROWS)]
    drawn[1][0, 0] = 1  # the first pixel, by which a start of 0 shows
    cells = [rle.encode(mask, order=order, start=start, empty="") for mask in drawn]
    train = pd.DataFrame({"id": names(0, ROWS), "rle_mask": cells})
    sample = pd.DataFrame({"id": names(ROWS, ROWS + WANTED), "rle_mask": "1 1"})
    path = write(TEXT, train=train, sample_submission=sample)
    pictures(path)
    found = understand(path)
    assert (found.problem.kind, found.problem.metric, found.problem.classes) == ("segmentation", "dice-global", ())
    told: Any = found.problem.options["rle"]
    assert (told["order"], told["start"]) == (order, start)
    assert all((masks(found)[name] == mask).all() for name, mask in zip(names(0, ROWS), drawn, strict=True))
    assert found.test is not None
    assert found.test[found.problem.inputs[0]][0] == str(path / "test" / f"p{ROWS}.png")


def test_several_rows_of_a_picture_are_drawn_into_one_mask(write: Write, understand: Understand) -> None:
    rows = [(f"p{k:02d}.png", rle.encode(pond(k, side), empty="")) for k in range(ROWS) for side in (0, 13)]
    rows[4:6] = [("p02.png", "")]
    sample = pd.DataFrame({"ImageId": [f"{n}.png" for n in names(ROWS, ROWS + WANTED)], "EncodedPixels": "1 2"})
    train = pd.DataFrame(rows, columns=["ImageId", "EncodedPixels"])
    path = write(TEXT, train_segmentations=train, sample_submission=sample)
    pictures(path)
    found = masks(understand(path))
    assert (found["p05.png"] == np.maximum(pond(5), pond(5, 13))).all()
    assert not found["p02.png"].any()


def by_class(path_of: Write, *, apart: bool) -> Path:
    """Two classes in each picture but every fourth, which no row names; a third one is asked for and never marked."""
    train, sample = [], []
    for k in range(ROWS):
        train += [(f"p{k:02d}", c, rle.encode(pond(k, 13 * c))) for c in (0, 1) if k % 4]
    for k in range(ROWS, ROWS + WANTED):
        sample += [(f"p{k:02d}", c, "1 1") for c in range(3)]
    tables = [pd.DataFrame(rows, columns=["picture", "what", "EncodedPixels"]) for rows in (train, sample)]
    called = {0: "reed", 1: "pond", 2: "oak"}
    if apart:
        tables = [t.assign(what=t.what + 1) for t in tables]
    else:
        tables = [
            t.assign(Image_Label=t.picture + "_" + t.what.map(called))[["Image_Label", "EncodedPixels"]] for t in tables
        ]
    path = path_of(TEXT, train=tables[0], sample_submission=tables[1])
    pictures(path)
    return path


@pytest.mark.parametrize("apart", [True, False])
def test_classes_in_a_column_or_behind_the_name_are_answered_row_by_row(
    write: Write, understand: Understand, apart: bool
) -> None:
    found = understand(by_class(write, apart=apart))
    problem, first, second = found.problem, (1, 2) if apart else (3, 2), pond(1, 13)
    assert (problem.classes, problem.metric) == ((1, 2, 3, 0), "dice-classes")
    assert problem.metric_params == {"without": [3]}  # what belongs to no class is learnt, and not judged
    truth = masks(found)["p01"]
    assert (truth == problem.classes.index(first[0]))[pond(1) > 0].all()
    assert (truth == problem.classes.index(first[1]))[second > 0].all()
    assert (truth == 3)[(pond(1) + second) == 0].all()
    assert any("6 pictures in train have no row in train.csv: they are taken as" in doubt for doubt in found.doubts)
    assert (masks(found)["p04"] == 3).all()
    assert found.test is not None
    sample = pd.read_csv(Path(problem.root) / "sample_submission.csv")
    sure = arrays.objects(np.tile(np.array([10, 200, 5, 40], dtype=np.uint8), (20, 26, 1)) for _ in range(WANTED))
    ids = found.test[[str(problem.id)]]
    handed = Segmentation().submission(sure, ids, problem, catalogue.get(problem.metric), Rule())
    assert list(handed.columns) == list(sample.columns)
    handed = submission.arrange(handed, problem, sample)
    submission.check(handed, problem, ids, sample)
    assert set(handed.EncodedPixels) == {"", "1 520"}
    assert list(handed[handed.EncodedPixels != ""].index) == list(range(1, 18, 3))


def test_pictures_that_nobody_may_have_looked_at_are_left_out(write: Write, understand: Understand) -> None:
    train = pd.DataFrame({"id": names(0, 7), "rle_mask": [rle.encode(pond(k)) for k in range(7)]})
    sample = pd.DataFrame({"id": names(ROWS, ROWS + WANTED), "rle_mask": "1 1"})
    path = write(TEXT, train=train, sample_submission=sample)
    pictures(path)
    found = understand(path)
    assert len(found.train) == 7
    assert any("17 pictures in train have no row in train.csv: so many" in doubt for doubt in found.doubts)


@pytest.mark.parametrize(
    ("cell", "words"),
    [
        ("3 4 600 2", r"train.csv: the runs of 'p03' end at pixel 602, but the picture has 20 x 26"),
        ("3 4 5", r"train.csv, line 5: '3 4 5' is no list of runs"),
        ("9 9 3 1", r"train.csv, line 5: '9 9 3 1' is no list of runs"),
    ],
)
def test_runs_that_cannot_be_are_named_by_picture_or_line(
    write: Write, understand: Understand, cell: str, words: str
) -> None:
    train = pd.DataFrame({"id": names(0, ROWS), "rle_mask": [rle.encode(pond(k)) for k in range(ROWS)]})
    train.loc[3, "rle_mask"] = cell
    sample = pd.DataFrame({"id": names(ROWS, ROWS + WANTED), "rle_mask": "1 1"})
    path = write(TEXT, train=train, sample_submission=sample)
    pictures(path)
    with pytest.raises(TaskError, match=words):
        understand(path)


def test_a_text_of_numbers_beside_pictures_is_no_mask(write: Write, understand: Understand) -> None:
    words = [" ".join(map(str, np.random.default_rng(k).integers(0, 255, 30))) for k in range(ROWS + WANTED)]
    table = pd.DataFrame({"id": names(0, ROWS + WANTED), "pixels": words, "sort": ["a", "b"] * 15})
    path = write("Which sort? Accuracy.", train=table[:ROWS], test=table[ROWS:].drop(columns="sort"))
    pictures(path)
    assert understand(path).problem.kind == "binary"
