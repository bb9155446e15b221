"""Masks of several classes: what values mean, and rows of an answer that name a picture and a class."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from modelwright.errors import TaskError
from modelwright.kinds.segmentation import Segmentation
from modelwright.records.problem import Output
from modelwright.task import taskfile
from modelwright.task.interpret import Understanding

Understand = Callable[..., Understanding]
TEXT = """Each pixel of a field is 0 soil, 1 crop, 2 weed or 3 unlabelled; unlabelled pixels do not count.

Intersection over union of each class over all pictures together, then the mean over the classes.
"""


@pytest.fixture
def fields(tmp_path: Path) -> Path:
    """Twelve fields with masks and three without."""
    rng = np.random.default_rng(0)
    for part, names in (("train", range(12)), ("test", range(20, 23))):
        for sort in ("images", *(("masks",) if part == "train" else ())):
            (tmp_path / part / sort).mkdir(parents=True)
            for k in names:
                pixels = rng.integers(0, 4, (6, 5)) if sort == "masks" else rng.integers(0, 255, (6, 5, 3))
                Image.fromarray(pixels.astype(np.uint8)).save(tmp_path / part / sort / f"f_{k}.png")
    (tmp_path / "description.md").write_text(TEXT)
    return tmp_path


@pytest.mark.parametrize("form", ["f_{}.png_{}", "f_{}_{}", "f_{}-{}"])
def test_ids_may_name_a_picture_and_a_class(fields: Path, understand: Understand, form: str) -> None:
    ids = [form.format(k, c) for k in range(20, 23) for c in range(3)]
    pd.DataFrame({"id": ids, "runs": ""}).to_csv(fields / "sample_submission.csv", index=False)
    found = understand(fields)
    problem = found.problem
    assert (problem.kind, problem.output, problem.metric) == ("segmentation", Output.MASKS, "iou-classes")
    assert problem.classes == (0, 1, 2)
    assert problem.options["answer"]["form"] == "id_class"
    assert (problem.id, problem.targets, problem.header) == ("id", ("runs",), ("id", "runs"))
    assert found.test is not None
    assert len(found.test) == 3
    assert Path(found.test["scene"][0]).name == "f_20.png"


def test_the_class_may_be_named_in_words(fields: Path, understand: Understand) -> None:
    ids = [f"f_{k}_{c}" for k in range(20, 23) for c in ("soil", "crop", "weed")]
    pd.DataFrame({"id": ids, "runs": ""}).to_csv(fields / "sample_submission.csv", index=False)
    problem = understand(fields).problem
    assert problem.classes == (0, 1, 2)
    assert problem.options["names"] == {"0": "soil", "1": "crop", "2": "weed", "3": "unlabelled"}


def test_the_class_may_stand_in_a_column(fields: Path, understand: Understand) -> None:
    rows = [(f"f_{k}", c, "") for k in range(20, 23) for c in range(3)]
    pd.DataFrame(rows, columns=["field", "class", "runs"]).to_csv(fields / "sample_submission.csv", index=False)
    found = understand(fields)
    assert found.problem.classes == (0, 1, 2)
    assert found.problem.targets == ("runs",)
    assert found.test is not None
    assert len(found.test) == 3


def test_without_rows_wanted_all_values_that_count_are_asked_for(fields: Path, understand: Understand) -> None:
    (fields / "train.csv").write_text("id\n" + "\n".join(f"f_{k}" for k in range(12)))
    assert understand(fields).problem.classes == (0, 1, 2)


def test_two_values_are_one_class_as_before(fields: Path, understand: Understand) -> None:
    for path in (fields / "train" / "masks").iterdir():
        pixels = np.asarray(Image.open(path))
        Image.fromarray(np.uint8(255 * (pixels > 1))).save(path)
    pd.DataFrame({"id": [f"f_{k}.png" for k in range(20, 23)], "runs": ""}).to_csv(
        fields / "sample_submission.csv", index=False
    )
    (fields / "description.md").write_text("Mean IoU.")
    found = understand(fields)
    assert (found.problem.classes, found.problem.metric) == ((), "iou-mean")
    assert found.test is not None
    assert list(found.test["id"]) == ["f_20.png", "f_21.png", "f_22.png"]


def test_truth_is_codes_and_what_does_not_count_is_below_zero(fields: Path, understand: Understand) -> None:
    ids = [f"f_{k}_{c}" for k in range(20, 23) for c in range(3)]
    pd.DataFrame({"id": ids, "runs": ""}).to_csv(fields / "sample_submission.csv", index=False)
    found = understand(fields)
    truth = Segmentation().truth(found.train[["runs"]], found.problem)
    values = np.asarray(Image.open(found.train["runs"][0])).astype(int)
    assert np.array_equal(truth[0], np.where(values == 3, -1, values))


def test_what_was_understood_is_understood_again_from_its_task_file(
    fields: Path, understand: Understand, tmp_path: Path
) -> None:
    ids = [f"f_{k}_{c}" for k in range(20, 23) for c in range(3)]
    pd.DataFrame({"id": ids, "runs": ""}).to_csv(fields / "sample_submission.csv", index=False)
    first = understand(fields).problem
    taskfile.write(tmp_path / "task.toml", first)
    again = understand(fields, overrides=taskfile.read(tmp_path / "task.toml")).problem
    assert again.model_copy(update={"evidence": first.evidence}) == first


def test_a_picture_that_is_not_there_is_named(fields: Path, understand: Understand) -> None:
    pd.DataFrame({"id": ["f_20", "f_99"], "runs": ""}).to_csv(fields / "sample_submission.csv", index=False)
    with pytest.raises(TaskError, match="f_99"):
        understand(fields)
