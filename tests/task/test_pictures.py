"""Rows that name pictures: the files are found, a missing one is named, and what is not read yet is said."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from modelwright.errors import TaskError
from modelwright.records.problem import Modality
from modelwright.records.profile import Role
from modelwright.task.interpret import Understanding
from modelwright.task.profiling import profile
from modelwright.validation import entities

Write = Callable[..., Path]
Understand = Callable[..., Understanding]
ROWS = 40


def draw(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", (4, 4)).save(path)


@pytest.fixture
def leaves() -> pd.DataFrame:
    return pd.DataFrame({"leaf": [f"l{k:03d}" for k in range(ROWS)], "tree": ["oak", "ash"] * (ROWS // 2)})


def split(table: pd.DataFrame, *targets: str) -> dict[str, pd.DataFrame]:
    return {"train": table[:30], "test": table[30:].drop(columns=list(targets))}


@pytest.mark.parametrize(
    ("places", "ending"),
    [(("train/{}", "test/{}"), ".jpg"), (("images/{}", "images/{}"), ".png"), (("data/a/{}", "data/b/{}"), ".bmp")],
)
def test_ids_are_names_of_files_without_their_endings(
    write: Write, understand: Understand, leaves: pd.DataFrame, places: tuple[str, str], ending: str
) -> None:
    path = write("Which tree? Accuracy counts.", **split(leaves, "tree"))
    for k, leaf in enumerate(leaves["leaf"]):
        draw(path / (places[k >= 30].format(leaf) + ending))
    found = understand(path)
    problem = found.problem
    assert (problem.kind, problem.modality, problem.inputs) == ("binary", Modality.IMAGE, ("picture",))
    assert found.train["picture"][0] == places[0].format("l000") + ending
    assert found.test is not None
    assert found.test["picture"][0] == places[1].format("l030") + ending
    assert "names pictures" in problem.why("modality")


def test_a_column_of_file_names_becomes_one_of_paths(
    write: Write, understand: Understand, leaves: pd.DataFrame
) -> None:
    table = leaves.assign(file=leaves["leaf"] + ".png", weight=np.arange(ROWS) / 7)
    path = write("How heavy? RMSE.", **split(table.drop(columns="tree"), "weight"))
    for name in table["file"]:
        draw(path / "photos" / name)
    found = understand(path)
    assert found.problem.kind == "regression"
    assert found.problem.inputs == ("file",)
    assert found.train["file"][3] == "photos/l003.png"


def test_files_of_one_name_in_both_parts_are_told_apart(
    write: Write, understand: Understand, leaves: pd.DataFrame
) -> None:
    table = leaves.assign(leaf=[*range(30), *range(10)])
    path = write("Which tree? Accuracy.", **split(table, "tree"))
    for k in range(30):
        draw(path / f"train_pictures/{k}.png")
    for k in range(10):
        draw(path / f"test_pictures/{k}.png")
    found = understand(path)
    assert found.train["picture"][2] == "train_pictures/2.png"
    assert found.test is not None
    assert found.test["picture"][2] == "test_pictures/2.png"


def test_a_missing_picture_is_named_with_the_number_of_them(
    write: Write, understand: Understand, leaves: pd.DataFrame
) -> None:
    path = write("Which tree? Accuracy.", **split(leaves, "tree"))
    for leaf in leaves["leaf"]:
        if leaf not in ("l004", "l009"):
            draw(path / f"photos/{leaf}.jpg")
    with pytest.raises(TaskError, match=r"train.csv: 'l004' in line 6 names no file of photos/, like 2 of 30 rows"):
        understand(path)


def test_labels_of_pictures_may_be_sets(write: Write, understand: Understand, leaves: pd.DataFrame) -> None:
    marks = np.random.default_rng(0).integers(0, 2, (ROWS, 3))
    names = np.array(["rust", "scab", "spot"])
    table = leaves.drop(columns="tree").assign(ills=["|".join(names[row > 0]) for row in marks])
    path = write("One or more ills may be seen. Macro F1.", **split(table, "ills"))
    for leaf in leaves["leaf"]:
        draw(path / f"photos/{leaf}.jpg")
    problem = understand(path).problem
    assert (problem.kind, problem.modality) == ("multilabel", Modality.IMAGE)


def test_recordings_of_sound_are_left_for_later(write: Write, understand: Understand, leaves: pd.DataFrame) -> None:
    path = write("Which tree creaks? Accuracy.", **split(leaves, "tree"))
    (path / "clips").mkdir()
    for leaf in leaves["leaf"]:
        (path / "clips" / f"{leaf}.wav").write_bytes(b"RIFF")
    with pytest.raises(TaskError, match=r"recordings of sound \(clips/\), which are not read yet"):
        understand(path)


def test_a_folder_of_pictures_that_no_row_names_changes_nothing(
    write: Write, understand: Understand, table: pd.DataFrame
) -> None:
    path = write("AUC.", train=table[:40], test=table[40:].drop(columns="closed"))
    draw(path / "plots/summary.png")
    assert understand(path).problem.modality is Modality.TABLE


def test_rows_of_different_pictures_are_no_copies_however_alike_the_rest_is(
    write: Write, understand: Understand, leaves: pd.DataFrame
) -> None:
    table = leaves.assign(wet=np.arange(ROWS) % 2)
    path = write("Which tree? Accuracy counts.", **split(table, "tree"))
    for leaf in table["leaf"]:
        draw(path / "photos" / f"{leaf}.png")
    found = understand(path)
    assert found.test is not None
    described = profile(found.train, found.test, found.problem)
    assert (described.duplicates, described.shared) == (0, 0)
    assert not [e for e in entities.find(found.problem, found.train, found.test) if e.rule == "copies"]


def test_pictures_may_lie_behind_a_link(
    tmp_path: Path, write: Write, understand: Understand, leaves: pd.DataFrame
) -> None:
    path = write("Which tree? Accuracy counts.", **split(leaves, "tree"))
    for leaf in leaves["leaf"]:
        draw(tmp_path / ".elsewhere" / f"{leaf}.png")
    (path / "photos").mkdir()
    (path / "photos" / "all").symlink_to(tmp_path / ".elsewhere")
    assert understand(path).train["picture"][0] == "photos/all/l000.png"


def test_of_rows_that_name_two_pictures_both_are_seen(write: Write, understand: Understand) -> None:
    first, second = ([f"q{(k * step) % 10}.png" for k in range(ROWS)] for step in (1, 3))
    table = pd.DataFrame({"pair": np.arange(ROWS), "first": first, "second": second, "alike": np.arange(ROWS) % 2})
    path = write("Are both alike? Predict `alike`. AUC.", **split(table, "alike"))
    for k in range(10):
        draw(path / "photos" / f"q{k}.png")
    found = understand(path)
    assert found.test is not None
    assert found.problem.id == "pair"
    assert found.train.loc[1, ["first", "second"]].tolist() == ["photos/q1.png", "photos/q3.png"]
    assert found.test["second"][0] == "photos/q0.png"
    roles = {column.name: column.role for column in profile(found.train, found.test, found.problem).columns}
    assert roles["first"] == roles["second"] == Role.PATH
