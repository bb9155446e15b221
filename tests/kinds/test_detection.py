import json

import numpy as np
import pandas as pd
import pytest

from modelwright.errors import SettingsError, TaskError
from modelwright.kinds import arrays
from modelwright.kinds.detection import Detection, write
from modelwright.metrics.catalogue import get
from modelwright.records.experiment import Rule
from modelwright.records.problem import Output, Problem

KIND = Detection()
RULE = Rule()


def problem(**boxes):
    return Problem(
        name="t",
        root="",
        kind="detection",
        targets=("found",),
        id="id",
        metric="map50",
        higher_is_better=True,
        classes=("cat", "dog"),
        header=("id", "found"),
        output=Output.BOXES,
        options={"boxes": boxes},
    )


def cells(*pictures):
    return pd.DataFrame({"found": [json.dumps(p) for p in pictures]})


ONE = np.array([[1, 0.5, 1, 2, 11, 22.5], [0, 0.875, 0, 0, 4, 4]])


def test_cells_become_arrays_of_codes_and_corners():
    found = KIND.target(cells([["dog", 1, 2, 3, 4], ["cat", 0, 0, 9, 9]], []), problem(), get("map50"))
    assert found[0].tolist() == [[1, 1, 2, 3, 4], [0, 0, 0, 9, 9]]
    assert found[1].shape == (0, 5)


@pytest.mark.parametrize("cell", ["[[3, 1, 2, 3, 4]]", "[", '[["dog", "a", 1, 1, 1]]', '[["dog", 1, 2]]'])
def test_a_cell_that_lists_no_boxes_is_named(cell):
    with pytest.raises(TaskError, match=r"'found' lists no boxes of known classes in row 0"):
        KIND.truth(pd.DataFrame({"found": [cell]}), problem())


def test_a_metric_of_labels_is_refused():
    with pytest.raises(SettingsError, match="map50"):
        KIND.target(cells([]), problem(), get("accuracy"))


def test_pictures_are_stratified_by_their_rarest_class():
    truth = KIND.truth(cells([["cat", 0, 0, 1, 1]], [["cat", 0, 0, 1, 1], ["dog", 0, 0, 1, 1]], []), problem())
    assert KIND.strata(truth).tolist() == [1, 2, 0]


def test_boxes_are_written_most_confident_first_in_the_fields_asked_for():
    assert write(ONE, problem()) == "cat 0.875 0 0 4 4 dog 0.5 1 2 11 22.5"
    sized = problem(fields=["confidence", "xmin", "ymin", "width", "height"], between=";")
    assert write(ONE[:1], sized) == "0.5 1 2 10 20.5"
    centred = problem(fields=["class", "xcenter", "ycenter", "width", "height"])
    assert write(ONE[1:], centred) == "cat 2 2 4 4"
    assert write(np.empty((0, 6)), problem(empty="none")) == "none"


def test_the_answer_has_one_cell_for_each_picture():
    prediction = arrays.objects([ONE, np.empty((0, 6))])
    table = KIND.submission(prediction, pd.DataFrame({"id": ["a", "b"]}), problem(), get("map50"), RULE)
    assert table["id"].tolist() == ["a", "b"]
    assert table["found"].tolist() == ["cat 0.875 0 0 4 4 dog 0.5 1 2 11 22.5", ""]


def test_where_all_boxes_count_alike_those_that_do_not_pay_are_left_out():
    rng = np.random.default_rng(0)
    truth, prediction = [], []
    for _ in range(40):
        corner = rng.integers(0, 50, 2).astype(float)
        sure, unsure = rng.uniform(0.6, 1.0), rng.uniform(0.0, 0.4, 3)
        truth.append(np.array([[0, *corner, *corner + 10]]))
        wrong = [[0, c, *(corner + 60 + 20 * k), *(corner + 70 + 20 * k)] for k, c in enumerate(unsure)]
        prediction.append(np.array([[0, sure, *corner, *corner + 10], *wrong]))
    known, found, metric = arrays.objects(truth), arrays.objects(prediction), get("box-hits")
    rule = KIND.rule(known, found, problem(), metric)
    assert rule.name == "confidence"
    assert 0.4 < float(str(rule.params["least"])) <= 0.65
    assert metric.call(known, KIND.present(found, problem(), metric, rule)) > 0.9 > metric.call(known, found)
    ids = pd.DataFrame({"id": range(40)})
    cells = KIND.submission(found, ids, problem(), metric, rule)["found"]
    assert {len(cell.split()) for cell in cells} <= {0, 6}
    assert KIND.rule(known, found, problem(), get("map50")) == RULE


def test_predictions_and_truth_come_back_from_disk(tmp_path):
    for name, whole in (("p", arrays.objects([ONE, None, np.empty((0, 6))])), ("t", arrays.objects([ONE[:, 1:]]))):
        KIND.save(tmp_path / f"{name}.npz", whole)
        again = KIND.load(tmp_path / f"{name}.npz")
        assert [None if b is None else b.tolist() for b in again] == [None if b is None else b.tolist() for b in whole]


def test_two_models_boxes_of_one_thing_are_fused_and_others_count_half():
    first = arrays.objects([np.array([[0, 0.8, 0, 0, 10, 10]])])
    second = arrays.objects([np.array([[0, 0.8, 0, 0, 10, 12], [1, 0.6, 0, 0, 10, 10]])])
    (fused,) = KIND.mix([first, second], [0.5, 0.5], problem())
    assert fused == pytest.approx(np.array([[0, 0.8, 0, 0, 10, 11], [1, 0.3, 0, 0, 10, 10]]))


@pytest.mark.parametrize(
    ("boxes", "flaw"),
    [
        (np.ones((1, 5)), "not an array"),
        (np.array([[0, np.nan, 0, 0, 1, 1]]), "not finite"),
        (np.array([[2, 0.5, 0, 0, 1, 1]]), "none of the 2"),
        (np.array([[0, 0.5, 3, 0, 1, 1]]), "out of order"),
    ],
)
def test_what_is_no_prediction_is_told(boxes, flaw):
    assert flaw in (KIND.check(arrays.objects([boxes]), 1, problem()) or "")
    assert KIND.check(arrays.objects([ONE]), 1, problem()) is None
    assert "2 pictures" in (KIND.check(arrays.objects([ONE]), 2, problem()) or "")
