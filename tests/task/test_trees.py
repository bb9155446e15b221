from pathlib import Path

import pandas as pd
import pytest

from modelwright.errors import TaskError
from modelwright.task.catalog import Tables
from modelwright.task.folder import scan


def put(root: Path, *names: str, text: str = "some words") -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text} of {name}")
    return root


def classes(root: Path, ending: str, under: str = "train/") -> Path:
    return put(root, *[f"{under}{c}/{i}{ending}" for c in ("cat", "dog") for i in range(4)])


def tables(root: Path) -> dict[str, pd.DataFrame]:
    folder = scan(root)
    read = Tables(folder)
    return {t.name: read[t] for t in folder.tables}


def test_pictures_by_class_become_a_table_with_files_and_labels(tmp_path: Path) -> None:
    put(classes(tmp_path, ".jpg"), "test/8.jpg", "test/9.jpg")
    found = tables(tmp_path)
    assert list(found["train"].columns) == ["file", "label"]
    assert found["train"].iloc[0].tolist() == ["train/cat/0.jpg", "cat"]
    assert found["train"]["label"].tolist() == ["cat"] * 4 + ["dog"] * 4
    assert found["test"].to_dict("list") == {"file": ["test/8.jpg", "test/9.jpg"]}


def test_texts_by_class_are_read(tmp_path: Path) -> None:
    found = tables(classes(tmp_path, ".txt", under=""))
    table = found[tmp_path.name]
    assert list(table.columns) == ["text", "label"]  # the name of the file would tell the class
    assert table["text"][0] == "some words of cat/0.txt"


def test_texts_to_predict_are_named_by_their_files(tmp_path: Path) -> None:
    found = tables(put(classes(tmp_path, ".txt"), "test/8.txt", "test/9.txt"))
    assert list(found["train"].columns) == ["file", "text", "label"]
    assert found["test"]["file"].tolist() == ["test/8.txt", "test/9.txt"]


def test_a_test_folder_with_classes_gives_none_of_them_away(tmp_path: Path) -> None:
    classes(classes(tmp_path, ".png"), ".png", under="test/")
    assert list(tables(tmp_path)["test"].columns) == ["file"]
    assert len(tables(tmp_path)["test"]) == 8


def test_a_sample_that_names_files_by_their_stem_gives_the_tables_that_column(tmp_path: Path) -> None:
    put(classes(tmp_path, ".jpg"), "test/8.jpg", "test/9.jpg")
    (tmp_path / "sample_submission.csv").write_text("key,label\n8,cat\n9,cat\n")
    found = tables(tmp_path)
    assert found["test"]["key"].tolist() == ["8", "9"]
    assert list(found["train"].columns) == ["key", "file", "label"]


def test_a_table_that_names_the_files_goes_before_their_folders(tmp_path: Path) -> None:
    classes(tmp_path, ".jpg")
    rows = "".join(f"{c}/{i}.jpg,{i}\n" for c in ("cat", "dog") for i in range(4))
    (tmp_path / "train.csv").write_text("picture,age\n" + rows)
    assert list(tables(tmp_path)) == ["train.csv"]


def test_a_table_of_other_things_does_not(tmp_path: Path) -> None:
    classes(tmp_path, ".jpg")
    (tmp_path / "kinds.csv").write_text("class,legs\ncat,4\ndog,4\n")
    assert list(tables(tmp_path)) == ["kinds.csv", "train"]


@pytest.mark.parametrize(
    "names",
    [
        [f"train/{part}/{i}.png" for part in ("images", "masks") for i in range(5)],
        [f"train/scene{k}/{name}.png" for k in range(9) for name in ("band1", "band2", "mask")],
        ["train/cat/1.jpg", "train/cat/2.jpg"],
        [f"train/{c}/{i}.bin" for c in "ab" for i in range(5)],
        [f"{part}/{i}.png" for part in ("train_images", "train_masks2") for i in range(5)],
    ],
)
def test_scenes_masks_and_single_folders_are_no_classes(tmp_path: Path, names: list[str]) -> None:
    put(tmp_path, *names)
    (tmp_path / "ids.csv").write_text("id,x\na,1\nb,2\n")
    assert list(tables(tmp_path)) == ["ids.csv"]


def test_an_empty_class_folder_is_told_and_the_others_are_learnt_from(tmp_path: Path) -> None:
    put(classes(tmp_path, ".jpg"), "test/8.jpg")
    (tmp_path / "train" / "newt").mkdir()
    folder = scan(tmp_path)
    read, (train,) = Tables(folder), [t for t in folder.tables if t.name == "train"]
    assert sorted(set(read[train]["label"])) == ["cat", "dog"]
    assert read.notes(train) == ["train: newt is empty, so that no row has such a label."]


def test_a_folder_of_something_else_beside_classes_makes_them_none(tmp_path: Path) -> None:
    put(classes(tmp_path, ".jpg"), "train/code/run.py")
    (tmp_path / "a.csv").write_text("a,b\n1,2\n")
    assert not scan(tmp_path).trees


@pytest.mark.parametrize("name", ["{}.{}", "{}_{:03}", "{}-{}", "{} ({})", "{}{:04}"])
def test_a_class_may_stand_in_the_names_of_files(tmp_path: Path, name: str) -> None:
    put(tmp_path, *[f"train/{name.format(c, i)}.jpg" for c in ("Maine_Coon", "dog") for i in range(6)], "test/1.jpg")
    (tmp_path / "sample_submission.csv").write_text("id,animal\n1,dog\n")
    found = tables(tmp_path)
    assert list(found["train"].columns) == ["file", "animal"]  # as the sample calls it; no id that holds the class
    assert found["train"]["animal"].tolist() == ["Maine_Coon"] * 6 + ["dog"] * 6
    assert "Maine_Coon" in found["train"].attrs["notes"][0]
    assert found["test"].to_dict("list") == {"id": ["1"], "file": ["test/1.jpg"]}


def test_a_class_may_stand_at_the_end_of_a_name(tmp_path: Path) -> None:
    put(tmp_path, *[f"train/{i:03}_{c}.jpg" for c in ("cat", "dog") for i in range(6)])
    assert tables(tmp_path)["train"]["label"].value_counts().to_dict() == {"cat": 6, "dog": 6}


@pytest.mark.parametrize(
    "others",
    [
        ["masks/cat.{}.png", "masks/dog.{}.png"],  # scenes of two places, with their masks
        ["test/cat.1{}.jpg", "test/dog.1{}.jpg"],  # and with those to predict named alike
        ["train/other{}x.jpg"],  # a name without a number
    ],
)
def test_names_that_need_not_be_classes_are_none(tmp_path: Path, others: list[str]) -> None:
    put(tmp_path, *[f"train/{c}.{i}.jpg" for c in ("cat", "dog") for i in range(6)])
    put(tmp_path, *[other.format(i) for other in others for i in range(6)])
    with pytest.raises(TaskError, match="holds no table"):
        scan(tmp_path)


def test_names_of_files_are_no_classes_beside_a_table(tmp_path: Path) -> None:
    put(tmp_path, *[f"train/{c}.{i}.jpg" for c in ("cat", "dog") for i in range(6)])
    (tmp_path / "weather.csv").write_text("day,rain\n1,2\n2,3\n")
    assert list(tables(tmp_path)) == ["weather.csv"]
