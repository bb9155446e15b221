"""Pictures are drawn from plain arrays, scale with the page and do not disturb each other."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable

import numpy as np
import pytest

from modelwright import plugins
from modelwright.deliver import dossier, plots, report, search_plots
from modelwright.metrics import catalogue
from modelwright.records.experiment import Rule
from modelwright.records.problem import Problem
from modelwright.workspace import Workspace


def test_a_picture_is_well_formed_and_says_what_it_shows() -> None:
    rng = np.random.default_rng(0)
    plot = plots.roc(rng.integers(2, size=50), rng.random(50))
    root = ET.fromstring(plot.svg)
    assert root.get("viewBox")
    assert root.get("width") is None
    assert root.get("aria-label") == "ROC curve"


def test_ids_of_two_pictures_never_clash() -> None:
    rng = np.random.default_rng(0)
    truth, chance = rng.integers(2, size=50), rng.random(50)
    pictures = [plots.roc(truth, chance), plots.calibration(truth, chance, "yes")]
    first, second = (set(re.findall(r'\bid="([^"]+)"', p.svg)) for p in pictures)
    assert first
    assert not first & second
    for picture, ids in zip(pictures, (first, second), strict=True):
        assert set(re.findall(r'(?:href="#|url\(#)([^")]+)', picture.svg)) <= ids


def test_the_same_arrays_give_the_same_picture() -> None:
    truth, chance = np.array([0, 1, 1, 0]), np.array([0.1, 0.9, 0.6, 0.4])
    assert plots.roc(truth, chance).svg == plots.roc(truth, chance).svg


def test_the_area_below_the_roc_curve_counts_ties_as_half() -> None:
    truth, chance = np.array([0, 1, 0, 1]), np.array([0.5, 0.5, 0.1, 0.9])
    assert "area 0.8750" in plots.roc(truth, chance).svg


def test_global_settings_of_matplotlib_stay_as_they_are() -> None:
    import matplotlib as mpl

    before = dict(mpl.rcParams)
    plots.confidence(np.array([0, 1, 2]), np.eye(3))
    assert dict(mpl.rcParams) == before


def test_a_class_name_cannot_break_out_of_a_picture() -> None:
    plot = plots.histogram(np.array([0, 1]), np.array([0.2, 0.8]), '<script>"&$x_1', Rule())
    assert "<script>" not in plot.svg
    ET.fromstring(plot.svg)


def test_many_classes_are_cut_to_the_most_frequent() -> None:
    truth = np.repeat(np.arange(40), 3)
    plot = plots.confusion(truth, truth, [f"class {i}" for i in range(40)])
    assert "15 most frequent of 40" in plot.caption


@pytest.mark.parametrize("predicted", [np.array([[np.nan], [1.0]]), np.array([None, np.ones(2)], dtype=object)])
def test_rows_without_a_prediction_are_left_out(predicted: np.ndarray) -> None:
    assert plots.known(predicted).tolist() == [False, True]


def test_the_threshold_curve_peaks_where_masks_are_right() -> None:
    truth = np.array([np.eye(8, dtype=np.uint8)] * 2 + [None], dtype=object)[:2]
    maps = np.array([np.where(np.eye(8) > 0, 0.8, 0.3)] * 2 + [None], dtype=object)[:2]
    plot = plots.threshold_curve(truth, maps, Rule(name="threshold", params={"threshold": 0.5}))
    ET.fromstring(plot.svg)
    assert "0.50" in plot.svg


@pytest.mark.parametrize(
    ("kind", "titles"),
    [
        ("binary", ["ROC curve", "Calibration", "Spread of the predictions", "What is taken for what"]),
        ("multiclass", ["What is taken for what", "Confidence"]),
        ("ordinal", ["What is taken for what"]),
        ("segmentation", ["Threshold", "Scene by scene"]),
    ],
)
def test_each_kind_has_its_pictures(run_folder: Callable[..., Workspace], kind: str, titles: list[str]) -> None:
    found = dossier.read(run_folder(kind))
    assert found.problem
    assert [p.title for p in report.diagnostics(found, report._metric(found.problem))] == titles


@pytest.mark.parametrize("metric", ["rmse", "mae", "rmsle", "mape"])
def test_numbers_have_two_pictures_for_each_target_on_any_scale(
    run_folder: Callable[..., Workspace], metric: str
) -> None:
    found = dossier.read(run_folder("regression", metric=metric))
    assert found.problem
    drawn = report.diagnostics(found, report._metric(found.problem))
    assert [p.title.split(": ")[1] for p in drawn] == ["energy", "energy", "gap", "gap"]


def test_one_bad_score_does_not_flatten_the_others(run_folder: Callable[..., Workspace]) -> None:
    found = dossier.read(run_folder("regression"))
    first = found.scored[0]
    assert first.score
    wild = first.model_copy(update={"score": first.score.model_copy(update={"value": 1e9})})
    found = dossier.Dossier(**{**vars(found), "experiments": (wild, *found.experiments[1:])})
    low, high = search_plots._window(found)
    assert high - low < 1
    assert search_plots.search(found)


def test_scores_that_are_all_the_same_can_be_drawn(finished: Workspace) -> None:
    found = dossier.read(finished)
    same = [
        e.model_copy(update={"score": e.score.model_copy(update={"value": 0.0, "error": 0.0})}) if e.score else e
        for e in found.experiments
    ]
    assert search_plots.search(dossier.Dossier(**{**vars(found), "experiments": tuple(same), "facts": {}}))


def test_each_family_with_a_score_on_all_folds_has_a_line_and_each_ceiling_a_mark(finished: Workspace) -> None:
    found = dossier.read(finished)
    state = report.replayed(found)
    assert state
    drawn = search_plots.race(found, state)
    assert drawn
    for name in ("linear", "boosting", "trees"):
        assert f">{name}<" in drawn.svg
    assert ">dummy<" not in drawn.svg
    assert ">ceiling<" not in drawn.svg


def test_one_family_alone_is_no_race(finished: Workspace) -> None:
    found = dossier.read(finished)
    alone = [e for e in found.experiments if e.proposal.recipe == "linear"]
    found = dossier.Dossier(**{**vars(found), "experiments": tuple(alone)})
    state = report.replayed(found)
    assert state
    assert search_plots.race(found, state) is None


def test_masks_of_classes_and_boxes_have_their_pictures(problem_of: Callable[..., Problem]) -> None:
    asked = problem_of(
        "segmentation", classes=(0, 1, 2), options={"names": {"0": "sky", "1": "road"}}, metric="iou-classes"
    )
    codes = [np.array([[0, 1], [2, -1]]), np.array([[1, 1], [0, 0]])]
    truth, maps = np.empty(2, dtype=object), np.empty(2, dtype=object)
    truth[:] = codes
    maps[:] = [np.uint8(255 * (np.arange(3) == np.clip(c, 0, 2)[..., None])) for c in codes]
    kind, metric = plugins.load("kinds", "segmentation"), catalogue.get("iou-classes")
    found = plots.diagnostics(kind, asked, metric, Rule(), truth, maps)
    assert [p.title for p in found] == ["Class by class", "What is taken for what"]
    assert "sky" in found[0].svg
    boxes, said = np.empty(2, dtype=object), np.empty(2, dtype=object)
    boxes[:] = [np.array([[0, 1, 1, 9, 9.0]]), np.empty((0, 5))]
    said[:] = [np.array([[0, 0.9, 1, 1, 9, 9.0], [0, 0.2, 20, 20, 30, 30]]), np.empty((0, 6))]
    cars = asked.model_copy(update={"kind": "detection", "classes": ("car", "bus"), "metric": "map50", "options": {}})
    (picture,) = plots.diagnostics(
        plugins.load("kinds", "detection"), cars, catalogue.get("map50"), Rule(), boxes, said
    )
    assert "car (1.00; 1)" in picture.svg
