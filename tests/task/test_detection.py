"""Boxes in pictures: however they are written down, one problem comes of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from PIL import Image

from modelwright.chapters.opening import refuse_unanswerable
from modelwright.errors import TaskError
from modelwright.records.problem import Modality, Output
from modelwright.task.detection import fields_in
from modelwright.task.interpret import Understanding
from modelwright.testing.records import profile

Understand = Callable[..., Understanding]
PICTURES = 14  # of train; four more are wanted
TEXT = """Find the birds.

For each picture give all boxes in one field: class, confidence, xmin, ymin, xmax and ymax of each, separated by blanks.
We compute the mean average precision, a box being right at an intersection over union of 0.5.

    picture,found
    t1,gull 0.9 1 2 3 4
"""


@pytest.fixture
def birds(tmp_path: Path) -> Path:
    """Pictures, the table of those wanted, and a description; the boxes are written by each test."""
    for part, names in (("train", range(PICTURES)), ("test", range(20, 24))):
        (tmp_path / part).mkdir()
        for k in names:
            Image.new("RGB", (8, 8)).save(tmp_path / part / f"p{k}.png")
    pd.DataFrame({"picture": [f"p{k}" for k in range(20, 24)]}).to_csv(tmp_path / "test.csv", index=False)
    (tmp_path / "description.md").write_text(TEXT)
    return tmp_path


def drawn() -> pd.DataFrame:
    """A gull in each picture, a tern in every third, and nothing in the last."""
    rows = [(f"p{k}", "gull", 1.0, 2.0, 5.0, 7.0) for k in range(PICTURES - 1)]
    rows += [(f"p{k}", "tern", 0.0, 0.0, 3.0, 4.0) for k in range(0, PICTURES - 1, 3)]
    return pd.DataFrame(rows, columns=["picture", "bird", "xmin", "ymin", "xmax", "ymax"])


def first_cell(found: Understanding) -> list[list[object]]:
    cells: list[list[object]] = json.loads(found.train.set_index(found.problem.id)[found.problem.targets[0]].iloc[0])
    return cells


def test_a_row_for_each_box_becomes_a_row_for_each_picture(birds: Path, understand: Understand) -> None:
    drawn().to_csv(birds / "train.csv", index=False)
    found = understand(birds)
    problem = found.problem
    assert (problem.kind, problem.modality, problem.output) == ("detection", Modality.IMAGE, Output.BOXES)
    assert (problem.id, problem.targets) == ("picture", ("found",))
    assert (problem.metric, problem.higher_is_better, problem.classes) == ("map50", True, ("gull", "tern"))
    assert len(found.train) == PICTURES  # that without a box lies among the others
    assert first_cell(found) == [["gull", 1.0, 2.0, 5.0, 7.0], ["tern", 0.0, 0.0, 3.0, 4.0]]
    assert found.test is not None
    assert list(found.test[problem.inputs[0]]) == [f"test/p{k}.png" for k in range(20, 24)]


@pytest.mark.parametrize("names", [("x", "y", "w", "h"), ("x_min", "y_min", "width", "height")])
def test_a_corner_and_sizes_are_corners_too(birds: Path, understand: Understand, names: tuple[str, ...]) -> None:
    table = drawn()
    sizes = {names[2]: table["xmax"] - table["xmin"], names[3]: table["ymax"] - table["ymin"]}
    table = table.rename(columns={"xmin": names[0], "ymin": names[1]}).drop(columns=["xmax", "ymax"]).assign(**sizes)
    table.to_csv(birds / "train.csv", index=False)
    assert first_cell(understand(birds))[0] == ["gull", 1.0, 2.0, 5.0, 7.0]


def test_a_centre_and_sizes_are_corners_too(birds: Path, understand: Understand) -> None:
    table = drawn()
    table = table[["picture", "bird"]].assign(x_center=3.0, y_center=4.5, width=4.0, height=5.0)
    table.to_csv(birds / "train.csv", index=False)
    assert first_cell(understand(birds))[0] == ["gull", 1.0, 2.0, 5.0, 7.0]


def test_four_numbers_in_a_cell_are_a_box(birds: Path, understand: Understand) -> None:
    pd.DataFrame({"picture": [f"p{k}" for k in range(PICTURES)], "bbox": "[1, 2, 4.0, 5]"}).to_csv(
        birds / "train.csv", index=False
    )
    found = understand(birds)
    assert first_cell(found) == [["object", 1.0, 2.0, 5.0, 7.0]]


def test_a_picture_without_numbers_has_no_box(birds: Path, understand: Understand) -> None:
    table = pd.concat([drawn(), pd.DataFrame({"picture": [f"p{PICTURES - 1}"]})])
    table.to_csv(birds / "train.csv", index=False)
    found = understand(birds)
    assert found.train[found.problem.targets[0]].iloc[-1] == "[]"


def test_strings_of_boxes_in_cells_are_read(birds: Path, understand: Understand) -> None:
    cells = ["gull 1 2 5 7 tern 0 0 3 4" if k % 3 == 0 else "gull 1 2 5 7" for k in range(PICTURES)]
    table = pd.DataFrame({"picture": [f"p{k}" for k in range(PICTURES)], "PredictionString": cells})
    table.to_csv(birds / "train.csv", index=False)
    assert first_cell(understand(birds)) == [["gull", 1.0, 2.0, 5.0, 7.0], ["tern", 0.0, 0.0, 3.0, 4.0]]


def test_coco_json_is_read(birds: Path, understand: Understand) -> None:
    content = {
        "images": [{"id": k, "file_name": f"p{k}.png"} for k in range(PICTURES)],
        "categories": [{"id": 7, "name": "gull"}, {"id": 9, "name": "tern"}],
        "annotations": [
            {"id": 1 + k, "image_id": k % PICTURES, "category_id": 7 + 2 * (k % 2), "bbox": [1, 2, 4, 5]}
            for k in range(30)
        ],
    }
    (birds / "train" / "annotations.json").write_text(json.dumps(content))
    found = understand(birds)
    assert found.problem.classes == ("gull", "tern")
    assert len(found.train) == PICTURES
    assert first_cell(found)[0] == ["gull", 1.0, 2.0, 5.0, 7.0]


def test_pascal_voc_xml_is_read(birds: Path, understand: Understand) -> None:
    (birds / "notes").mkdir()
    for k in range(PICTURES):
        thing = "<name>gull</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>5</xmax><ymax>7</ymax></bndbox>"
        text = f"<annotation><filename>p{k}.png</filename><object>{thing}</object></annotation>"
        (birds / "notes" / f"p{k}.xml").write_text(text)
    found = understand(birds)
    assert len(found.train) == PICTURES
    assert first_cell(found) == [["gull", 1.0, 2.0, 5.0, 7.0]]


@pytest.mark.parametrize(
    ("text", "words"),
    [("<annotation><object></object></annotation>", "no bndbox"), ("<annotation>", "broken xml")],
)
def test_broken_xml_is_named(birds: Path, understand: Understand, text: str, words: str) -> None:
    (birds / "notes").mkdir()
    (birds / "notes" / "p0.xml").write_text(text)
    with pytest.raises(TaskError, match=rf"p0.xml.*{words}"):
        understand(birds)


def test_pictures_without_a_row_among_the_others_have_no_box_and_are_told(birds: Path, understand: Understand) -> None:
    table = drawn()
    table[~table.picture.isin(["p3", "p4"])].to_csv(birds / "train.csv", index=False)
    found = understand(birds)
    cells = found.train.set_index("picture")["found"]
    assert cells[["p3", "p4", f"p{PICTURES - 1}"]].tolist() == ["[]"] * 3
    assert found.problem.inputs == ("picture_",)
    assert found.train.set_index("picture")["picture_"]["p3"] == "train/p3.png"
    assert any("3 pictures in train have no row in train.csv: they are taken as" in d for d in found.doubts)


def test_pictures_that_nobody_may_have_looked_at_are_left_out(birds: Path, understand: Understand) -> None:
    for k in range(30, 50):
        Image.new("RGB", (8, 8)).save(birds / "train" / f"p{k}.png")
    drawn().to_csv(birds / "train.csv", index=False)
    found = understand(birds)
    assert len(found.train) == PICTURES - 1
    assert any("21 pictures in train have no row in train.csv: more than have" in d for d in found.doubts)


def test_a_table_that_lists_pictures_without_a_box_lists_them_all(birds: Path, understand: Understand) -> None:
    table = drawn()
    table.loc[table.picture == "p3", ["bird", "xmin", "ymin", "xmax", "ymax"]] = None
    table.to_csv(birds / "train.csv", index=False)
    found = understand(birds)
    assert len(found.train) == PICTURES - 1
    assert not any("have no row" in doubt for doubt in found.doubts)


@pytest.mark.parametrize(
    ("text", "cell"), [("Give confidence x y width height of each.", ""), ("Find the birds.", "1.0 0 0 50 50")]
)
def test_where_a_box_of_the_answer_has_no_class_all_are_one_thing(
    birds: Path, understand: Understand, text: str, cell: str
) -> None:
    drawn().to_csv(birds / "train.csv", index=False)
    (birds / "description.md").write_text(f"{text} Judged by mAP at IoU 0.5.")
    sample = {"picture": [f"p{k}" for k in range(20, 24)], "found": [cell] * 4}
    pd.DataFrame(sample).to_csv(birds / "sample_submission.csv", index=False)
    found = understand(birds)
    assert found.problem.classes == ("object",)
    assert first_cell(found)[0] == ["object", 1.0, 2.0, 5.0, 7.0]
    assert any("has no class: all are taken as one thing" in doubt for doubt in found.doubts)


def test_a_sample_may_show_that_a_box_has_a_class(birds: Path, understand: Understand) -> None:
    drawn().assign(bird="gull").to_csv(birds / "train.csv", index=False)
    (birds / "description.md").write_text("Find the birds. Judged by mAP at IoU 0.5.")
    sample = {"picture": [f"p{k}" for k in range(20, 24)], "found": ["gull 1.0 0 0 5 5 gull 0.5 1 1 2 2"] * 4}
    pd.DataFrame(sample).to_csv(birds / "sample_submission.csv", index=False)
    options: Any = understand(birds).problem.options
    assert options["boxes"]["fields"] == ["class", "confidence", "xmin", "ymin", "xmax", "ymax"]


def yolo(birds: Path, line: str) -> None:
    (birds / "labels" / "train").mkdir(parents=True)
    for k in range(PICTURES):
        (birds / "labels" / "train" / f"p{k}.txt").write_text(f"{line}\n" if k else "")


@pytest.mark.parametrize("named", [True, False])
def test_texts_of_shares_are_boxes(birds: Path, understand: Understand, named: bool) -> None:
    yolo(birds, "1 0.5 0.25 0.5 0.25")
    if named:
        (birds / "classes.txt").write_text("tern\ngull\n")
    found = understand(birds)
    cells = [json.loads(cell) for cell in found.train.set_index(str(found.problem.id))[found.problem.targets[0]]]
    assert cells[:2] == [[], [["gull" if named else "1", 2.0, 1.0, 6.0, 3.0]]]
    assert len(found.train) == PICTURES


def test_shares_beyond_the_picture_are_named_by_their_file(birds: Path, understand: Understand) -> None:
    yolo(birds, "0 4 2 4 2")
    with pytest.raises(TaskError, match=r"p1.txt has the box 4 2 4 2, but its numbers are shares"):
        understand(birds)


def test_xml_that_could_expand_is_refused(birds: Path, understand: Understand) -> None:
    (birds / "notes").mkdir()
    (birds / "notes" / "p0.xml").write_text('<!DOCTYPE a [<!ENTITY b "c">]><annotation>&b;</annotation>')
    with pytest.raises(TaskError, match="declares entities"):
        understand(birds)


def test_a_missing_picture_is_named(birds: Path, understand: Understand) -> None:
    pd.concat([drawn(), drawn().head(1).assign(picture="q9")]).to_csv(birds / "train.csv", index=False)
    with pytest.raises(TaskError, match="'q9'"):
        understand(birds)


@pytest.mark.parametrize(
    ("words", "metric", "params"),
    [
        ("mAP at an IoU threshold of 0.75", "map50", {"iou": 0.75}),
        ("mean average precision, averaged over IoU thresholds from 0.5 to 0.95", "map50-95", {}),
        ("mean average precision", "map50", {}),
        ("mAP at IoU 0.5", "map50", {}),
        ("mAP@0.5", "map50", {}),
        ("COCO mAP, mAP@[.5:.95]", "map50-95", {}),
        ("mAP50-95", "map50-95", {}),
        ("mean average precision at IoU thresholds of 0.5 and 0.75", "map50", {"iou": [0.5, 0.75]}),
        ("mean precision over IoU thresholds, $\\frac{TP}{TP+FP+FN}$ at each", "box-hits", {}),
        ("mean precision at IoU thresholds of 0.5 and 0.6, TP / (TP + FP + FN)", "box-hits", {"iou": [0.5, 0.6]}),
    ],
)
def test_the_overlap_is_read(
    birds: Path, understand: Understand, words: str, metric: str, params: dict[str, Any]
) -> None:
    drawn().to_csv(birds / "train.csv", index=False)
    (birds / "description.md").write_text(f"Find the birds. Submissions are evaluated by {words}.")
    problem = understand(birds).problem
    assert (problem.metric, problem.metric_params) == (metric, params)
    assert "nothing names" not in problem.why("metric")


@pytest.mark.parametrize(
    ("text", "fields"),
    [
        ("class, confidence, xmin, ymin, xmax, ymax", ("class", "confidence", "xmin", "ymin", "xmax", "ymax")),
        ("confidence x y width height", ("confidence", "xmin", "ymin", "width", "height")),
        ("label x1 y1 x2 y2 score", ("class", "xmin", "ymin", "xmax", "ymax", "confidence")),
        ("score and then x center, y center, width, height", ("confidence", "xcenter", "ycenter", "width", "height")),
        ("the score of the class", ()),
    ],
)
def test_the_fields_of_a_box_are_read_in_their_order(text: str, fields: tuple[str, ...]) -> None:
    assert fields_in(text) == fields


def test_coordinates_that_the_rows_wanted_have_too_are_features(birds: Path, understand: Understand) -> None:
    table = drawn().drop_duplicates("picture")
    table.assign(bird=["gull", "tern"] * 6 + ["gull"]).to_csv(birds / "train.csv", index=False)
    wanted = drawn().head(4).drop(columns="bird").assign(picture=[f"p{k}" for k in range(20, 24)])
    wanted.to_csv(birds / "test.csv", index=False)
    (birds / "description.md").write_text("Which bird is in the box? Accuracy counts.")
    assert understand(birds).problem.kind == "binary"


def test_there_are_recipes_for_boxes(birds: Path, understand: Understand) -> None:
    drawn().to_csv(birds / "train.csv", index=False)
    refuse_unanswerable(understand(birds).problem, profile())


@pytest.mark.parametrize(
    "words",
    [
        "the mean of average precision over the kinds, a box being right where intersection over union is 0.5 or more",
        "mean average precision; IoU of at least one half counts as found",
    ],
)
def test_the_overlap_that_makes_a_box_right_is_no_metric_that_does_not_fit(
    birds: Path, understand: Understand, words: str
) -> None:
    drawn().to_csv(birds / "train.csv", index=False)
    (birds / "description.md").write_text(f"Find the birds. We will measure {words}.")
    found = understand(birds)
    assert found.problem.metric == "map50"
    assert not [d for d in found.doubts if "does not fit" in d]
